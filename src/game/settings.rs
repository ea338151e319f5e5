//! The settings that a game is drawn with, as parameters of the game's template.

const PLAYERS: &str = "Players";
const MAFIA: &str = "Mafia";

/// The parameters with the settings.
pub const SETTINGS: [&str; 2] = [PLAYERS, MAFIA];

/// The settings make no game: nobody would be innocent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{MAFIA}={mafia} needs more players than {PLAYERS}={players}: at least one has to be innocent"
)]
pub struct NobodyInnocent {
    /// At least 2.
    pub players: u32,
    pub mafia: u32,
}

/// An error when no game can be played with the values of these parameters. A value that is no number, or too small, is
/// left to CloudFormation, which knows what each parameter may be.
pub fn check_settings(value: impl Fn(&str) -> Option<String>) -> Result<(), NobodyInnocent> {
    let number = |name| value(name)?.parse::<u32>().ok();
    match (number(PLAYERS), number(MAFIA)) {
        (Some(players @ 2..), Some(mafia)) if mafia >= players => {
            Err(NobodyInnocent { players, mafia })
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
        let refused = NobodyInnocent {
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
    }
}
