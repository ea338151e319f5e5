use time::macros::date;

use super::*;
use crate::class::member::Account;
use crate::source::FileError;

fn read(text: &str) -> Result<Roster, FileError> {
    Roster::read("roster.toml", text.as_bytes())
}

fn names(roster: &Roster) -> Vec<&str> {
    let members = roster.members.iter();
    members.map(|member| member.student.as_str()).collect()
}

const WHOLE: &str = r#"
class = "Monday 1"
target = "aws"
region = "eu-central-1"
profile = "workshop"
expires = 2026-12-24

[defaults]
Players = 7
Mafia = "2"

[[student]]
name = "Ann Lee"

[[student]]
name = "ben"
profile = "ben"
region = "eu-west-1"
parameters = { Players = 5 }

[[student]]
name = "cleo"
role = "arn:aws:iam::123456789012:role/team/Student"
"#;

#[test]
fn a_roster_says_who_has_a_stack_and_where() {
    let roster = read(WHOLE).expect("read");
    assert_eq!(roster.class, "monday-1");
    assert_eq!(roster.workshop(), "mafia-monday-1-workshop");
    assert_eq!(roster.target.as_deref(), Some("aws"));
    assert_eq!(roster.profile.as_deref(), Some("workshop"));
    assert_eq!(roster.expires.as_deref(), Some("2026-12-24"));
    assert_eq!(names(&roster), ["ann-lee", "ben", "cleo"]);
    let [ann, ben, cleo] = &roster.members[..] else {
        panic!("three")
    };
    assert_eq!(ann.stack, "mafia-monday-1-ann-lee");
    assert_eq!(ann.account, Account::default());
    assert_eq!(ann.parameters["Players"], "7");
    assert_eq!(ben.parameters["Players"], "5");
    assert_eq!(ben.parameters["Mafia"], "2");
    assert_eq!(ben.account.profile.as_deref(), Some("ben"));
    assert_eq!(ben.account.region.as_deref(), Some("eu-west-1"));
    let role = "arn:aws:iam::123456789012:role/team/Student";
    assert_eq!(cleo.account.role.as_deref(), Some(role));
}

#[test]
fn the_last_day_belongs_to_the_class() {
    let roster = read(WHOLE).expect("read");
    assert!(!roster.is_over(date!(2026 - 12 - 24)));
    assert!(roster.is_over(date!(2026 - 12 - 25)));
    let endless = read("class = \"a\"\n[[student]]\nname = \"b\"").expect("read");
    assert!(!endless.is_over(date!(2999 - 01 - 01)));
}

#[test]
fn students_without_an_account_are_distributed_in_order() {
    let text = r#"
class = "a"
region = "cn-north-1"
accounts = ["111111111111", "222222222222"]
role = "Instructor"
student = [
  { name = "a" },
  { name = "own", profile = "own" },
  { name = "b", region = "cn-west-1" },
  { name = "c" },
]"#;
    let roster = read(text).expect("read");
    let accounts = roster.members.iter().map(|it| &it.account);
    let places: Vec<_> = accounts
        .map(|it| {
            let role = it.role.as_deref().unwrap_or("-");
            let (profile, region) = (it.profile.as_deref(), it.region.as_deref());
            (role, profile.unwrap_or("-"), region.unwrap_or("-"))
        })
        .collect();
    let (first, second) = (
        "arn:aws-cn:iam::111111111111:role/Instructor",
        "arn:aws-cn:iam::222222222222:role/Instructor",
    );
    assert_eq!(
        places,
        [
            (first, "-", "-"),
            ("-", "own", "-"),
            (second, "-", "cn-west-1"),
            (first, "-", "-"),
        ]
    );
}

#[test]
fn how_lines_end_and_what_stands_before_them_does_not_matter() {
    let expected = read(WHOLE).expect("read");
    let windows = format!("\u{feff}{}", WHOLE.replace('\n', "\r\n"));
    assert_eq!(read(&windows), Ok(expected.clone()));
    let tabs = WHOLE
        .replace(" = ", "\t=\t")
        .replace("Ann Lee", r"Ann\tLee");
    assert_eq!(read(&tabs), Ok(expected));
}

/// A roster with one fault, where and what it is, and what is expected.
const FAULTS: &[(&str, &str, &str)] = &[
    ("", "1:1: the class has no name", "`class = \"monday\"`"),
    (
        "class = \"a\"",
        "1:1: the roster has no students",
        "`[[student]]`",
    ),
    (
        "class = \"a\"\nstudent = []",
        "2:11: the roster has no students",
        "`[[student]]`",
    ),
    (
        "class = \"a\"\nstudent = [\"b\"]",
        "2:12: the student is not a table",
        "`[[student]]`",
    ),
    (
        "class = \"\"\n+",
        "1:9: the name is empty",
        "letters, digits",
    ),
    ("class = 7\n+", "1:9: `class` is not a text", "in quotes"),
    (
        "class = \"łódź\"\n+",
        "1:9: the name `łódź` has the character `ł`",
        "write it as `lodz`",
    ),
    (
        "class = \"a\"\n[[student]]\n",
        "2:1: the student has no name",
        "`name = \"ann\"`",
    ),
    (
        "class = \"a\"\n[[student]]\nname = \"\"",
        "3:8: the name is empty",
        "letters, digits",
    ),
    (
        "class = \"a\"\n[[student]]\nname = \"Workshop\"",
        "3:8: the name `workshop` is reserved",
        "another name",
    ),
    (
        "class = \"a\"\n[[student]]\nname = \"Jörg\"",
        "3:8: the name `Jörg` has the character `ö`",
        "write it as `jorg`",
    ),
    (
        "class = \"a\"\n[[student]]\nname = \"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"",
        "3:8: the name `bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb` is too long: 43 characters",
        "at most 42 characters",
    ),
    (
        "class = \"ccccccccccccccccccccccccccccccccccccc\"\n+",
        "1:9: the name `ccccccccccccccccccccccccccccccccccccc` is too long: 37 characters",
        "at most 19 characters",
    ),
    (
        "class = \"a\"\n[[student]]\nname = \"ann.lee\"\n[[student]]\nname = \"Ann Lee\"",
        "5:8: `Ann Lee` and `ann.lee` in line 3 are both the student `ann-lee`",
        "another name for each",
    ),
    (
        "class = \"a\"\n[[student]]\nname = \"ann\"\n[[student]]\nname = \"ann\"",
        "5:8: the student `ann` is there twice, first in line 3",
        "another name for each",
    ),
    (
        "class = \"a\"\nregoin = \"eu-west-1\"\n+",
        "2:1: a roster has no key `regoin`",
        "did you mean `region`?",
    ),
    (
        "class = \"a\"\nteacher = \"x\"\n+",
        "2:1: a roster has no key `teacher`",
        "the keys of a roster are class, target",
    ),
    (
        "class = \"a\"\nstudents = [\"Ann\"]",
        "2:1: a roster has no key `students`",
        "did you mean `student`?",
    ),
    (
        "class = \"a\"\n[[student]]\nname = \"b\"\nexpires = 2026-12-24",
        "4:1: a student has no key `expires`",
        "write `expires` before the first table",
    ),
    (
        "class = \"a\"\nclass = \"b\"\n+",
        "2:1: duplicate key",
        "expected TOML",
    ),
    (
        "class = \"a\n+",
        "1:11: invalid basic string",
        "expected TOML",
    ),
    ("class : a\n+", "1:7: ", "expected TOML"),
    (
        "class = \"a\"\ntarget = \"azure\"\n+",
        "2:10: `target` cannot be `azure`",
        "expected sandbox or aws",
    ),
    (
        "class = \"a\"\nregion = \"Frankfurt\"\n+",
        "2:10: `region` cannot be `Frankfurt`",
        "`eu-central-1`",
    ),
    (
        "class = \"a\"\nregion = \"\"\n+",
        "2:10: `region` is empty",
        "omit it",
    ),
    (
        "class = \"a\"\nendpoint-url = \"localhost\"\n+",
        "2:16: `endpoint-url` cannot be `localhost`",
        "a URL",
    ),
    (
        "class = \"a\"\ntarget = \"sandbox\"\nendpoint-url = \"http://localhost:1\"\n+",
        "3:16: the target cannot be both",
        "omit `target` or `endpoint-url`",
    ),
    (
        "class = \"a\"\nexpires = \"24.12.2026\"\n+",
        "2:11: `\"24.12.2026\"` is not a date",
        "`expires = 2026-12-24`",
    ),
    (
        "class = \"a\"\nexpires = \"2026-02-30\"\n+",
        "2:11: `\"2026-02-30\"` is not a date",
        "a day",
    ),
    (
        "class = \"a\"\nexpires = 2026-12-24T10:00:00Z\n+",
        "2:11: `2026-12-24T10:00:00Z` is not a date",
        "a day",
    ),
    (
        "class = \"a\"\nexpires = 7\n+",
        "2:11: `7` is not a date",
        "a day",
    ),
    (
        "class = \"a\"\ndefaults = 7\n+",
        "2:12: `defaults` is not a table",
        "Players = 7",
    ),
    (
        "class = \"a\"\ndefaults = { Players = [] }\n+",
        "2:24: the parameter Players is neither",
        "Players = 7",
    ),
    (
        "class = \"a\"\nrole = \"Instructor\"\n+",
        "2:8: `Instructor` is not the ARN of a role",
        "arn:aws:iam::",
    ),
    (
        "class = \"a\"\n[[student]]\nname = \"b\"\nrole = \"arn:aws:iam::12:role/x\"",
        "4:8: `role` cannot be `arn:aws:iam::12:role/x`",
        "the ARN of a role",
    ),
    (
        "class = \"a\"\naccounts = [\"111111111111\"]\nrole = \"arn:aws:iam::1:role/x\"\n+",
        "3:8: `arn:aws:iam::1:role/x` is not the name of a role",
        "in each account",
    ),
    (
        "class = \"a\"\naccounts = [1]\n+",
        "2:13: this is not the number of an account",
        "123456789012",
    ),
    (
        "class = \"a\"\naccounts = []\n+",
        "2:12: `accounts` names no account",
        "123456789012",
    ),
    (
        "class = \"a\"\naccounts = [\"111111111111\", \"111111111111\"]\n+",
        "2:29: the account 111111111111 is there twice",
        "once",
    ),
];

#[test]
fn every_fault_is_told_with_its_place_and_what_was_expected() {
    for (text, message, expected) in FAULTS {
        // A plus stands for a student.
        let text = text.replace('+', "[[student]]\nname = \"ann\"");
        let error = read(&text).expect_err(&text);
        let fault = &error.faults[0];
        let shown = fault.to_string();
        assert!(
            shown.starts_with(&format!("roster.toml:{message}")),
            "{text}\n{shown}"
        );
        assert!(fault.expected.contains(expected), "{text}\n{fault:?}");
    }
}

#[test]
fn all_faults_of_a_roster_are_told_at_once_in_the_order_of_the_file() {
    let error =
        read("class = \"a b\"\nregoin = 1\n[[student]]\nname = \"é\"\n[[student]]\nnam = 1");
    let faults = error.expect_err("faults").faults;
    let lines: Vec<usize> = faults.iter().map(|fault| fault.place.line).collect();
    assert_eq!(lines, [2, 4, 5, 6]);
}

#[test]
fn a_roster_can_have_ten_thousand_students() {
    let mut text = "class = \"a\"\n".to_owned();
    for number in 0..10_000 {
        text += &format!("[[student]]\nname = \"student {number}\"\n");
    }
    assert_eq!(read(&text).expect("read").members.len(), 10_000);
    let twice = text.clone() + &text.replace("class = \"a\"\n", "");
    let error = read(&twice).expect_err("each is there twice");
    assert_eq!((error.faults.len(), error.others), (20, 9980));
}

fn listed(text: &str) -> Result<Listed, FileError> {
    list("class.csv", text.as_bytes(), "monday")
}

#[test]
fn a_list_has_columns_in_any_order_with_any_separator() {
    for text in [
        "Name,E-Mail,Region\nAnn Lee,ann@example.org,eu-west-1\nben,,\n",
        "Email;STUDENT;region\n\"a;b\";\"Ann Lee\";eu-west-1\n\n;ben\n",
        "\u{feff}name\tregion\r\nAnn Lee\teu-west-1\r\n\r\nben\t\r\n",
    ] {
        let listed = listed(text).expect(text);
        let [ann, ben] = &listed.students[..] else {
            panic!("{listed:?}")
        };
        assert_eq!(
            (ann.name.as_str(), ann.written.as_str()),
            ("ann-lee", "Ann Lee")
        );
        assert_eq!(ann.region.as_deref(), Some("eu-west-1"));
        assert_eq!((ben.name.as_str(), &ben.region), ("ben", &None));
        let ignored = listed.ignored.iter().map(|it| it.to_lowercase());
        assert!(
            ignored.clone().all(|it| it.contains("mail")),
            "{:?}",
            ignored.collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_fault_of_a_list_is_told_with_its_place() {
    for (text, message, expected) in [
        ("", "1:1: the list is empty", "a first line"),
        (
            "ann\nben\n",
            "1:1: the list has no column with the students' names",
            "`name` or `student`",
        ),
        (
            "name\n",
            "2:1: the list has no students",
            "a line for each student",
        ),
        (
            "mail,name\n\"a,\nb\",Jos\u{e9}\n",
            "3:4: the name `José` has the character `é`",
            "`jose`",
        ),
        (
            "name;mail\nann;\nbob;\nAnn;x\n",
            "4:1: `Ann` and `ann` in line 2 are both",
            "another name",
        ),
        (
            "name;mail\nann;\n\"bob;x\ncleo;y\n",
            "3:1: the quotation mark is not closed",
            "at the end of the field",
        ),
        (
            "name;mail\nann;\"x \"\"y\"\"\n",
            "2:5: the quotation mark is not closed",
            "at the end of the field",
        ),
        // These marks quote nothing.
        (
            "name;mail\n;5\"\nbob;a\"\"b\ncleo;\"x\"\"y\"\n",
            "2:1: the name is empty",
            "letters",
        ),
        ("mail;name\nx@y;\n", "2:5: the name is empty", "letters"),
        ("mail;name\nx@y\n", "2:4: the name is empty", "letters"),
        (
            "name,role\nann,Student\n",
            "2:5: the value `Student` cannot be used",
            "the ARN of a role",
        ),
        (
            "name,region\nann,Bonn am Rhein\n",
            "2:5: the value `Bonn am Rhein` cannot",
            "eu-central-1",
        ),
    ] {
        let error = listed(text).expect_err(text);
        let fault = &error.faults[0];
        let shown = fault.to_string();
        assert!(
            shown.starts_with(&format!("class.csv:{message}")),
            "{text}\n{shown}"
        );
        assert!(fault.expected.contains(expected), "{text}\n{fault:?}");
    }
}

#[test]
fn a_new_roster_can_be_read() {
    let student = |name: &str, written: &str| ListedStudent {
        name: name.to_owned(),
        written: written.to_owned(),
        ..ListedStudent::default()
    };
    let new = NewRoster {
        class: "monday".to_owned(),
        target: None,
        endpoint_url: Some("http://127.0.0.1:4566".to_owned()),
        region: Some("eu-west-1".to_owned()),
        profile: Some("a \"b\"\\".to_owned()),
        expires: date!(2026 - 12 - 03),
        students: vec![
            student("ann-lee", "Ann\nLee"),
            ListedStudent {
                profile: Some("cleo".to_owned()),
                ..student("cleo", "cleo")
            },
        ],
    };
    let text = new.text();
    let roster = read(&text).expect(&text);
    assert_eq!(names(&roster), ["ann-lee", "cleo"]);
    let own = &roster.members[1].account;
    assert_eq!(own.profile.as_deref(), Some("cleo"));
    assert_eq!(
        (roster.profile, roster.endpoint_url),
        (new.profile, new.endpoint_url)
    );
    assert_eq!(roster.expires.as_deref(), Some("2026-12-03"));
    // What is only an example in a comment can be used too.
    let is_example = |line: &&str| line.starts_with('[') || line.contains(" = ");
    let lines = text.lines().map(|line| {
        let commented = line.strip_prefix("# ").filter(is_example);
        commented.filter(|it| !it.contains('`')).unwrap_or(line)
    });
    let used = lines.collect::<Vec<_>>().join("\n");
    let used = read(&used).expect(&used);
    assert_eq!(names(&used), ["ben", "ann-lee", "cleo"]);
    assert_eq!(used.members[0].parameters["Players"], "5");
    assert_eq!(used.members[2].parameters["Players"], "7");
}
