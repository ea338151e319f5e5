//! `mafia watch`: each save becomes live, whatever an editor, a mistake or a restart does in between.

use std::fs;
use std::path::Path;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::mafia::{Mafia, Running};
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! {
    with nothing installed:
    each_save_takes_the_shortest_path,
    saves_during_a_round_are_not_lost,
}

const STACK: &str = "mafia-anna";
const DAY: &str = "src/bin/day-turn.rs";
const NIGHT: &str = "src/bin/night-turn.rs";

/// As many editors save: a new file, and a rename.
fn save_as_an_editor(workspace: &Workspace, file: &str, text: &str) {
    let path = workspace.path().join(file);
    let beside = path.with_extension("rs~");
    fs::write(&beside, text).expect("the workspace takes files");
    fs::rename(&beside, &path).expect("a file can be replaced");
}

fn program(text: &str) -> String {
    format!("fn main() {{\n    println!(\"{text}\");\n}}\n")
}

/// Ends it as a person does.
fn stop(running: Running) {
    running
        .interrupt_and_finish()
        .exits_with(130)
        .remarks("run `mafia watch` to go on");
}

fn each_save_takes_the_shortest_path(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    let mut watch = anna.start(&["watch", "--then", "status --quiet"]);
    watch.wait_until_it_says("there is no stack mafia-anna yet: the first round creates it");
    watch.wait_until_it_says("stack created in");
    watch.wait_until_it_says("as last built");
    save_as_an_editor(&workspace, NIGHT, &program("dark"));
    watch.wait_until_it_says("night-turn live in");
    watch.wait_until_it_says(" night-turn.rs: built in");
    // The functions keep the code before an edit that does not compile.
    workspace.write(
        DAY,
        "fn main() {\n    prinln!();\n    let x: u8 = \"\";\n}\n",
    );
    watch.wait_until_it_says("cannot find macro `prinln`");
    watch.wait_until_it_says("the build failed");
    save_as_an_editor(&workspace, DAY, &program("light"));
    watch.wait_until_it_says("day-turn live in");
    workspace.write(
        "names.txt",
        &format!("{}Zoe\n", workspace.read("names.txt")),
    );
    // Most of the programs, which are compiled anew, are other ones.
    watch.wait_until_it_says(" functions live in");
    workspace.edit(
        "templates/game.yaml",
        "    Default: 10\n",
        "    Default: 9\n",
    );
    watch.wait_until_it_says("stack updated in");
    // A manifest is broken for a moment, and a module is added.
    let manifest = workspace.read("Cargo.toml");
    workspace.write("Cargo.toml", &format!("{manifest}[["));
    watch.wait_until_it_says("Cargo.toml");
    workspace.write("Cargo.toml", &manifest);
    fs::create_dir(workspace.path().join("src/bin/day")).expect("the workspace takes folders");
    workspace.write("src/bin/day/sun.rs", "pub const SUN: &str = \"sun\";\n");
    workspace.write(
        "src/bin/judgement.rs",
        "#[path = \"day/sun.rs\"]\nmod sun;\nfn main() {\n    println!(\"{}\", sun::SUN);\n}\n",
    );
    watch.wait_until_it_says("judgement live in");
    workspace.write("src/bin/day/sun.rs", "pub const SUN: &str = \"moon\";\n");
    watch.wait_until_it_says_times("judgement live in", 2);
    stop(watch);
    assert_eq!(anna.deploys(&[]).action, "unchanged");
}

/// A build script that waits once, when it is told to.
const SLOW_BUILD: &str = r#"
fn main() {
    println!("cargo::rerun-if-changed=slow");
    if std::path::Path::new("slow").exists() {
        std::fs::write("building", "").expect("a file can be written");
        while std::path::Path::new("slow").exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}
"#;

fn saves_during_a_round_are_not_lost(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    workspace.write("build.rs", SLOW_BUILD);
    let anna = Student::new(endpoint, STACK, &workspace);
    let mut watch = anna.start(&["watch"]);
    watch.wait_until_it_says("stack created in");
    workspace.write("slow", "");
    workspace.write(NIGHT, &program("first"));
    wait_for(&workspace.path().join("building"), &mut watch);
    for text in ["second", "third"] {
        save_as_an_editor(&workspace, DAY, &program(text));
    }
    fs::remove_file(workspace.path().join("slow")).expect("it is there");
    // Cargo compiles after the script, and so the later saves too; their own round finds nothing more.
    watch.wait_until_it_says("2 functions live in");
    watch.wait_until_it_says("nothing to deploy");
    stop(watch);
    assert_eq!(anna.deploys(&[]).action, "unchanged");
}

#[test]
fn what_belongs_to_the_workspace_may_change_meanwhile() {
    let workspace = Workspace::light();
    let (anna, mut watch) = alone(&workspace);
    for round in 1..=2 {
        workspace.write(NIGHT, &program(&format!("dark {round}")));
        watch.wait_until_it_says_times("night-turn live in", round);
    }
    // A program that the manifest names before it is there.
    let functions = "[package.metadata.mafia.functions]\n";
    workspace.edit(
        "Cargo.toml",
        functions,
        &format!("{functions}dusk = \"06-dusk\"\n"),
    );
    watch.wait_until_it_says("the package does not have it");
    workspace.write("src/bin/dusk.rs", &program("dusk"));
    watch.wait_until_it_says("06-dusk");
    workspace.edit("Cargo.toml", "dusk = \"06-dusk\"\n", "");
    workspace.write(NIGHT, &program("dark 3"));
    watch.wait_until_it_says_times("night-turn live in", 3);
    // A new member, on which the functions depend.
    fs::create_dir_all(workspace.path().join("stars/src")).expect("the workspace takes folders");
    workspace.write(
        "stars/Cargo.toml",
        "[package]\nname = \"stars\"\nedition = \"2024\"\n",
    );
    workspace.write("stars/src/lib.rs", "pub const SKY: &str = \"stars\";\n");
    workspace.edit(
        "Cargo.toml",
        "[workspace]\n",
        "[workspace]\nmembers = [\"stars\"]\n",
    );
    let profile = "[profile.dev]\n";
    workspace.edit(
        "Cargo.toml",
        profile,
        &format!("[dependencies]\nstars = {{ path = \"stars\" }}\n{profile}"),
    );
    workspace.write(NIGHT, "fn main() {\n    println!(\"{}\", stars::SKY);\n}\n");
    // Most of the programs, which are compiled anew, are other ones.
    watch.wait_until_it_says(" functions live in");
    workspace.write("stars/src/lib.rs", "pub const SKY: &str = \"clouds\";\n");
    watch.wait_until_it_says_times("night-turn live in", 4);
    stop(watch);
    let deployed = anna.run(&["deploy", "--json"]).succeeds();
    deployed.prints("unchanged");
}

/// Somebody whose watch has created the stack in a sandbox of the workspace's own.
fn alone(workspace: &Workspace) -> (Mafia, Running) {
    let mafia = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", STACK);
    let mut watch = mafia.start(&["watch"]);
    watch.wait_until_it_says("stack created in");
    (mafia, watch)
}

#[track_caller]
fn wait_for(file: &Path, watch: &mut Running) {
    while !file.exists() {
        assert!(!watch.has_ended(), "it should watch");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_sandbox_that_was_stopped_is_started_again() {
    let workspace = Workspace::light();
    let (anna, mut watch) = alone(&workspace);
    anna.run(&["sandbox", "stop"]).succeeds();
    workspace.write(NIGHT, &program("again"));
    watch.wait_until_it_says("night-turn live in");
    stop(watch);
}

#[test]
fn what_cannot_be_watched_is_refused_at_once() {
    let anna = Mafia::alone().env("MAFIA_STACK", STACK);
    anna.run(&["watch"]).exits_with(2).prints_nothing();
    let workspace = Workspace::light();
    let anna = anna.in_folder(workspace.path());
    anna.run(&["watch", "--json"])
        .exits_with(2)
        .remarks("run `mafia deploy --json` after each edit");
    anna.run(&["watch", "--then", "play 'night"])
        .exits_with(2)
        .remarks("a quote is not closed");
}
