//! `mafia dev check`: red for each thing that a lab does not do as it promises, and green for the project's own
//! labs.

#[path = "../../build.rs"]
#[allow(dead_code, clippy::print_stdout)]
mod build;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::mafia::Mafia;
use crate::workspace::build_crates_in;

/// A copy of the project's labs that a story damages.
struct Labs(TempDir);

impl Labs {
    fn copy() -> Self {
        let folder = TempDir::new().expect("a folder");
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        for part in [
            "labs/labs.toml",
            "labs/lessons",
            "labs/game/src",
            "labs/support/src",
            "templates",
        ] {
            copy(&project.join(part), &folder.path().join(part));
        }
        Self(folder)
    }

    /// A file in the folder of the labs.
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("labs").join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect(name);
    }

    fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{name} has no {old}");
        self.write(name, &text.replacen(old, new, 1));
    }
}

fn put_into_game_state(code: &str) -> String {
    format!("Put this into `functions/src/bin/game-state.rs`:\n\n```rust\n{code}```\n")
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::create_dir_all(to.parent().expect("it is in a folder")).expect("made");
        std::fs::copy(from, to).expect("copied");
        return;
    }
    for entry in std::fs::read_dir(from).expect("it can be read") {
        let entry = entry.expect("it can be read");
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

#[test]
fn files_that_are_missing_unlisted_or_do_not_fit_are_named() {
    type Damage = fn(&Labs);
    let damages: [(Damage, &str); 9] = [
        (
            |labs| std::fs::remove_file(labs.path("lessons/01.3/hints/2.md")).expect("removed"),
            "01.3 hints/2.md is missing",
        ),
        (
            |labs| labs.write("lessons/01.3/hints/2.md", "\n"),
            "01.3 hints/2.md is empty",
        ),
        (
            |labs| labs.write("lessons/01.3/wrong/more.md", "?"),
            "01.3 wrong/more.md is not listed in labs.toml",
        ),
        (
            |labs| std::fs::remove_file(labs.path("game/src/players.rs")).expect("removed"),
            "01.6 the solution game/src/players.rs is missing",
        ),
        (
            |labs| {
                let solution = labs.read("game/src/bin/game-state.rs");
                labs.write("lessons/01.2/starter.md", &put_into_game_state(&solution));
            },
            "01.2 starter.md does not change functions/src/bin/game-state.rs",
        ),
        (
            |labs| labs.edit("game/src/bin/game-state.rs", "\"Masked\"", "\"Hidden\""),
            "01.2 wrong/leak.md the lines to replace occur 0 times",
        ),
        (
            |labs| labs.edit("lessons/01.2/lesson.md", "Put this into", "Behold"),
            "01.2 lesson.md line 10: the paragraph before names no file",
        ),
        (
            |labs| labs.edit("labs.toml", "    \"all-players\",\n", ""),
            "labs.toml lab 01.2: the wrong file only-the-living.md names the check all-players",
        ),
        (
            |labs| labs.edit("labs.toml", "minutes = 20", "minuts = 20"),
            "labs.toml TOML parse error",
        ),
    ];
    for (damage, complaint) in damages {
        let labs = Labs::copy();
        damage(&labs);
        let work = labs.path("work");
        Mafia::alone()
            .run(&[
                "dev",
                "check",
                "--labs",
                &labs.path("").to_string_lossy(),
                "--work",
                &work.to_string_lossy(),
            ])
            .exits_with(1)
            .prints(complaint);
        assert!(!work.exists(), "nothing was tried");
    }
}

/// The program contains the labs, and is not built without one of their files.
#[test]
fn a_file_of_a_lab_that_is_missing_fails_the_build() {
    let folder = TempDir::new().expect("a folder");
    let root = folder.path();
    for part in [
        "Cargo.lock",
        "Cargo.toml",
        "labs",
        "names.txt",
        "templates/game.yaml",
    ] {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&project.join(part), &root.join(part));
    }
    build::content(root).expect("all are there");
    let mut folders = vec![root.join("labs/lessons")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).expect("it can be read");
        for path in entries.map(|entry| entry.expect("it can be read").path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    assert!(files.len() > 70, "{files:?}");
    files.push(root.join("labs/game/src/bin/judgement.rs"));
    for file in files {
        let text = std::fs::read(&file).expect("it can be read");
        std::fs::remove_file(&file).expect("removed");
        let name = file.strip_prefix(root).expect("it is in there");
        let error = build::content(root).expect_err(&name.to_string_lossy());
        assert!(
            error.to_string().ends_with(&*name.to_string_lossy()),
            "{error}"
        );
        std::fs::write(&file, text).expect("written");
    }
}

/// Some dozens of builds, and hundreds of checks.
const LONG: Duration = Duration::from_secs(3_600);
/// How often a solution has to pass: less often than for who writes a lab.
const ROUNDS: &str = "3";

/// One after the other, because they share what is compiled.
#[test]
#[ignore = "takes minutes: run .ci/run, or pass --include-ignored"]
fn labs_that_do_not_do_as_they_promise_are_named_and_the_project_s_own_do() {
    let work = TempDir::with_prefix_in("dev-check-", env!("CARGO_TARGET_TMPDIR"));
    let work = work.expect("the target folder takes a new folder");
    build_crates_in(&work.path().join("workshop"));
    let work = work.path().to_string_lossy();
    let check = |labs: &Path| {
        let labs = labs.to_string_lossy();
        let order = ["--labs", &labs, "--work", &work, "--rounds", ROUNDS];
        Mafia::alone()
            .patient(LONG)
            .run(&[&["dev", "check"], &order[..]].concat())
    };
    let labs = wrong_in_every_way();
    check(&labs.path(""))
        .exits_with(1)
        .prints("01.2 starter passes, but has to fail")
        .prints("01.2 solution fails in 01.2/identities-stay-hidden in round 1, but has to pass")
        .prints("01.2 wrong/none.md passes, but all-players has to find the mistake")
        .prints("01.2 lesson.md line 4: `mafia invoke nobody` fails")
        .prints("6 tried, 4 faults");
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("labs"))
        .succeeds()
        .prints("0 faults");
}

/// One lab whose starter passes, whose solution fails, one of whose mistakes is none, and whose lesson cannot be
/// followed.
fn wrong_in_every_way() -> Labs {
    let labs = Labs::copy();
    let list = labs.read("labs.toml");
    let lab = list.split("[[lab]]").find(|lab| lab.contains("\"01.2\""));
    let lab = lab
        .expect("it is there")
        .replace("requires = [\"01.1\"]", "");
    let (lab, _) = lab.split_once("wrong = [").expect("it has mistakes");
    labs.write(
        "labs.toml",
        &format!(
            "format = 1\n[[lab]]{lab}wrong = [\n\
             {{ file = \"none.md\", check = \"all-players\" }},\n\
             {{ file = \"leak.md\", check = \"identities-stay-hidden\" }},\n\
             {{ file = \"leak-too.md\", check = \"identities-stay-hidden\" }},\n]\n"
        ),
    );
    for lesson in std::fs::read_dir(labs.path("lessons")).expect("it is there") {
        let lesson = lesson.expect("it can be read");
        if lesson.file_name() != "01.2" {
            std::fs::remove_dir_all(lesson.path()).expect("it is there");
        }
    }
    std::fs::remove_dir_all(labs.path("lessons/01.2/wrong")).expect("it is there");
    std::fs::create_dir(labs.path("lessons/01.2/wrong")).expect("made");

    let right = labs.read("game/src/bin/game-state.rs");
    labs.write(
        "lessons/01.2/starter.md",
        &put_into_game_state(&format!("// It is finished.\n{right}")),
    );
    let masked = "    let mut players: Vec<MaskedPlayer> = read_all(table.scan().index_name(\"Masked\")).await?;\n";
    let leak = "    let mut players: Vec<Player> = read_all(table.scan()).await?;\n";
    let imported = "use mafia_game::players::MaskedPlayer;\n";
    let solution = right
        .replace(masked, leak)
        .replace(imported, "use mafia_game::players::Player;\n");
    labs.write("game/src/bin/game-state.rs", &solution);
    let path = "functions/src/bin/game-state.rs";
    let edit = |old: &str, new: &str| {
        format!(
            "In `{path}`, replace this:\n\n```rust\n{old}```\n\nwith this:\n\n```rust\n{new}```\n\n"
        )
    };
    let import = edit("use mafia_game::players::Player;\n", imported);
    labs.write(
        "lessons/01.2/wrong/none.md",
        &format!("{import}{}", edit(leak, masked)),
    );
    for (name, comment) in [("leak", "// 1\n"), ("leak-too", "// 2\n")] {
        let also = edit(leak, &format!("{comment}{leak}"));
        labs.write(&format!("lessons/01.2/wrong/{name}.md"), &also);
    }
    labs.write(
        "lessons/01.2/lesson.md",
        "# A lesson\n\nCall somebody.\n```sh\nmafia invoke nobody\n```\n",
    );
    labs
}
