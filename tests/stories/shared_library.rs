//! Functions that share a library, which is a layer: small, linked in a moment, and never with another library
//! than their own.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;

use crate::mafia::Mafia;
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";
const DAY: &str = "src/bin/day-turn.rs";
const TEMPLATE: &str = "templates/game.yaml";
const PARAMETER: &str = "Parameters:
  LibraryCode: {Type: String, Default: \"\"}
";
const CONDITION: &str = "Conditions:
  HasLibrary: !Not [!Equals [!Ref LibraryCode, \"\"]]
";
const LAYER: &str = "Resources:
  Library:
    Type: AWS::Lambda::LayerVersion
    Condition: HasLibrary
    Properties:
      LayerName: !Sub ${AWS::StackName}-library
      Content: {S3Bucket: !Ref ArtifactBucket, S3Key: !Ref LibraryCode}
";
const LAYERS: &str = "      Layers: !If [HasLibrary, [!Ref Library], !Ref AWS::NoValue]\n";

/// Makes the template one whose functions can share a library.
fn with_library(workspace: &Workspace) {
    for (section, items) in [
        ("Parameters:\n", PARAMETER),
        ("Conditions:\n", CONDITION),
        ("Resources:\n", LAYER),
    ] {
        workspace.edit(TEMPLATE, &format!("\n{section}"), &format!("\n{items}"));
    }
    let handler = "      Handler: bootstrap\n";
    let text = fs::read_to_string(workspace.path().join(TEMPLATE)).expect("a template");
    workspace.write(
        TEMPLATE,
        &text.replace(handler, &format!("{handler}{LAYERS}")),
    );
}

/// At the embedded sandbox: other servers get functions that have all that they need.
fn anna(workspace: &Workspace) -> Mafia {
    Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", STACK)
        .env("MAFIA_YES", "true")
}

fn size(workspace: &Workspace, file: &str) -> u64 {
    let path = workspace.path().join("target/mafia").join(file);
    fs::metadata(path).expect("it is there").len()
}

fn library(workspace: &Workspace, kind: &str) -> PathBuf {
    let folder = workspace.path().join("target/mafia/library");
    let files = fs::read_dir(folder).expect("there is one");
    let mut files = files.map(|file| file.expect("it can be read").path());
    let library = files.find(|path| path.extension().is_some_and(|it| it == kind));
    library.expect("a library")
}

fn edit(workspace: &Workspace, words: &str) {
    workspace.edit(DAY, "\");", &format!("{words}\");"));
}

#[test]
fn a_function_is_small_and_never_meets_another_library() {
    let workspace = Workspace::light();
    with_library(&workspace);
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    let zip = library(&workspace, "zip");
    let whole = fs::metadata(&zip).expect("it is there").len();
    assert!(10 * size(&workspace, "dev/04-day-turn.zip") < whole);
    anna.run(&["deploy"]).succeeds().prints("nothing to do");

    edit(&workspace, ", edited");
    anna.run(&["deploy"]).succeeds().prints("patched");
    assert_eq!(library(&workspace, "zip"), zip);

    // Linked again, it is the same.
    fs::remove_dir_all(workspace.path().join("target/mafia/library")).expect("removed");
    edit(&workspace, ", again");
    anna.run(&["deploy"]).succeeds().prints("patched");
    assert_eq!(library(&workspace, "zip"), zip);
    anna.run(&["undo"]).succeeds();
    anna.run(&["undo"]).succeeds();

    // A library that is gone is noticed before anything is sent.
    fs::remove_dir_all(workspace.path().join("target/mafia/library")).expect("removed");
    anna.run(&["deploy"])
        .succeeds()
        .remarks("the functions cannot share a library here")
        .prints("updated");
    assert!(size(&workspace, "dev/04-day-turn.zip") > 50_000);
    anna.run(&["undo"])
        .exits_with(1)
        .remarks("needs another library than stack mafia-anna has");

    // After `cargo clean`, everything is there again.
    fs::remove_dir_all(workspace.path().join("target")).expect("removed");
    anna.run(&["deploy"]).succeeds().prints("updated");
    assert_eq!(library(&workspace, "zip"), zip);
    edit(&workspace, ", alone");
    anna.run(&["deploy", "day-turn"])
        .succeeds()
        .prints("patched");
    anna.run(&["clean", "--yes"]).succeeds();
}

#[test]
fn a_template_without_layers_for_all_gets_functions_that_have_all_they_need() {
    let workspace = Workspace::light();
    with_library(&workspace);
    let text = fs::read_to_string(workspace.path().join(TEMPLATE)).expect("a template");
    workspace.write(TEMPLATE, &text.replacen(LAYERS, "", 1));
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    assert!(size(&workspace, "dev/04-day-turn.zip") > 50_000);
    anna.run(&["deploy", "-p", "LibraryCode=x"])
        .exits_with(2)
        .remarks("LibraryCode is set by mafia itself");
}

#[test]
fn a_game_is_played_with_a_shared_library() {
    let workspace = Workspace::copy();
    with_library(&workspace);
    let anna = anna(&workspace);
    anna.run(&["deploy"]).succeeds();
    let whole = fs::metadata(library(&workspace, "zip"))
        .expect("it is there")
        .len();
    assert!(10 * size(&workspace, "dev/03-night-turn.zip") < whole);
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
