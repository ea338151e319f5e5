//! `mafia` as it is installed for somebody who has no Rust: the functions of the finished game are beside it,
//! ready built.

use std::fs;
use std::path::Path;

use crate::mafia::{Mafia, Outcome};
use crate::sandbox::Sandbox;

/// Somebody without Rust, who has installed `mafia` in the folder `installed` of their home.
struct Newcomer(Mafia);

impl Newcomer {
    fn new() -> Self {
        let mafia = Mafia::alone()
            .without_env("MAFIA_STATE_DIR")
            .without_env("CARGO")
            .env("PATH", "/usr/bin:/bin");
        let installed = mafia.home().join("installed");
        let (programs, functions) = (
            installed.join("bin"),
            installed.join("share/mafia/functions"),
        );
        for folder in [&programs, &functions] {
            fs::create_dir_all(folder).expect("made");
        }
        let built = Path::new(env!("CARGO_BIN_EXE_mafia"));
        put(built, &programs.join("mafia"));
        for function in [
            "new-game",
            "game-state",
            "night-turn",
            "day-turn",
            "judgement",
        ] {
            put(&built.with_file_name(function), &functions.join(function));
        }
        Self(mafia)
    }

    /// Types a line in a folder of their home. Nothing else is installed, wherever Rust is on this machine.
    #[track_caller]
    fn types(&self, folder: &str, line: &str) -> Outcome {
        let script = format!("cd {folder}; PATH=\"$HOME/installed/bin\"; {line}");
        self.0.run_in_shell(&script)
    }
}

/// The same file at another place, or a copy where the places are on two disks.
fn put(from: &Path, to: &Path) {
    fs::hard_link(from, to)
        .or_else(|_| fs::copy(from, to).map(drop))
        .unwrap_or_else(|error| panic!("{} is built: {error}", from.display()));
}

#[test]
fn somebody_without_rust_plays_at_once() {
    let newcomer = Newcomer::new();
    let home = newcomer.0.home().to_owned();
    let _ended = Sandbox::at(&home.join("mafia-demo/.mafia/sandbox"));
    newcomer.types(".", "! command -v cargo").succeeds();
    newcomer
        .types(".", "mafia demo --fast")
        .succeeds()
        .prints("mafia-demo: created with 5 functions in ")
        .prints("Game over: the ")
        .prints("\n  cd mafia-demo ");
    newcomer
        .types("mafia-demo", "mafia play night --stack mafia-demo")
        .succeeds();
    newcomer
        .types("mafia-demo", "mafia status --stack mafia-demo")
        .succeeds()
        .prints("01-new-game    as last built");
    // Again, beside the folder that is there already, and in it.
    for folder in [".", "mafia-demo"] {
        newcomer
            .types(folder, "mafia demo --fast")
            .succeeds()
            .prints("mafia-demo: nothing to do");
    }
}

#[test]
fn the_finished_game_needs_no_rust_until_it_is_edited() {
    let newcomer = Newcomer::new();
    let home = newcomer.0.home().to_owned();
    let _ended = Sandbox::at(&home.join("my-game/.mafia/sandbox"));
    newcomer
        .types(".", "mafia init my-game --finished")
        .succeeds()
        .prints("it has the finished game");
    newcomer
        .types("my-game", "mafia deploy && mafia play auto --seed 7")
        .succeeds()
        .prints("created with 5 functions in ")
        .prints("Game over: the ");
    newcomer
        .types("my-game", "echo Zoe >> names.txt; mafia deploy")
        .succeeds()
        .prints("all functions  names.txt")
        .prints("5 functions patched");
    newcomer
        .types("my-game", "echo >> functions/src/bin/day-turn.rs; mafia deploy")
        .exits_with(2)
        .remarks("install Rust from https://rustup.rs")
        .remarks("only the finished game needs no Rust, and functions/src/bin/day-turn.rs differs from it");
    newcomer
        .types("my-game", "mafia play new && mafia doctor")
        .exits_with(2)
        .prints("New game started with ")
        .prints("install Rust from https://rustup.rs");
}
