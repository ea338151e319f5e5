//! Earlier code, brought back with the library that it needs.

#![cfg(target_os = "linux")]

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::mafia::Mafia;
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";
const DAY: &str = "src/bin/day-turn.rs";
const NIGHT: &str = "src/bin/night-turn.rs";

fn anna(workspace: &Workspace) -> Mafia {
    Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", STACK)
        .env("MAFIA_YES", "true")
}

/// A crate outside of the workspace, which functions use for what they say.
struct Outside(TempDir);

impl Outside {
    fn of(workspace: &Workspace) -> Self {
        let folder = TempDir::with_prefix_in("outside-", env!("CARGO_TARGET_TMPDIR"));
        let outside = Self(folder.expect("the target folder takes a new folder"));
        let manifest = "[package]\nname = \"outside\"\nedition = \"2024\"\n[workspace]\n[lib]\npath = \"lib.rs\"\n";
        outside.write("Cargo.toml", manifest);
        outside.says("one");
        let path = outside.0.path().display();
        workspace.edit(
            "Cargo.toml",
            "[profile.dev]\n",
            &format!("[dependencies]\noutside = {{ path = \"{path}\" }}\n[profile.dev]\n"),
        );
        outside
    }

    fn is_used_by(workspace: &Workspace, function: &str) {
        let program = "fn main() {\n    println!(\"{}\", outside::word());\n}\n";
        workspace.write(&format!("src/bin/{function}.rs"), program);
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.path().join(file), text).expect("written");
    }

    fn says(&self, word: &str) {
        let lib = format!("pub fn word() -> String {{ String::from(\"{word}\") }}\n");
        self.write("lib.rs", &lib);
    }
}

/// How the folder differs from what is deployed.
fn foreseen(anna: &Mafia) -> Value {
    anna.run(&["deploy", "--dry-run", "--json"])
        .succeeds()
        .json()
}

#[test]
fn code_and_library_go_back_and_forth_together() {
    let workspace = Workspace::light();
    let outside = Outside::of(&workspace);
    for function in crate::workspace::functions() {
        Outside::is_used_by(&workspace, &function);
    }
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    outside.says("two");
    anna.run(&["deploy"]).succeeds().prints("updated");
    assert_eq!(foreseen(&anna)["action"], "unchanged");

    // The other functions need the library that is there.
    anna.run(&["undo", "day-turn"])
        .exits_with(1)
        .remarks("which goes back with all functions together")
        .remarks("run `mafia undo` to bring them all back, with the library");
    anna.run(&["undo", "--dry-run"])
        .succeeds()
        .prints("would restore");
    assert_eq!(foreseen(&anna)["action"], "unchanged");

    anna.run(&["undo"])
        .succeeds()
        .prints("lib.rs")
        .prints("Restored the code and the library from before");
    anna.run(&["status"])
        .succeeds()
        .prints("an undo took back the newer code");
    assert_ne!(foreseen(&anna)["action"], "unchanged");
    anna.run(&["undo"])
        .succeeds()
        .prints("Restored the newer code and the library");
    assert_eq!(foreseen(&anna)["action"], "unchanged");

    // Code that was patched in between stays with its library.
    workspace.edit(DAY, "\"{}\"", "\"{}, edited\"");
    anna.run(&["deploy"]).succeeds().prints("patched");
    outside.says("one");
    anna.run(&["deploy"]).succeeds().prints("updated");
    anna.run(&["undo"]).succeeds();
    outside.says("two");
    assert_eq!(foreseen(&anna)["action"], "unchanged");

    // A function that came with the library stays, and so the library does.
    outside.says("three");
    anna.run(&["add", "day-report"]).succeeds();
    anna.run(&["deploy"]).succeeds().prints("updated");
    anna.run(&["undo"])
        .exits_with(1)
        .remarks("with the earlier library, 06-day-report would not start");
    assert_eq!(foreseen(&anna)["action"], "unchanged");

    // Nothing goes back without its library.
    let libraries = workspace.path().join("target/mafia/library");
    fs::remove_dir_all(libraries).expect("there is one");
    anna.run(&["undo"])
        .exits_with(1)
        .remarks("the library of the functions before the last deployment is no longer kept");
    anna.run(&["clean", "--yes"]).succeeds();
}

/// Two libraries are in the layer, and only one of them differs.
#[test]
fn functions_whose_library_stays_hinder_no_undo() {
    let workspace = Workspace::light();
    let outside = Outside::of(&workspace);
    Outside::is_used_by(&workspace, "day-turn");
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    workspace.edit(NIGHT, "\");", ", edited\");");
    anna.run(&["deploy"]).succeeds().prints("patched");
    outside.says("two");
    anna.run(&["deploy"]).succeeds().prints("updated");
    assert_eq!(foreseen(&anna)["action"], "unchanged");

    anna.run(&["undo"])
        .succeeds()
        .prints("Restored the code and the library from before");
    assert_ne!(foreseen(&anna)["action"], "unchanged");
    anna.run(&["undo"])
        .succeeds()
        .prints("Restored the newer code and the library");
    assert_eq!(foreseen(&anna)["action"], "unchanged");

    // Its earlier code was built with the other layer, which has the same library for it.
    anna.run(&["undo", "night-turn"])
        .succeeds()
        .prints("Restored the code from before");
    // Nothing else changed with its library.
    anna.run(&["undo", "day-turn"])
        .succeeds()
        .prints("Restored the code and the library from before");
    anna.run(&["clean", "--yes"]).succeeds();
}
