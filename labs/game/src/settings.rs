//! The settings of a new game: the numbers from the environment, the names from the bundle.
//!
//! Settings that cannot work are refused before the table is touched. The error names the setting
//! and says what to change.

use std::collections::BTreeSet;
use std::path::Path;

use mafia_support::{Environment, Failure};

const PLAYERS: &str = "NUMBER_OF_PLAYERS";
const MAFIA: &str = "NUMBER_OF_MAFIA";

/// The folder into which Lambda unpacks a function's bundle.
const TASK_ROOT: &str = "LAMBDA_TASK_ROOT";
const NAMES_FILE: &str = "names.txt";

/// What a new game is drawn from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// At least 2.
    pub players: usize,
    /// How many of the players are the mafia: at least 1, and not all of them.
    pub mafia: usize,
    /// Unique, and at least as many as there are players.
    pub names: Vec<String>,
}

impl Settings {
    /// Reads and checks the settings.
    pub fn read(environment: &Environment) -> Result<Self, Failure> {
        let players = environment.number(PLAYERS, "the number of players", 10)?;
        let mafia = environment.number(MAFIA, "how many of the players are the mafia", 3)?;
        check(players, mafia).map_err(Failure::configuration)?;

        let folder = environment.get(TASK_ROOT).unwrap_or(".");
        let names = read_names(&Path::new(folder).join(NAMES_FILE), players);
        Ok(Self {
            players,
            mafia,
            names: names.map_err(Failure::configuration)?,
        })
    }
}

/// The error is what is wrong, and what to change.
fn check(players: usize, mafia: usize) -> Result<(), String> {
    if players < 2 {
        Err(format!(
            "{PLAYERS} is {players}, but a game needs at least 2, one of them innocent; \
             raise the stack's parameter Players"
        ))
    } else if mafia == 0 {
        Err(format!(
            "{MAFIA} is 0, but a game needs at least 1; raise the stack's parameter Mafia"
        ))
    } else if mafia > players {
        Err(format!(
            "{MAFIA} is {mafia}, more than the {players} of {PLAYERS}; \
             lower the stack's parameter Mafia below {players}"
        ))
    } else if mafia == players {
        Err(format!(
            "{MAFIA} is {players}, as many as {PLAYERS}, which leaves nobody innocent; \
             lower the stack's parameter Mafia below {players}"
        ))
    } else {
        Ok(())
    }
}

/// The names in the file, which must be enough for this many players. The error is what is wrong,
/// and what to change.
fn read_names(file: &Path, players: usize) -> Result<Vec<String>, String> {
    // By its name, as in the workshop folder: where the bundle is unpacked is nobody's business.
    let path = NAMES_FILE;
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!(
            "the names file {path} can't be read ({error}); \
             it travels in the bundle next to bootstrap, so build and deploy the function again"
        )
    })?;
    let names = names_in(&text);
    match names.len() {
        0 => Err(format!(
            "the names file {path} holds no name; write one name on each line and deploy again"
        )),
        number if number < players => Err(format!(
            "{PLAYERS} is {players}, but the names file {path} holds only {number} different ones; \
             add names and deploy again, or lower the stack's parameter Players"
        )),
        _ => Ok(names),
    }
}

/// One name a line. Empty lines and spaces around a name are left out. So are repeated names: a name
/// is the key of a player, and there can be only one item for it.
fn names_in(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}');
    let names: BTreeSet<_> = text
        .lines()
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with this many players and mafia, in words.
    fn complaint(players: &str, mafia: &str) -> String {
        let environment = Environment::from([(PLAYERS, players), (MAFIA, mafia)]);
        Settings::read(&environment)
            .expect_err("these settings can't work")
            .to_string()
    }

    #[test]
    fn an_impossible_number_is_named_with_what_to_do_about_it() {
        assert_eq!(
            complaint("", "3"),
            "NUMBER_OF_PLAYERS is not set, but should hold the number of players; if the stack's \
             template sets it, run `mafia deploy --full`, or else add it there and run `mafia deploy`"
        );
        assert_eq!(
            complaint("ten", "3"),
            "NUMBER_OF_PLAYERS is \"ten\", but should be a whole number such as 10; change the \
             stack's parameter and deploy again"
        );
        assert_eq!(
            complaint("3", "10"),
            "NUMBER_OF_MAFIA is 10, more than the 3 of NUMBER_OF_PLAYERS; lower the stack's \
             parameter Mafia below 3"
        );
        assert_eq!(
            complaint("3", "3"),
            "NUMBER_OF_MAFIA is 3, as many as NUMBER_OF_PLAYERS, which leaves nobody innocent; \
             lower the stack's parameter Mafia below 3"
        );
        assert_eq!(
            complaint("10", "0"),
            "NUMBER_OF_MAFIA is 0, but a game needs at least 1; raise the stack's parameter Mafia"
        );
        assert_eq!(
            complaint("0", "0"),
            "NUMBER_OF_PLAYERS is 0, but a game needs at least 2, one of them innocent; raise the \
             stack's parameter Players"
        );
        assert!(complaint("1", "1").starts_with("NUMBER_OF_PLAYERS is 1, but a game needs"));
        assert!(complaint("10", "-1").starts_with("NUMBER_OF_MAFIA is \"-1\", but should be"));
    }

    /// Reads settings for 3 players out of a bundle with this names file.
    fn read_with(file: Option<&[u8]>) -> Result<Settings, Failure> {
        let bundle = tempfile::tempdir().expect("a folder");
        if let Some(file) = file {
            std::fs::write(bundle.path().join(NAMES_FILE), file).expect("a file");
        }
        let root = bundle.path().to_str().expect("a path in UTF-8");
        Settings::read(&Environment::from([
            (PLAYERS, "3"),
            (MAFIA, "1"),
            (TASK_ROOT, root),
        ]))
    }

    #[test]
    fn names_are_trimmed_and_counted_once() {
        let file = "\u{feff}Zoë\r\n\r\n  Ann \nAnn\nBob\n\n";
        let settings = read_with(Some(file.as_bytes())).expect("three names for three players");

        assert_eq!(settings.names, ["Ann", "Bob", "Zoë"]);
    }

    #[test]
    fn a_names_file_that_does_not_do_is_named_with_what_to_do_about_it() {
        let complaint = |file| {
            read_with(file)
                .expect_err("this file can't work")
                .to_string()
        };

        let empty = complaint(Some(b" \n\n"));
        assert!(
            empty.contains("names.txt holds no name; write one name on each line"),
            "{empty}"
        );

        let short = complaint(Some(b"Ann\nBob\nAnn\n"));
        assert!(
            short.starts_with("NUMBER_OF_PLAYERS is 3, but the names file "),
            "{short}"
        );
        assert!(
            short.contains("names.txt holds only 2 different ones; add names"),
            "{short}"
        );

        let missing = complaint(None);
        assert!(
            missing.contains("names.txt can't be read (No such file"),
            "{missing}"
        );
        assert!(
            missing.contains("build and deploy the function again"),
            "{missing}"
        );

        let binary = complaint(Some(b"\xff\xfe\x00A"));
        assert!(
            binary.contains("can't be read (stream did not contain valid UTF-8)"),
            "{binary}"
        );
    }

    #[test]
    fn the_project_s_own_names_are_enough_unique_and_in_order() {
        let file = include_str!("../../../names.txt");

        assert!(names_in(file).len() >= 300);
        assert_eq!(names_in(file).join("\n") + "\n", file);
    }
}
