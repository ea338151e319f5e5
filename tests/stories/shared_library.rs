//! Functions that share a library, which is a layer: small, linked in a moment, and never with another library
//! than their own.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::endpoint::Endpoint;
use crate::mafia::Mafia;
use crate::outside::boto3;
use crate::sandbox::Sandbox;
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";
const DAY: &str = "src/bin/day-turn.rs";
const TEMPLATE: &str = "templates/game.yaml";
const LAYERS: &str = "      Layers: !If [HasLibrary, [!Ref Library], !Ref AWS::NoValue]\n";
/// More than a function has that shares its library, and less than one that has all that it needs, in bytes.
const SMALL: u64 = 50_000;
const CANNOT: &str = "the functions cannot share a library here";

/// At the embedded sandbox: other servers get functions that have all that they need.
fn anna(workspace: &Workspace) -> Mafia {
    Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", STACK)
        .env("MAFIA_YES", "true")
}

/// Of a function's bundle.
fn size(workspace: &Workspace, function: &str) -> u64 {
    let path = format!("target/mafia/dev/{function}.zip");
    let file = fs::metadata(workspace.path().join(path));
    file.expect("it is there").len()
}

fn libraries(workspace: &Workspace, kind: &str) -> Vec<PathBuf> {
    let folder = workspace.path().join("target/mafia/library");
    let files = fs::read_dir(folder).expect("there is one");
    let paths = files.map(|file| file.expect("it can be read").path());
    let is_of_kind = |path: &PathBuf| path.extension().is_some_and(|it| it == kind);
    paths.filter(is_of_kind).collect()
}

/// The only one.
fn library(workspace: &Workspace) -> PathBuf {
    let zips = libraries(workspace, "zip");
    assert_eq!(zips.len(), 1, "{zips:?}");
    zips[0].clone()
}

fn forget_libraries(workspace: &Workspace) {
    fs::remove_dir_all(workspace.path().join("target/mafia/library")).expect("removed");
}

fn edit(workspace: &Workspace, words: &str) {
    workspace.edit(DAY, "\");", &format!("{words}\");"));
}

/// A crate outside of any workspace, with a function `word`.
fn crate_outside() -> TempDir {
    let folder = TempDir::with_prefix_in("outside-", env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.expect("the target folder takes a new folder");
    let write = |file: &str, text: &str| {
        fs::write(folder.path().join(file), text).expect("written");
    };
    let manifest = "[package]\nname = \"outside\"\nedition = \"2024\"\n[workspace]\n[lib]\npath = \"lib.rs\"\n";
    write("Cargo.toml", manifest);
    write(
        "lib.rs",
        "pub fn word() -> String { String::from(\"outside\") }\n",
    );
    folder
}

fn depend_on(workspace: &Workspace, outside: &TempDir) {
    let path = outside.path().display();
    workspace.edit(
        "Cargo.toml",
        "[profile.dev]\n",
        &format!("[dependencies]\noutside = {{ path = \"{path}\" }}\n[profile.dev]\n"),
    );
}

/// A program of the shell.
fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
}

#[test]
fn a_function_is_small_and_never_meets_another_library() {
    let workspace = Workspace::light();
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    let zip = library(&workspace);
    let whole = fs::metadata(&zip).expect("it is there").len();
    assert!(10 * size(&workspace, "04-day-turn") < whole);
    anna.run(&["deploy"]).succeeds().prints("nothing to do");

    edit(&workspace, ", edited");
    anna.run(&["deploy"]).succeeds().prints("patched");
    assert_eq!(library(&workspace), zip);

    // Linked again, it is the same.
    forget_libraries(&workspace);
    edit(&workspace, ", again");
    anna.run(&["deploy"]).succeeds().prints("patched");
    assert_eq!(library(&workspace), zip);
    anna.run(&["undo"]).succeeds();
    anna.run(&["undo"]).succeeds();
    forget_libraries(&workspace);
    anna.run(&["deploy"])
        .succeeds()
        .prints("nothing to do")
        .never_says(CANNOT);
    assert_eq!(library(&workspace), zip);

    // Functions that have all that they need run with any library, but not the other way round.
    anna.run(&["deploy", "--release"])
        .succeeds()
        .prints("updated");
    for _ in 0..3 {
        anna.run(&["undo"])
            .succeeds()
            .prints("no file: built with other options")
            .prints("code and the library");
    }
    anna.run(&["status"])
        .succeeds()
        .prints("an undo took back the newer code")
        .never_says("as last built");
    anna.run(&["undo"]).succeeds();

    // After `cargo clean`, everything is there again.
    fs::remove_dir_all(workspace.path().join("target")).expect("removed");
    anna.run(&["deploy"]).succeeds().prints("updated");
    assert_eq!(library(&workspace), zip);
    edit(&workspace, ", alone");
    anna.run(&["deploy", "day-turn"])
        .succeeds()
        .prints("patched");
    anna.run(&["clean", "--yes"]).succeeds();
}

#[test]
fn a_template_without_layers_for_all_gets_functions_that_have_all_they_need() {
    let workspace = Workspace::light();
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    let text = workspace.read(TEMPLATE);
    workspace.write(TEMPLATE, &text.replacen(LAYERS, "", 1));
    let removed = "no file: it shares the library no more: the template has no Layers for NewGame";
    anna.run(&["deploy"]).succeeds().prints(removed);
    assert!(size(&workspace, "04-day-turn") > SMALL);
    anna.run(&["deploy", "-p", "LibraryCode=x"])
        .exits_with(2)
        .remarks("LibraryCode is set by mafia itself");
}

/// What cannot be done is not tried with each build, but again with other crates or another compiler.
#[test]
fn a_linker_that_makes_no_libraries_is_not_asked_each_time() {
    let workspace = Workspace::light();
    let tools = TempDir::new().expect("a folder");
    let linker = tools.path().join("linker");
    program(
        &linker,
        "case \" $* \" in *' -shared '*) exit 1;; esac\nexec cc \"$@\"",
    );
    let (cargo, log) = (tools.path().join("cargo"), tools.path().join("log"));
    program(
        &cargo,
        &format!("echo \"$1\" >> '{}'\nexec cargo \"$@\"", log.display()),
    );
    let anna = anna(&workspace)
        .env("CARGO", &cargo.to_string_lossy())
        .env("RUSTFLAGS", &format!("-Clinker={}", linker.display()));
    let builds = || {
        let log = fs::read_to_string(&log).expect("Cargo ran");
        log.lines().filter(|line| *line == "build").count()
    };
    anna.run(&["deploy"]).succeeds().remarks(CANNOT);
    assert_eq!(builds(), 2);
    assert!(size(&workspace, "04-day-turn") > SMALL);
    edit(&workspace, ", edited");
    anna.run(&["deploy"])
        .succeeds()
        .prints("patched")
        .never_says(CANNOT);
    assert_eq!(builds(), 3);

    program(&linker, "exec cc \"$@\"");
    let outside = crate_outside();
    depend_on(&workspace, &outside);
    anna.run(&["deploy"]).succeeds();
    anna.run(&["deploy"]).succeeds().prints("updated");
    assert!(size(&workspace, "04-day-turn") < SMALL);
}

/// A compiler that takes no wrapper is asked without one.
#[test]
fn a_wrapper_that_knows_no_other_does_not_stop_a_build() {
    let workspace = Workspace::light();
    let tools = TempDir::new().expect("a folder");
    let wrapper = tools.path().join("wrapper");
    program(
        &wrapper,
        "case \"$1\" in *mafia*) echo unknown compiler >&2; exit 1;; esac\nexec \"$@\"",
    );
    let anna = anna(&workspace).env("RUSTC_WRAPPER", &wrapper.to_string_lossy());
    anna.run(&["deploy"]).succeeds().remarks(CANNOT);
    assert!(size(&workspace, "04-day-turn") > SMALL);
    anna.run(&["deploy"])
        .succeeds()
        .prints("nothing to do")
        .never_says(CANNOT);
}

#[test]
fn each_function_gets_what_it_needs() {
    let workspace = Workspace::light();
    let outside = crate_outside();
    depend_on(&workspace, &outside);
    workspace.write(
        "src/bin/new-game.rs",
        "#[global_allocator]\nstatic OWN: std::alloc::System = std::alloc::System;\n\
         fn main() {\n    println!(\"new-game\");\n}\n",
    );
    workspace.write(
        DAY,
        "fn main() {\n    println!(\"{} day\", outside::word());\n    println!(\"turn\");\n}\n",
    );
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds().never_says(CANNOT);
    assert_eq!(libraries(&workspace, "so").len(), 2);
    library(&workspace);
    assert!(size(&workspace, "01-new-game") > SMALL);
    for shared in ["02-game-state", "04-day-turn"] {
        assert!(size(&workspace, shared) < SMALL, "{shared}");
    }
    anna.run(&["deploy"]).succeeds().prints("nothing to do");
    workspace.edit(DAY, "turn", "turn, edited");
    anna.run(&["deploy"])
        .succeeds()
        .prints("1 function patched");

    // Alone, it does not know what else is in the layer.
    workspace.edit(DAY, "edited", "alone");
    anna.run(&["deploy", "day-turn"]).succeeds().prints(
        "src/bin/day-turn.rs, and it shares the library no more: the stack has another one",
    );
    assert!(size(&workspace, "04-day-turn") > SMALL);
    anna.run(&["deploy"])
        .succeeds()
        .prints("no file: it shares the library now")
        .prints("1 function patched");
    assert!(size(&workspace, "04-day-turn") < SMALL);
}

#[test]
fn two_workspaces_can_have_one_target_folder() {
    let (ones, others) = (Workspace::light(), Workspace::light());
    let outside = crate_outside();
    depend_on(&others, &outside);
    others.edit("Cargo.toml", "light-game", "other-game");
    for function in [
        "day-turn",
        "game-state",
        "judgement",
        "new-game",
        "night-turn",
    ] {
        others.write(
            &format!("src/bin/{function}.rs"),
            "fn main() {\n    println!(\"{}\", outside::word());\n}\n",
        );
    }
    let target = ones.path().join("target");
    let anna = anna(&ones).env("CARGO_TARGET_DIR", &target.to_string_lossy());
    let deploys = |workspace: &Workspace, stack: &str| {
        let folder = workspace.path().to_str().expect("a path in UTF-8");
        let script = format!("cd '{folder}' && \"$MAFIA\" deploy --stack {stack}");
        anna.run_in_shell(&script).succeeds().never_says(CANNOT)
    };
    deploys(&ones, STACK).prints("created");
    deploys(&others, "mafia-ben").prints("created");
    for _ in 0..2 {
        deploys(&ones, STACK).prints("nothing to do");
        deploys(&others, "mafia-ben").prints("nothing to do");
    }
    edit(&ones, ", edited");
    deploys(&ones, STACK).prints("1 function patched");
}

#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn a_layer_that_somebody_deletes_stays_for_its_functions_and_comes_back() {
    let workspace = Workspace::light();
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    let sandbox = Endpoint::of(Sandbox::at(&anna.home().join("sandbox")));
    let layer = format!("{STACK}-library");
    let newest = || {
        let listed = json!({ "LayerName": layer });
        let called = boto3(&sandbox, &[("lambda", "list_layer_versions", listed)]);
        let answer = called[0].answer.as_ref().expect("an answer");
        answer["LayerVersions"][0]["Version"].as_u64()
    };
    let first = newest().expect("there is one");
    let deleted = json!({ "LayerName": layer, "VersionNumber": first });
    boto3(&sandbox, &[("lambda", "delete_layer_version", deleted)]);
    assert_eq!(newest(), None);

    edit(&workspace, ", edited");
    anna.run(&["deploy"])
        .succeeds()
        .prints("1 function patched");
    anna.run(&["deploy", "-p", "Players=7"])
        .succeeds()
        .prints("updated");
    anna.run(&["doctor"])
        .exits_with(1)
        .prints("Library (AWS::Lambda::LayerVersion) deleted");
    anna.run(&["deploy", "--full"]).succeeds();
    assert_eq!(newest(), Some(first + 1));
    anna.run(&["deploy"]).succeeds().prints("nothing to do");
    anna.run(&["clean", "--yes"]).succeeds();
    assert_eq!(newest(), None);
}

#[test]
fn a_game_is_played_with_a_shared_library() {
    let workspace = Workspace::copy();
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    let whole = fs::metadata(library(&workspace));
    let whole = whole.expect("it is there").len();
    assert!(10 * size(&workspace, "03-night-turn") < whole);
    anna.run(&["play", "new"])
        .succeeds()
        .prints("New game started");
    anna.run(&["play", "night"])
        .succeeds()
        .prints("Mafia kills");
    workspace.edit(
        "labs/game/src/bin/night-turn.rs",
        "Mafia awakes",
        "Mafia rises",
    );
    anna.run(&["deploy"]).succeeds().prints("patched");
    anna.run(&["play", "night"])
        .succeeds()
        .prints("Mafia rises");
}
