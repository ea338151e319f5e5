//! The settings that a game is drawn with, as parameters of the game's template.

const PLAYERS: &str = "Players";
const MAFIA: &str = "Mafia";

/// The parameters with the settings.
pub const SETTINGS: [&str; 2] = [PLAYERS, MAFIA];

/// With the settings no game can be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unplayable {
    #[error(
        "{MAFIA}={mafia} needs more players than {PLAYERS}={players}: at least one has to be innocent"
    )]
    NobodyInnocent {
        /// At least 2.
        players: u32,
        mafia: u32,
    },
    /// CloudFormation takes any number, and the functions only whole ones.
    #[error("{name}={value} is not a whole number")]
    NotWhole { name: &'static str, value: String },
}

/// An error when no game can be played with the values of these parameters. A value that is no number, or too
/// small, is left to CloudFormation, which knows what each parameter may be.
pub fn check_settings(value: impl Fn(&str) -> Option<String>) -> Result<(), Unplayable> {
    let number = |name| match value(name) {
        Some(value) if value.parse::<u32>().is_err() && value.parse::<f64>().is_ok() => {
            Err(Unplayable::NotWhole { name, value })
        }
        value => Ok(value.and_then(|value| value.parse::<u32>().ok())),
    };
    match (number(PLAYERS)?, number(MAFIA)?) {
        (Some(players @ 2..), Some(mafia)) if mafia >= players => {
            Err(Unplayable::NobodyInnocent { players, mafia })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_has_to_be_innocent() {
        let check = |players: Option<&str>, mafia: Option<&str>| {
            let of = |name: &str| if name == PLAYERS { players } else { mafia };
            check_settings(|name| of(name).map(str::to_owned))
        };
        assert_eq!(check(Some("4"), Some("3")), Ok(()));
        let refused = Unplayable::NobodyInnocent {
            players: 3,
            mafia: 3,
        };
        assert_eq!(check(Some("3"), Some("3")), Err(refused));
        assert!(check(Some("3"), Some("5")).is_err());
        for left in [
            (None, Some("3")),
            (Some("3"), None),
            (Some("many"), Some("3")),
            (Some("1"), Some("3")),
        ] {
            assert_eq!(check(left.0, left.1), Ok(()));
        }
        for value in ["7.5", "1e2", "-3", "5.0"] {
            let refused = Unplayable::NotWhole {
                name: MAFIA,
                value: value.to_owned(),
            };
            assert_eq!(check(Some("7"), Some(value)), Err(refused));
        }
    }
}
