//! A function of a student's own: `mafia add` writes what is missing of it, whatever is there.

use std::fs;

use serde_json::Value;

use crate::documents::assert_documented;
use crate::mafia::Mafia;
use crate::workspace::Workspace;

const PROGRAM: &str = "src/bin/day-report.rs";
const TEMPLATE: &str = "templates/game.yaml";
const PARTS: [&str; 5] = ["program", "line", "parameter", "log group", "function"];

/// A text without the lines of `whole` from the one that begins with `first`, to the next empty one or the
/// next of the same indentation.
fn without(text: &str, first: &str) -> String {
    let indent = first.len() - first.trim_start().len();
    let mut left = String::new();
    let mut inside = false;
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        if inside && (line.is_empty() || depth <= indent) {
            inside = false;
        }
        inside |= line == first;
        if !inside {
            left += line;
            left.push('\n');
        }
    }
    assert_ne!(left, text, "{first}");
    left
}

#[test]
fn whatever_is_written_already_the_rest_is_added() {
    let workspace = Workspace::light();
    let mafia = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", "mafia-ann");
    let original = (workspace.read("Cargo.toml"), workspace.read(TEMPLATE));
    let asks = || {
        mafia
            .run(&["add", "day-report", "--json"])
            .succeeds()
            .json()
    };
    let document = asks();
    assert_documented(&["mafia add"], std::slice::from_ref(&document));
    assert_eq!(document["function"], "06-day-report");
    let whole = (workspace.read("Cargo.toml"), workspace.read(TEMPLATE));
    for line in original.1.lines() {
        assert!(whole.1.lines().any(|it| it == line), "{line} is gone");
    }
    mafia
        .run(&["add", "DayReport"])
        .succeeds()
        .prints("was there")
        .never_says("added");

    for bits in 0..32 {
        let has = |part: usize| bits >> part & 1 == 1;
        match has(0) {
            true => workspace.write(PROGRAM, "fn main() {}\n"),
            false => {
                let _ = fs::remove_file(workspace.path().join(PROGRAM));
            }
        }
        workspace.write("Cargo.toml", if has(1) { &whole.0 } else { &original.0 });
        let mut template = whole.1.clone();
        for (part, first) in [
            (2, "  DayReportCode:"),
            (3, "  DayReportLogs:"),
            (4, "  DayReport:"),
        ] {
            if !has(part) {
                template = without(&template, first);
            }
        }
        workspace.write(TEMPLATE, &template);
        let document = asks();
        let parts = document["parts"].as_array().expect("a list");
        let added: Vec<(&Value, &Value)> =
            parts.iter().map(|it| (&it["part"], &it["added"])).collect();
        for (number, part) in PARTS.iter().enumerate() {
            let expected = (&Value::from(*part), &Value::from(!has(number)));
            assert_eq!(added[number], expected, "{bits:05b}");
        }
        let again = asks();
        let parts = again["parts"].as_array().expect("a list").iter();
        assert!(
            parts.into_iter().all(|it| it["added"] == false),
            "{again:#}"
        );
    }
    let deployed = mafia.run(&["deploy"]).never_says("deleted outside");
    deployed.succeeds().prints("06-day-report");
}

#[test]
fn a_half_made_function_is_told_what_it_lacks_and_how_to_get_it() {
    let workspace = Workspace::light();
    let mafia = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", "mafia-ann");
    mafia.run(&["deploy"]).succeeds();
    mafia.run(&["add", "day-report"]).succeeds();
    let (program, manifest, template) = (
        workspace.read(PROGRAM),
        workspace.read("Cargo.toml"),
        workspace.read(TEMPLATE),
    );
    let line = "day-report = \"06-day-report\"\n";
    let lacks = |message: &str| {
        let deployed = mafia.run(&["deploy"]).exits_with(2);
        deployed
            .never_says("deleted outside")
            .remarks(message)
            .remarks("mafia add day-report");
        mafia.run(&["add", "day-report"]).succeeds();
    };
    fs::remove_file(workspace.path().join(PROGRAM)).expect("removed");
    lacks("`functions` names the binary `day-report`, but the package does not have it");
    workspace.write(PROGRAM, &program);
    workspace.write("Cargo.toml", &manifest.replace(line, ""));
    lacks("needs code for its parameter DayReportCode");
    workspace.write(TEMPLATE, &without(&template, "  DayReport:"));
    lacks("the template has its parameter DayReportCode, but not the function");
    let bare = without(&without(&template, "  DayReport:"), "  DayReportCode:");
    workspace.write(TEMPLATE, &bare);
    lacks("has no function 06-day-report with the parameter DayReportCode for its code");
    mafia.run(&["deploy"]).succeeds().prints("06-day-report");
    mafia.run(&["deploy"]).succeeds().prints("nothing to do");
}

#[test]
fn what_cannot_be_added_is_told_with_what_to_do() {
    let workspace = Workspace::light();
    let mafia = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", "mafia-ann");
    for name in ["build", "2", "día", "a_ß"] {
        mafia
            .run(&["add", name])
            .exits_with(2)
            .remarks(&format!("a function cannot have the name `{name}`"));
    }
    let long = "very-".repeat(12) + "long";
    mafia
        .run(&["add", &long])
        .exits_with(2)
        .remarks("Lambda allows 64 characters");
    mafia.run(&["add"]).exits_with(2);
    Mafia::alone()
        .run(&["add", "day-report"])
        .exits_with(2)
        .remarks("make one with `mafia init DIR`");
    let template = workspace.read(TEMPLATE);
    workspace.write(TEMPLATE, "Resources: {}\n");
    mafia
        .run(&["add", "day-report"])
        .exits_with(2)
        .remarks("the layout of the template is not understood")
        .remarks("  | Resources:")
        .remarks("DayReport:");
    assert!(!workspace.path().join(PROGRAM).exists(), "all or nothing");
    workspace.write(TEMPLATE, &template);
    mafia
        .run(&["add", "07-day-report"])
        .succeeds()
        .prints("07-day-report");
}
