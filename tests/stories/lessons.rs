//! What a student sees of the labs: where to go on, lessons, hints, starters and solutions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::documents::assert_documented;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::faces::assert_faces;
use crate::listing::Listing;
use crate::mafia::{Mafia, Outcome};
use crate::student::Student;
use crate::workspace::Workspace;

/// A workshop folder that `mafia init` has made.
struct Workshop {
    mafia: Mafia,
    folder: PathBuf,
    _home: TempDir,
}

impl Workshop {
    fn new() -> Self {
        let home = TempDir::new().expect("a folder");
        let folder = home.path().join("game");
        Mafia::alone()
            .in_folder(home.path())
            .run(&["init", "game"])
            .succeeds();
        Self {
            mafia: Mafia::alone().in_folder(&folder),
            folder,
            _home: home,
        }
    }

    #[track_caller]
    fn lab(&self, arguments: &[&str]) -> Outcome {
        self.mafia.run(&[&["lab"], arguments].concat())
    }

    #[track_caller]
    fn asks(&self, arguments: &[&str]) -> Value {
        self.lab(&[arguments, &["--json"]].concat())
            .succeeds()
            .json()
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join(path)).expect(path)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.folder.join(path), text).expect(path);
    }
}

const NIGHT: &str = "functions/src/bin/night-turn.rs";
const NEW: &str = "functions/src/bin/new-game.rs";

fn solution(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs/game/src/bin");
    std::fs::read_to_string(path.join(name)).expect(name)
}

#[test]
fn a_student_sees_where_to_go_on() {
    let workshop = Workshop::new();
    let at_first = workshop.lab(&[]).succeeds().reads_well_in_a_pipe();
    let list = workshop.lab(&["list"]).succeeds().reads_well_in_a_pipe();
    workshop.lab(&["next"]).succeeds().prints("Lab 00");
    let started = workshop.lab(&["start", "night-turn"]).succeeds();
    workshop.write(
        ".mafia/progress.txt",
        "00 passed 2026-11-27T10:00:00Z\n\
         01.3 started 2026-11-27T10:05:00Z failed one-dies 2026-11-27T10:05:00Z\n\
         77 passed 2026-11-27T10:00:00Z\n",
    );
    let failed = workshop.lab(&["list"]).succeeds();
    assert_faces("labs", &[&at_first, &list, &started, &failed]);
    workshop
        .lab(&[])
        .succeeds()
        .prints("Lab 01.3")
        .prints("✘ one-dies");
    workshop.lab(&["hint"]).succeeds().prints("hint 1 of 3");
    workshop.lab(&["hint"]).succeeds().prints("hint 2 of 3");
    workshop
        .lab(&["hint", "--level", "1"])
        .succeeds()
        .prints("hint 1 of 3");
    workshop.lab(&["hint"]).succeeds().prints("hint 3 of 3");
    workshop.lab(&["hint"]).succeeds().prints("hint 3 of 3");
    let progress = workshop.read(".mafia/progress.txt");
    assert!(progress.contains("77 passed"), "{progress}");
    assert!(progress.contains("hints 3"), "{progress}");
    assert_documented(
        &["mafia lab list"],
        &[workshop.asks(&[]), workshop.asks(&["list"])],
    );
    assert_documented(&["mafia lab show"], &[workshop.asks(&["show", "01.2"])]);
    assert_documented(&["mafia lab hint"], &[workshop.asks(&["hint"])]);
}

#[test]
fn a_late_comer_gets_the_finished_files_and_keeps_what_is_written() {
    let workshop = Workshop::new();
    let mine = "// mine\n";
    workshop.write(NEW, mine);
    let started = workshop.asks(&["start", "01.4", "--catch-up"]);
    assert_documented(
        &["mafia lab start"],
        &[started.clone(), workshop.asks(&["start", "01.6"])],
    );
    assert_eq!(
        started["written"],
        json!(["functions/src/bin/game-state.rs", NIGHT])
    );
    assert_eq!(started["kept"], json!([NEW]));
    assert_eq!(workshop.read(NEW), mine);
    assert_eq!(workshop.read(NIGHT), solution("night-turn.rs"));
    assert!(!workshop.folder.join(".mafia/backups").exists());
    let started = workshop.asks(&["start", "02.4", "--catch-up"]);
    let written = started["written"].as_array().expect("a list");
    let times = written.iter().filter(|it| **it == "template.yaml");
    assert_eq!(times.count(), 1, "three labs are about it: {started:#}");
    let template = workshop.read("template.yaml");
    assert!(template.contains("NewGameCustomMethod:") && !template.contains("Preflight:"));
    std::fs::remove_file(workshop.folder.join(NEW)).expect("it is there");
    workshop.lab(&["start", "01.1"]).succeeds().prints(NEW);
    assert!(workshop.read(NEW).contains("Not yet"));
}

#[test]
fn what_is_replaced_is_shown_asked_for_and_kept() {
    let workshop = Workshop::new();
    let starter = workshop.read(NIGHT);
    let mine = starter.replace("Not yet", "Soon");
    workshop.write(NIGHT, &mine);
    workshop
        .lab(&["solve", "01.3"])
        .exits_with(2)
        .prints("+ use mafia_game::chance::chance;")
        .remarks("--yes");
    assert_eq!(workshop.read(NIGHT), mine);
    let solved = workshop.asks(&["solve", "01.3", "--yes"]);
    assert_eq!(workshop.read(NIGHT), solution("night-turn.rs"));
    let backup = solved["backup"].as_str().expect("it was kept");
    assert_eq!(workshop.read(&format!("{backup}/{NIGHT}")), mine);
    let reset = workshop.asks(&["reset", "01.3", "--yes"]);
    assert_eq!(workshop.read(NIGHT), starter);
    assert_documented(&["mafia lab solve"], &[solved, reset]);
    let again = workshop.asks(&["reset", "01.3"]);
    assert_eq!(again["files"], json!([]), "nothing to ask for");
    workshop.lab(&["solve", "99"]).exits_with(2);
}

#[test]
fn outside_of_a_workshop_folder_it_says_how_to_make_one() {
    let mafia = Mafia::alone();
    for arguments in [&["lab"][..], &["lab", "start", "01.1"], &["lab", "hint"]] {
        mafia.run(arguments).exits_with(2).remarks("init DIR");
    }
    mafia.run(&["lab", "list"]).succeeds();
    mafia.run(&["lab", "show", "01.1"]).succeeds();
    mafia
        .run(&["lab", "show", "game-stat"])
        .exits_with(2)
        .remarks("did you mean game-state?");
}

on_each_endpoint! { whoever_does_what_the_lessons_say_passes_all_labs }

/// A dozen builds, and the checks of all labs.
const LONG: Duration = Duration::from_secs(1_800);

const WITHOUT_AN_API: [&str; 8] = ["00", "01.1", "01.2", "01.3", "01.4", "01.5", "01.6", "99"];
const ALL: [&str; 12] = [
    "00", "01.1", "01.2", "01.3", "01.4", "01.5", "01.6", "02.1", "02.2", "02.3", "02.4", "99",
];

/// From `mafia init` to the last lab, which deletes everything.
fn whoever_does_what_the_lessons_say_passes_all_labs(endpoint: &Endpoint) {
    let workspace = Workspace::made();
    let student = Student::new(endpoint, "mafia-lena", &workspace);
    // ministack has no TestInvokeMethod as AWS has it, and its mapping templates have no loops.
    let followed = match endpoint.is_a_sandbox() {
        true => &ALL[..],
        false => &WITHOUT_AN_API,
    };
    student
        .mafia()
        .patient(LONG)
        .run(&[&["dev", "follow"], followed].concat())
        .succeeds()
        .prints(&format!("{} tried, 0 faults", followed.len()));
    if !endpoint.is_a_sandbox() {
        return Listing::of(endpoint).assert_is_empty();
    }
    student
        .run(&["lab"])
        .succeeds()
        .prints("You have done all labs");
    Listing::of(endpoint).assert_is_empty();
}
