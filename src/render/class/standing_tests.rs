use super::*;
use crate::class::StudentProgress;

fn student(student: &str, status: Option<&str>, stuck: Option<&str>) -> StudentStanding {
    StudentStanding {
        student: student.to_owned(),
        stack: format!("mafia-monday-{student}"),
        status: status.map(str::to_owned),
        differing: None,
        parameters: None,
        last_deploy: Some(1_795_718_220),
        game: None,
        progress: None,
        errors: None,
        stuck: stuck.map(str::to_owned),
    }
}

fn class() -> ClassStanding {
    let why = Some("CREATE_FAILED: Table: a | b");
    ClassStanding {
        class: "monday".to_owned(),
        students: vec![
            student("ann", Some("CREATE_FAILED"), why),
            student("ben", Some("CREATE_FAILED"), why),
            StudentStanding {
                last_deploy: None,
                ..student("cem", None, None)
            },
            StudentStanding {
                differing: Some(vec!["01-dawn".to_owned(), "02-dusk".to_owned()]),
                game: Some("night, 5 of 7 alive".to_owned()),
                errors: Some(2),
                ..student("dee", Some("UPDATE_COMPLETE"), None)
            },
        ],
    }
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn equal_reasons_are_told_once_and_totals_last() {
    let text = plain(&class_standing(&class(), 1_795_718_220 + 7_300));
    assert_eq!(
        text,
        "   STUDENT  STACK   CODE      DEPLOYED  ERRORS  GAME\n\
             ✗  ann      failed            2 h ago\n\
             ✗  ben      failed            2 h ago\n\
             -  cem      none\n\
             ✓  dee      ready   2 differ  2 h ago        2  night, 5 of 7 alive\n\n\
             ✗ ann, ben\n  CREATE_FAILED: Table: a | b\n\n\
             class monday: 4 students, 2 stuck, 1 without a stack, 1 with other \
             code than the class, 1 with a game"
    );
}

#[test]
fn each_student_stays_a_line_in_a_narrow_terminal() {
    let text = plain(&fitted(&class(), 1_795_718_220 + 7_300, Some(40)));
    let rows = "   STUDENT  STACK   GAME\n\
                    ✗  ann      failed\n\
                    ✗  ben      failed\n\
                    -  cem      none\n\
                    ✓  dee      ready   night, 5 of 7 alive\n\
                    no room for DEPLOYED, CODE, ERRORS\n\n";
    assert!(text.starts_with(rows), "{text}");
    let text = plain(&fitted(&class(), 1_795_718_220 + 7_300, Some(38)));
    assert!(text.contains("\n✓  dee      ready\n"), "{text}");
}

#[test]
fn parameters_that_differ_from_the_roster_are_told_once() {
    let mut class = class();
    for (student, parameters) in [(1, "Players=7"), (2, ""), (3, "Players=7")] {
        let parameters = Some(parameters).filter(|it| !it.is_empty());
        class.students[student].parameters =
            Some(parameters.into_iter().map(str::to_owned).collect());
    }
    let text = plain(&class_standing(&class, 1_795_718_220));
    let told = "Other parameters than in the roster:\n  ben, dee: Players=7\n";
    assert!(text.contains(told), "{text}");
    let line = plain(&student_standing(&class.students[3]));
    assert!(
        line.starts_with("dee: ready; 2 differ; Players=7; night"),
        "{line}"
    );
}

#[test]
fn labs_have_a_mark_each_and_the_stuck_a_line() {
    let mut class = class();
    class.students.drain(..3);
    class.students[0].errors = None;
    class.students[0].progress = Some(StudentProgress {
        passed: ["00", "01.1"].map(str::to_owned).into(),
        failed: Some("01.2/identities-stay-hidden".to_owned()),
        since: Some(1_795_718_220),
    });
    let text = plain(&class_standing(&class, 1_795_718_220 + 720));
    assert_eq!(
        text,
        "   STUDENT  STACK  LABS  CODE      DEPLOYED    GAME\n\
             ✓  dee      ready  ✓✓✗   2 differ  12 min ago  night, 5 of 7 alive\n\n\
             ✗ dee is stuck on 01.2/identities-stay-hidden for 12 min\n\n\
             LABS: 00, 01.1, 01.2; ✓ passed, ✗ failed\n\n\
             class monday: 1 student, 1 with other code than the class, 1 with a game"
    );
    let line = plain(&student_standing(&class.students[0]));
    assert!(
        line.ends_with("alive; stuck on 01.2/identities-stay-hidden"),
        "{line}"
    );
}

#[test]
fn what_does_not_fit_is_cut_before_the_totals() {
    let text = "1\n2\n3\n4\n\ntotals\nmore";
    assert_eq!(cut_to(text, 7), text);
    assert_eq!(cut_to(text, 5), "1\n2\n…\ntotals\nmore");
    assert_eq!(cut_to(text, 2), "…\ntotals\nmore");
}

#[test]
fn a_change_is_a_line() {
    let lines: Vec<String> = class()
        .students
        .iter()
        .map(|it| plain(&student_standing(it)))
        .collect();
    assert_eq!(
        lines,
        [
            "ann: failed; stuck: CREATE_FAILED: Table: a | b",
            "ben: failed; stuck: CREATE_FAILED: Table: a | b",
            "cem: none",
            "dee: ready; 2 differ; night, 5 of 7 alive; 2 failed calls",
        ]
    );
}

#[test]
fn a_document_is_safe_for_what_reads_it() {
    let mut class = class();
    class.students.truncate(1);
    class.students[0].stuck = Some("=1+1, \"a\" | b".to_owned());
    assert_eq!(
        class_csv(&class),
        "Student,Stack,Status,Other code,Other parameters,Last deployment (UTC),Game,Errors,Stuck,\
             Labs passed,Check failed\n\
             ann,mafia-monday-ann,CREATE_FAILED,,,2026-11-26 18:37,,,\"'=1+1, \"\"a\"\" | b\",,"
    );
    let page = class_markdown(&class, 1_795_718_220);
    let row = "| ann | mafia-monday-ann | CREATE_FAILED |  |  | 2026-11-26 18:37 |  |  | =1+1, \"a\" \\| b |  |  |";
    assert!(page.contains(row), "{page}");
    assert!(page.starts_with("# Class monday\n\n2026-11-26 18:37 UTC\n"));
}

#[test]
fn ages_are_told_in_one_unit() {
    for (seconds, words) in [
        (59, "now"),
        (60, "1 min ago"),
        (3600, "1 h ago"),
        (172_799, "47 h ago"),
        (172_800, "2 days ago"),
    ] {
        assert_eq!(ago(seconds), words);
    }
}
