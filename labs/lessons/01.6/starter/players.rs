//! The players: what the table holds of them, who is alive, and who has won.

use mafia_support::{Answer, TableItem};
use serde::{Deserialize, Serialize};

/// The side that a player is on: a secret until the player is sentenced.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum TrueIdentity {
    Mafia,
    Innocent,
}

/// What everybody knows about a player: still in the game, or how the player left it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Identity {
    Uncovered,
    #[serde(rename = "Killed by mafia")]
    KilledByMafia,
    #[serde(rename = "Correctly sentenced")]
    CorrectlySentenced,
    #[serde(rename = "Incorrectly sentenced")]
    IncorrectlySentenced,
}

/// One item of the table.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Player {
    pub name: String,
    pub true_identity: TrueIdentity,
    pub identity: Identity,
}

/// One item of the index `Masked`: a player without the secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MaskedPlayer {
    pub name: String,
    pub identity: Identity,
}

impl TableItem for Player {
    const WHAT: &str = "a player";
    const KEY: &str = "Name";
    const ADVICE: &str = "Start over with new-game";
}

impl TableItem for MaskedPlayer {
    const WHAT: &str = Player::WHAT;
    const KEY: &str = Player::KEY;
    const ADVICE: &str = Player::ADVICE;
}

impl Player {
    /// A player at the start of a game.
    pub fn new(name: impl Into<String>, true_identity: TrueIdentity) -> Self {
        Self {
            name: name.into(),
            true_identity,
            identity: Identity::Uncovered,
        }
    }

    pub fn is_alive(&self) -> bool {
        self.identity == Identity::Uncovered
    }

    pub fn is_innocent(&self) -> bool {
        self.true_identity == TrueIdentity::Innocent
    }
}

/// The line that tells who has won, if the game is over.
///
/// Not written yet: today, no game ends. `mafia lab show 01.6` says what belongs here.
pub fn game_over(_players: &[Player]) -> Option<&'static str> {
    None
}

/// Refuses a turn if there is no game, and answers it with the winner if the game is over.
///
/// While a game is on, at least one innocent and one mafia member are alive.
pub fn ensure_game_is_on(players: &[Player]) -> Result<(), Answer> {
    if players.is_empty() {
        return Err(Answer::refusal(409, "No game yet: start one with new-game"));
    }
    match game_over(players) {
        Some(winner) => Err(Answer::lines([winner])),
        None => Ok(()),
    }
}
