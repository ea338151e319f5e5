//! Judging: whom a person means by a name that was typed.
//!
//! The function decides, and only when it refuses a name is the game looked at: to take `brigid` for
//! Brigid, and to tell a slip of the keyboard from a player who is out of the game.

use super::{GameError, Played, Player, Table, Verdict};
use crate::wording::nearest;

impl Table<'_> {
    /// Sentences the player whom `typed` names; upper and lower case don't matter.
    pub async fn judge(&self, typed: &str) -> Result<Played<Verdict>, GameError> {
        let typed = typed.trim();
        let refused = match self.sentence(typed).await {
            Err(refused @ GameError::Refused { .. }) => refused,
            ended => return ended,
        };
        let Ok(state) = self.state().await else {
            return Err(refused);
        };
        let players = state.turn.players;
        match meant(typed, &players) {
            Some(player) if player.is_alive() && player.name != typed => {
                self.sentence(&player.name).await
            }
            // The function knows better why it refused a player who is alive.
            Some(player) if player.is_alive() => Err(refused),
            Some(player) => Err(GameError::Out {
                name: player.name.clone(),
                identity: player.identity.clone(),
            }),
            None if players.is_empty() => Err(refused),
            None => {
                let living = players.iter().filter(|player| player.is_alive());
                let nearest = nearest(typed, living.map(|player| player.name.as_str()));
                Err(GameError::NotInTheGame {
                    name: typed.to_owned(),
                    nearest: nearest.map(str::to_owned),
                })
            }
        }
    }
}

/// The player of that name, the same letters in the same case before all others.
fn meant<'a>(typed: &str, players: &'a [Player]) -> Option<&'a Player> {
    let exactly = players.iter().find(|player| player.name == typed);
    exactly.or_else(|| {
        let typed = typed.to_lowercase();
        players
            .iter()
            .find(|player| player.name.to_lowercase() == typed)
    })
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
        let name = |typed| meant(typed, &players).map(|player| player.name.as_str());
        assert_eq!(name("Ann"), Some("Ann"));
        assert_eq!(name("ann"), Some("ANN"));
        assert_eq!(name("ZOË"), Some("Zoë"));
        assert_eq!(name("Zoe"), None);
    }
}
