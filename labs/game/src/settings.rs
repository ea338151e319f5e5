//! What a function is told from outside: its environment, and the file of names in its bundle.
//!
//! A setting that can't work is refused here, by name and with the way out, before any table is
//! touched. The environment is handed in, so that a test can give one of its own.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use crate::rules::Setup;

/// The variable that names the game's table.
pub const TABLE: &str = "DYNAMO_TABLE";
const PLAYERS: &str = "NUMBER_OF_PLAYERS";
const MAFIA: &str = "NUMBER_OF_MAFIA";

/// The folder into which Lambda unpacks a function's bundle.
const TASK_ROOT: &str = "LAMBDA_TASK_ROOT";
const NAMES_FILE: &str = "names.txt";

/// A setting with which no function can do its work: whoever deployed it has to change something.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigurationError {
    #[error(
        "{variable} is not set, but should hold {meaning}; the stack's template sets it, \
         so deploy the stack again"
    )]
    Missing {
        variable: &'static str,
        meaning: &'static str,
    },

    #[error(
        "{variable} is not set, though Lambda sets it for every function; \
         set it yourself if you start the function by hand"
    )]
    MissingFromLambda { variable: &'static str },

    #[error(
        "{variable} is \"{value}\", but should be a whole number such as {example}; \
         change the stack's parameter and deploy again"
    )]
    NotANumber {
        variable: &'static str,
        value: String,
        example: usize,
    },

    #[error(
        "{PLAYERS} is {players}, but a game needs at least 2, one of them innocent; \
         raise the stack's parameter Players"
    )]
    TooFewPlayers { players: usize },

    #[error("{MAFIA} is 0, but a game needs at least 1; raise the stack's parameter Mafia")]
    NoMafia,

    #[error(
        "{MAFIA} is {mafia}, more than the {players} of {PLAYERS}; \
         lower the stack's parameter Mafia below {players}"
    )]
    MoreMafiaThanPlayers { mafia: usize, players: usize },

    #[error(
        "{MAFIA} is {players}, as many as {PLAYERS}, which leaves nobody innocent; \
         lower the stack's parameter Mafia below {players}"
    )]
    NoInnocents { players: usize },

    #[error(
        "the names file {path} can't be read ({reason}); \
         it travels in the bundle next to bootstrap, so build and deploy the function again"
    )]
    UnreadableNames { path: String, reason: String },

    #[error("the names file {path} holds no name; write one name on each line and deploy again")]
    NoNames { path: String },

    #[error(
        "{PLAYERS} is {players}, but the names file {path} holds only {names} different ones; \
         add names and deploy again, or lower the stack's parameter Players"
    )]
    TooFewNames {
        players: usize,
        names: usize,
        path: String,
    },
}

/// The environment variables of a process.
#[derive(Clone, Debug)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// This process's own. A variable that isn't text counts as not set.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// The variable's value, unless it is empty or not set.
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.0
            .get(variable)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The variable's value; without one, an error that says what should have been there.
    pub fn require(
        &self,
        variable: &'static str,
        meaning: &'static str,
    ) -> Result<&str, ConfigurationError> {
        self.get(variable)
            .ok_or(ConfigurationError::Missing { variable, meaning })
    }

    /// The value of a variable that Lambda itself sets.
    pub fn given_by_lambda(&self, variable: &'static str) -> Result<&str, ConfigurationError> {
        self.get(variable)
            .ok_or(ConfigurationError::MissingFromLambda { variable })
    }

    fn number(
        &self,
        variable: &'static str,
        meaning: &'static str,
        example: usize,
    ) -> Result<usize, ConfigurationError> {
        let value = self.require(variable, meaning)?;
        value.parse().map_err(|_| ConfigurationError::NotANumber {
            variable,
            value: value.to_owned(),
            example,
        })
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        )
    }
}

/// Everything that new-game needs to draw a game.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    pub setup: Setup,
    /// Unique, and at least as many as the setup has players.
    pub names: Vec<String>,
}

impl Settings {
    /// Reads the numbers from the environment and the names from the bundle, and checks both.
    pub fn read(environment: &Environment) -> Result<Self, ConfigurationError> {
        let setup = Setup {
            players: environment.number(PLAYERS, "the number of players", 10)?,
            mafia: environment.number(MAFIA, "how many of the players are the mafia", 3)?,
        };
        check(setup)?;

        let path = PathBuf::from(environment.get(TASK_ROOT).unwrap_or(".")).join(NAMES_FILE);
        let path_text = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            ConfigurationError::UnreadableNames {
                path: path_text.clone(),
                reason: error.to_string(),
            }
        })?;

        let names = names_in(&text);
        if names.is_empty() {
            return Err(ConfigurationError::NoNames { path: path_text });
        }
        if names.len() < setup.players {
            let (players, names) = (setup.players, names.len());
            return Err(ConfigurationError::TooFewNames {
                players,
                names,
                path: path_text,
            });
        }
        Ok(Self { setup, names })
    }
}

fn check(Setup { players, mafia }: Setup) -> Result<(), ConfigurationError> {
    if players < 2 {
        Err(ConfigurationError::TooFewPlayers { players })
    } else if mafia == 0 {
        Err(ConfigurationError::NoMafia)
    } else if mafia > players {
        Err(ConfigurationError::MoreMafiaThanPlayers { mafia, players })
    } else if mafia == players {
        Err(ConfigurationError::NoInnocents { players })
    } else {
        Ok(())
    }
}

/// One name a line. Blank lines, spaces around a name and repetitions don't matter: a name is the
/// key of a player, so the same one twice would be one player less.
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
            "NUMBER_OF_PLAYERS is not set, but should hold the number of players; the stack's \
             template sets it, so deploy the stack again"
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
    fn read_with(file: Option<&[u8]>) -> Result<Settings, ConfigurationError> {
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
