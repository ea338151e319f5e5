//! What the turns have told: who left the game, and how.
//!
//! The function game-state reads an index that DynamoDB updates a moment after the table, so it may
//! show somebody alive whose death was announced just before. Who has heard of it knows better.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Player, Turn, TurnKind};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told(BTreeMap<String, String>);

impl Told {
    pub fn learn(&mut self, turn: &Turn) {
        let left = match &turn.turn {
            TurnKind::New(_) => {
                self.0.clear();
                None
            }
            TurnKind::Night(night) => night.killed.as_ref().map(|name| (name, "Killed by mafia")),
            TurnKind::Judgement(verdict) => verdict.was_mafia.map(|was_mafia| {
                let sentence = if was_mafia {
                    "Correctly sentenced"
                } else {
                    "Incorrectly sentenced"
                };
                (&verdict.name, sentence)
            }),
            TurnKind::Day(_) | TurnKind::State(_) => None,
        };
        if let Some((name, identity)) = left {
            self.0.insert(name.clone(), identity.to_owned());
        }
    }

    /// Lets nobody live who was told to have left the game.
    pub fn correct(&self, players: &mut [Player]) {
        for player in players.iter_mut().filter(|player| player.is_alive()) {
            if let Some(identity) = self.0.get(&player.name) {
                identity.clone_into(&mut player.identity);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::{NewGame, Night, Verdict};

    fn turn(turn: TurnKind) -> Turn {
        Turn {
            function: "f".to_owned(),
            turn,
            lines: Vec::new(),
            expected: None,
            answer: serde_json::Value::Null,
            report: BTreeMap::new(),
        }
    }

    fn night(killed: &str) -> Turn {
        turn(TurnKind::Night(Night {
            killed: Some(killed.to_owned()),
            winner: None,
        }))
    }

    fn verdict(name: &str, was_mafia: bool) -> Turn {
        turn(TurnKind::Judgement(Verdict {
            name: name.to_owned(),
            was_mafia: Some(was_mafia),
            winner: None,
        }))
    }

    fn shown(told: &Told, identities: [&str; 4]) -> Vec<String> {
        let names = ["Ann", "Bo", "Cleo", "Dee"];
        let mut players: Vec<Player> = names
            .iter()
            .zip(identities)
            .map(|(name, identity)| Player {
                name: (*name).to_owned(),
                identity: identity.to_owned(),
                true_identity: None,
            })
            .collect();
        told.correct(&mut players);
        players.into_iter().map(|player| player.identity).collect()
    }

    #[test]
    fn the_dead_are_not_shown_alive_when_the_index_lags() {
        let alive = ["Uncovered"; 4];
        let mut told = Told::default();
        told.learn(&night("Bo"));
        told.learn(&verdict("Cleo", true));
        told.learn(&verdict("Dee", false));
        let expected = [
            "Uncovered",
            "Killed by mafia",
            "Correctly sentenced",
            "Incorrectly sentenced",
        ];
        assert_eq!(shown(&told, alive), expected);
        let other = [
            "Uncovered",
            "Incorrectly sentenced",
            "Uncovered",
            "Uncovered",
        ];
        assert_eq!(
            shown(&told, other)[1],
            "Incorrectly sentenced",
            "the table knows best"
        );

        told.learn(&turn(TurnKind::New(NewGame::default())));
        assert_eq!(shown(&told, alive), alive, "a new game");
    }
}
