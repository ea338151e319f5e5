//! Judging: finds the player whose name was typed.
//!
//! The function decides. Only when it refuses a name, the players are read: to accept `brigid` for
//! Brigid, and to distinguish a typing error from a player who is out of the game.

use super::{GameClient, GameError, Player, Reply, Verdict};
use crate::wording::nearest;

impl GameClient<'_> {
    /// Sentences the player called `typed`, in upper or lower case.
    pub async fn judge(&self, typed: &str) -> Result<Reply<Verdict>, GameError> {
        let typed = typed.trim();
        let refused = match self.sentence(typed).await {
            Err(refused @ GameError::Refused { .. }) => refused,
            result => return result,
        };
        let Ok(state) = self.state().await else {
            return Err(refused);
        };
        let players = state.turn.players;
        match find_player(typed, &players) {
            Some(player) if player.is_alive() && player.name != typed => {
                self.sentence(&player.name).await
            }
            // The player is alive: the function's own reason says more.
            Some(player) if player.is_alive() => Err(refused),
            Some(player) => Err(GameError::PlayerOut {
                name: player.name.clone(),
                identity: player.identity.clone(),
            }),
            None if players.is_empty() => Err(refused),
            None => {
                let living = players.iter().filter(|player| player.is_alive());
                let nearest = nearest(typed, living.map(|player| player.name.as_str()));
                Err(GameError::UnknownPlayer {
                    name: typed.to_owned(),
                    nearest: nearest.map(str::to_owned),
                })
            }
        }
    }
}

/// The player called `typed`. An exact match comes before one in another case.
fn find_player<'a>(typed: &str, players: &'a [Player]) -> Option<&'a Player> {
    let exactly = players.iter().find(|player| player.name == typed);
    exactly.or_else(|| {
        let typed = typed.to_lowercase();
        players
            .iter()
            .find(|player| player.name.to_lowercase() == typed)
    })
}

/// Who is meant by what a person typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    /// This player, in upper or lower case.
    Exactly(&'a str),
    /// Only this name begins so.
    Beginning(&'a str),
    /// All of these names begin so.
    AnyOf(Vec<&'a str>),
    /// This name is spelled almost like that.
    Perhaps(&'a str),
    Unknown,
}

/// Finds who of the `living` is meant.
pub fn meant<'a>(typed: &str, living: &'a [String]) -> Meant<'a> {
    if let Some(name) = living.iter().find(|name| *name == typed) {
        return Meant::Exactly(name);
    }
    let lower = typed.to_lowercase();
    let that = |fits: fn(&str, &str) -> bool| -> Vec<&str> {
        let names = living.iter().map(String::as_str);
        names
            .filter(|name| fits(&name.to_lowercase(), &lower))
            .collect()
    };
    if let [name] = that(|name, typed| name == typed)[..] {
        return Meant::Exactly(name);
    }
    let beginning = that(|name, typed| name.starts_with(typed));
    match beginning[..] {
        [] => perhaps(typed, living),
        [name] => Meant::Beginning(name),
        _ => Meant::AnyOf(beginning),
    }
}

/// A slip is in the letters: more words, or fewer, are something else.
fn perhaps<'a>(typed: &str, living: &'a [String]) -> Meant<'a> {
    let words = |text: &str| text.split_whitespace().count();
    let names = living.iter().map(String::as_str);
    let alike = names.filter(|name| words(name) == words(typed));
    nearest(typed, alike).map_or(Meant::Unknown, Meant::Perhaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_in_any_case_but_taken_literally_first() {
        let player = |name: &str| Player {
            name: name.to_owned(),
            identity: "Uncovered".to_owned(),
            true_identity: None,
        };
        let players = [player("ANN"), player("Ann"), player("Zoë")];
        let name = |typed| find_player(typed, &players).map(|player| player.name.as_str());
        assert_eq!(name("Ann"), Some("Ann"));
        assert_eq!(name("ann"), Some("ANN"));
        assert_eq!(name("ZOË"), Some("Zoë"));
        assert_eq!(name("Zoe"), None);
    }

    #[test]
    fn a_beginning_that_only_one_name_has_is_told_from_a_slip() {
        let living = ["Anna", "Annabel", "Sardor", "Zoë"].map(str::to_owned);
        for (typed, who) in [
            ("anna", Meant::Exactly("Anna")),
            ("ZOË", Meant::Exactly("Zoë")),
            ("annab", Meant::Beginning("Annabel")),
            ("sard", Meant::Beginning("Sardor")),
            ("Sardr", Meant::Perhaps("Sardor")),
            ("SARDOR x", Meant::Unknown),
            ("Theo", Meant::Unknown),
        ] {
            assert_eq!(meant(typed, &living), who, "{typed}");
        }
    }

    #[test]
    fn a_beginning_that_several_names_have_is_any_of_them() {
        let living = ["Karl", "Katja", "Zoë"].map(str::to_owned);
        assert_eq!(meant("k", &living), Meant::AnyOf(vec!["Karl", "Katja"]));
    }
}
