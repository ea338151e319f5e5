//! The trial of labs by a program that only acts.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// In place of this program: a function that has the word `LEAK` in its file fails in one check, one with
/// `WARN` compiles with a warning, and one with `BROKEN` does not.
const PROGRAM: &str = r#"#!/bin/sh
file=functions/src/bin/game-state.rs
case "$*" in
"deploy")
    grep -q WARN $file && printf 'warning: unused\n  --> %s:1\n' $file >&2
    ! grep -q BROKEN $file ;;
"lab check 01.2"*)
    if grep -q LEAK $file; then
        echo '{"checks": [{"lab": "01.2", "check": "identities-stay-hidden", "verdict": "fail"}]}'
        exit 1
    fi
    mkdir -p .mafia
    echo "01.2 passed 2026-11-27T10:00:00Z" > .mafia/progress.txt
    echo '{"checks": []}' ;;
esac
"#;
const FILE: &str = "functions/src/bin/game-state.rs";

struct Labs {
    starter: &'static str,
    solution: &'static str,
    mistake: &'static str,
    commands: &'static str,
}

const RIGHT: Labs = Labs {
    starter: "// LEAK, not yet\n",
    solution: "// right\n",
    mistake: "// LEAK\n",
    commands: "mafia deploy\nmafia lab check 01.2\n",
};

/// What is wrong with a lab.
async fn faults(labs: &Labs) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let write = |name: &str, text: &str| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    let wrong = ["a", "b", "c"]
        .map(|name| format!("{{ file = \"{name}.md\", check = \"identities-stay-hidden\" }}"));
    let checks = super::super::check::checks_of("01.2").expect("it is there");
    write(
        "labs.toml",
        &format!(
            "format = 1\n[[lab]]\nid = \"01.2\"\ntitle = \"t\"\nminutes = 1\n\
             function = \"game-state\"\nfiles = [\"{FILE}\"]\nchecks = {:?}\nwrong = [{}]\n",
            checks.ids(),
            wrong.join(", ")
        ),
    );
    for text in ["hints/1.md", "hints/2.md", "hints/3.md", "afterwards.md"] {
        write(&format!("lessons/01.2/{text}"), "text\n");
    }
    let put = |code: &str| format!("Put this into `{FILE}`:\n\n```rust\n{code}```\n");
    for (name, code) in [
        ("a", labs.mistake),
        ("b", "// LEAK b\n"),
        ("c", "// LEAK c\n"),
    ] {
        write(&format!("lessons/01.2/wrong/{name}.md"), &put(code));
    }
    write("lessons/01.2/starter.md", &put(labs.starter));
    write("game/src/bin/game-state.rs", labs.solution);
    let lesson = format!("{}\n```sh\n{}```\n", put("// mine\n"), labs.commands);
    write("lessons/01.2/lesson.md", &lesson);
    write("program", PROGRAM);
    let program = root.join("program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("set");
    let order = Order {
        labs: root,
        work: &root.join("work"),
        program: &program,
        only: Vec::new(),
        rounds: 2,
    };
    let trials = check(&order, &|_| {}).await.expect("it can be tried");
    let faults = trials.faults.into_iter();
    faults
        .map(|it| format!("{} {}", it.what, it.problem))
        .collect()
}

#[tokio::test]
async fn a_lab_that_does_as_it_promises_has_no_fault() {
    assert_eq!(faults(&RIGHT).await, Vec::<String>::new());
}

#[tokio::test]
async fn whatever_a_lab_does_not_do_is_a_fault() {
    for (labs, fault) in [
        (
            Labs {
                starter: "// not yet\n",
                ..RIGHT
            },
            "starter passes, but has to fail",
        ),
        (
            Labs {
                starter: "// LEAK WARN\n",
                ..RIGHT
            },
            "starter compiles with warnings",
        ),
        (
            Labs {
                solution: "// LEAK it\n",
                ..RIGHT
            },
            "solution fails in 01.2/identities-stay-hidden in round 1, but has to pass",
        ),
        (
            Labs {
                solution: "// BROKEN\n",
                ..RIGHT
            },
            "solution does not deploy",
        ),
        (
            Labs {
                mistake: "// none\n",
                ..RIGHT
            },
            "wrong/a.md passes, but identities-stay-hidden has to find the mistake",
        ),
        (
            Labs {
                commands: "mafia deploy\nfalse\n",
                ..RIGHT
            },
            "lesson.md line 7: `false` fails",
        ),
        (
            Labs {
                commands: "mafia deploy\n",
                ..RIGHT
            },
            "lesson.md leads to no pass",
        ),
    ] {
        let faults = faults(&labs).await;
        assert_eq!(faults.len(), 1, "{fault}: {faults:?}");
        assert!(faults[0].starts_with(fault), "{fault}: {faults:?}");
    }
}
