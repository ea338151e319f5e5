//! `docs/json.md` against what `--json` prints: every key that occurs is documented with its type, and
//! every key that is documented occurs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::mafia::Mafia;
use crate::scripted::{Says, Script, anna};
use crate::stub::Stub;
use crate::tiny::Tiny;
use crate::workspace::Workspace;

/// The tables below the headings of the page: the keys of each with their types.
struct Page(BTreeMap<String, BTreeMap<String, String>>);

/// What documents have shown.
#[derive(Default)]
pub struct Shown {
    keys: BTreeSet<String>,
    complaints: Vec<String>,
}

impl Page {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
        let text = std::fs::read_to_string(path).expect("the page is there");
        let mut sections = BTreeMap::<String, BTreeMap<String, String>>::new();
        let mut heading = String::new();
        for line in text.lines() {
            if let Some((_, words)) = line.split_once("## ") {
                heading = words.trim_matches('`').to_owned();
            }
            let mut cells = line.split('|').map(str::trim).skip(1);
            let key = cells
                .next()
                .and_then(|cell| cell.strip_prefix('`')?.strip_suffix('`'));
            if let (Some(key), Some(kind)) = (key, cells.next()) {
                let section = sections.entry(heading.clone()).or_default();
                section.insert(key.to_owned(), kind.to_owned());
            }
        }
        Self(sections)
    }

    /// The keys below these headings.
    fn keys(&self, headings: &[&str]) -> BTreeMap<&str, &str> {
        let section = |heading: &&str| {
            self.0
                .get(*heading)
                .unwrap_or_else(|| panic!("the page has no section {heading}"))
        };
        let tables = headings.iter().map(section);
        tables
            .flatten()
            .map(|(key, kind)| (key.as_str(), kind.as_str()))
            .collect()
    }
}

impl Shown {
    /// Compares a value with what is documented of the key at `path`, and below it.
    fn look(&mut self, path: &str, value: &Value, documented: &BTreeMap<&str, &str>) {
        if let Some(kind) = documented.get(path) {
            self.keys.insert(path.to_owned());
            let fits = *kind == "any" || kind.split(" or ").any(|kind| kind == kind_of(value));
            if !fits {
                self.complaints
                    .push(format!("{path} is {value}, not {kind}"));
            }
            // Its inside is documented elsewhere, or not at all.
            if *kind == "any" || kind.starts_with("object") || kind.starts_with("list") {
                return;
            }
        }
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let any = format!("{path}.*");
                    let key = format!("{path}.{key}");
                    let key = if documented.contains_key(any.trim_start_matches('.')) {
                        any
                    } else {
                        key
                    };
                    self.look(key.trim_start_matches('.'), value, documented);
                }
            }
            Value::Array(elements) => {
                for element in elements {
                    self.look(&format!("{path}[]"), element, documented);
                }
            }
            value if !documented.contains_key(path) => {
                self.complaints
                    .push(format!("{path} = {value} is not documented"));
            }
            _ => {}
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Asserts that the documents have the keys below these headings, and that together they have all.
#[track_caller]
pub fn assert_documented(headings: &[&str], documents: &[Value]) {
    let shown = assert_nothing_undocumented(headings, documents);
    let page = Page::read();
    let documented = page.keys(headings);
    let missing: Vec<_> = documented
        .keys()
        .filter(|key| !shown.keys.contains(**key))
        .collect();
    assert!(
        missing.is_empty(),
        "{headings:?} are documented and never occur: {missing:?}"
    );
}

/// Asserts that the documents have no other keys than those below these headings. Returns what they have.
#[track_caller]
pub fn assert_nothing_undocumented(headings: &[&str], documents: &[Value]) -> Shown {
    let page = Page::read();
    // Any command may have these.
    let known = page.keys(&[&["next steps"], headings].concat());
    let mut shown = Shown::default();
    for document in documents {
        shown.look("", document, &known);
    }
    assert!(
        shown.complaints.is_empty(),
        "{headings:?}: {:#?}",
        shown.complaints
    );
    shown
}

/// The names of the values that enums of the tool have in documents.
fn values_of_enums() -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    let mut left = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder of the project");
            left.extend(entries.map(|entry| entry.expect("it can be read").path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (before, body) in text
            .split("\n}")
            .filter_map(|item| item.split_once("enum "))
        {
            // The attributes of this item alone.
            let attributes = before.rsplit("\n\n").next().unwrap_or_default();
            if !attributes.contains("Serialize") {
                continue;
            }
            // DynamoDB's own names of types, in a file that is no document.
            if attributes.contains("UPPERCASE") {
                continue;
            }
            let dashed = attributes.contains("kebab-case");
            assert!(
                dashed || attributes.contains("lowercase"),
                "{path:?}: {before}"
            );
            let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
            let variants = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
            for variant in variants {
                let name = variant.split(|c: char| !c.is_alphanumeric()).next();
                let mut value = String::new();
                for letter in name.unwrap_or_default().chars() {
                    if letter.is_ascii_uppercase() && dashed && !value.is_empty() {
                        value.push('-');
                    }
                    value.push(letter.to_ascii_lowercase());
                }
                values.insert(value);
            }
        }
    }
    values
}

#[test]
fn every_value_that_can_occur_is_documented() {
    let page = include_str!("../../docs/json.md");
    let values = values_of_enums();
    for known in [
        "taken-back",
        "retained-earlier",
        "unlisted",
        "earlier",
        "interrupted",
    ] {
        assert!(values.contains(known), "{values:?}");
    }
    let missing = values
        .iter()
        .filter(|value| !page.contains(&format!("`{value}`")));
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "docs/json.md does not have {missing:?}");
}

#[test]
fn turns_are_documented() {
    let leak = json!([{"Name": "Ann", "Identity": "Uncovered", "TrueIdentity": "Mafia"}]);
    let stub = Script::game().deployed();
    let leaking = Script::game().answering("game-state", leak).deployed();
    let play = |turn: &[&str]| {
        let play = [&["play", "--json"], turn].concat();
        anna(&stub).run(&play).succeeds().json()
    };
    let odd = [
        "new-game",
        "game-state",
        "night-turn",
        "day-turn",
        "judgement",
    ]
    .into_iter()
    .fold(Script::game(), |script, function| {
        script.answering(function, json!("of another shape"))
    });
    let odd = odd.deployed();
    let of_another_shape = |turn: &[&str]| {
        let play = [&["play", "--json"], turn].concat();
        anna(&odd).run(&play).succeeds().json()
    };
    const TURN: &str = "mafia play";
    for turn in [&["new"][..], &["night"], &["day"], &["judge", "Cleo"]] {
        let heading = format!("mafia play {}", turn[0]);
        let shown = [play(turn), of_another_shape(turn)];
        assert_documented(&[TURN, &heading], &shown);
    }
    let auto = play(&["auto"]);
    assert_documented(&["mafia play auto"], std::slice::from_ref(&auto));
    assert_eq!(auto["turns"][1]["turn"], "night");
    assert_eq!(auto["turns"][1]["killed"], "Bo");

    let state = play(&["state"]);
    assert_eq!(auto["end"]["players"], state["players"]);
    let leaked = anna(&leaking).run(&["play", "state", "--json"]).succeeds();
    let odd = of_another_shape(&["state"]);
    assert_documented(&[TURN, "mafia play state"], &[state, leaked.json(), odd]);
}

#[test]
fn calls_logs_checks_and_completions_are_documented() {
    let stub = Script::game().deployed();
    let mafia = anna(&stub);
    let json = |arguments: &[&str]| mafia.run(&[arguments, &["--json"]].concat());
    let invoked = json(&["invoke", "new-game"]).succeeds().json();
    assert_documented(&["mafia invoke"], &[invoked]);
    assert_documented(&["mafia logs"], &[json(&["logs"]).succeeds().json()]);
    assert_documented(
        &["mafia completions"],
        &[json(&["completions", "zsh"]).succeeds().json()],
    );
    let manual = [&["man"][..], &["man", "pages"]].map(|asked| json(asked).succeeds().json());
    assert_documented(&["mafia man"], &manual);

    let workspace = Workspace::copy_of_sources();
    let well = anna(&stub)
        .in_folder(workspace.path())
        .run(&["doctor", "--json"])
        .json();
    let ill = json(&["doctor"]).exits_with(2).json();
    let all = [well, ill, with_detail(), uncompiled()];
    assert_documented(&["mafia doctor", "errors"], &all);
}

#[test]
fn the_sandbox_is_documented() {
    let mafia = Mafia::alone();
    let json = |arguments: &[&str]| {
        let outcome = mafia.run(&[&["sandbox"], arguments, &["--json"]].concat());
        outcome.succeeds().json()
    };
    let status = mafia.run(&["sandbox", "status", "--json"]);
    let all = [
        status.exits_with(1).json(),
        with_detail(),
        uncompiled(),
        json(&["start"]),
        json(&["status"]),
        json(&["stop"]),
        json(&["reset", "--yes"]),
    ];
    assert_documented(&["mafia sandbox", "errors"], &all);
    assert_documented(&["mafia sandbox env"], &[json(&["env"])]);
    assert_nothing_undocumented(&["mafia sandbox advance"], &[json(&["advance", "1s"])]);
    assert_documented(&["mafia sandbox logs"], &[json(&["logs"])]);
}

#[test]
fn errors_of_every_kind_are_documented() {
    let usage = Mafia::alone()
        .run(&["depoy", "--json"])
        .exits_with(2)
        .json();
    let uncompiled = uncompiled();
    let compiler = uncompiled["error"]["compiler"][0].as_str();
    let compiler = compiler.expect("the compiler's error");
    assert!(compiler.contains("src/bin/new-game.rs:1"), "{compiler}");
    assert_documented(&["errors"], &[usage.clone(), with_detail(), uncompiled]);
    assert_eq!(usage["error"]["kind"], "usage");
    assert_eq!(with_detail()["error"]["kind"], "failed");
    let blocked = Mafia::alone()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("MAFIA_JSON", "true")
        .run(&["play", "state", "--target", "aws", "--region", "eu-west-1"]);
    assert_eq!(blocked.exits_with(3).json()["error"]["kind"], "blocked");
}

#[test]
fn an_interruption_is_an_error_of_its_own_kind() {
    let (stub, tiny) = (Stub::empty(), Tiny::new());
    tiny.write(
        "labs/tiny/build.rs",
        "fn main() { loop { std::thread::park() } }\n",
    );
    let mut running = anna(&stub)
        .in_folder(tiny.path())
        .start(&["deploy", "--json"]);
    running.wait_until_it_says("mafia-anna on ");
    running.interrupt();
    let interrupted = running
        .finish()
        .exits_with(130)
        .remarks("interrupted while building");
    assert_eq!(interrupted.json()["error"]["kind"], "interrupted");
}

/// An error with all keys that an error can have.
fn with_detail() -> Value {
    let failure = Says::Fails("Runtime.ExitError", "no", "a line of the log");
    let stub = Script::game().with("day-turn", [failure]).deployed();
    anna(&stub)
        .run(&["play", "day", "--json"])
        .exits_with(1)
        .json()
}

/// The error of functions that do not compile.
fn uncompiled() -> Value {
    let (stub, tiny) = (Stub::empty(), Tiny::new());
    tiny.write("labs/tiny/src/bin/new-game.rs", "fn main() { wrong }\n");
    let deploy = anna(&stub)
        .in_folder(tiny.path())
        .run(&["deploy", "--json"]);
    deploy.exits_with(1).json()
}
