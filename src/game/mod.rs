//! The game, played through the deployed functions of a stack.
//!
//! The client keeps no state: every turn is a call of a function. [`answer`] reads the answers,
//! [`judge`] finds the player whose name was typed, [`auto`] plays a whole game.

mod answer;
pub mod auto;
mod judge;
mod told;
mod turn;

pub use answer::{Accusation, Day, NewGame, Night, Player, State, Verdict, Winner};
pub use told::Told;
pub use turn::{Reply, Turn};

use crate::cloud::{Cloud, Repetition};
use crate::functions::{CallError, call, report};
use crate::names::{function_name, short_name};
use crate::wording::shortened;

/// The functions of the game, by their names in the workshop.
pub const NEW_GAME: &str = "01-new-game";
pub const GAME_STATE: &str = "02-game-state";
pub const NIGHT_TURN: &str = "03-night-turn";
pub const DAY_TURN: &str = "04-day-turn";
pub const JUDGEMENT: &str = "05-judgement";

/// Plays through the functions of one stack.
#[derive(Clone, Debug)]
pub struct GameClient<'a> {
    pub cloud: &'a Cloud,
    pub stack: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub enum GameError {
    #[error(transparent)]
    Call(#[from] CallError),

    /// The function refused the turn.
    #[error("{} answered: {reason}", short_name(function))]
    Refused { function: String, reason: String },

    #[error("there is no player {name} in the game")]
    UnknownPlayer {
        name: String,
        /// The living player who was probably meant.
        nearest: Option<String>,
    },

    /// Dead or sentenced.
    #[error("{name} is out of the game: {identity}")]
    PlayerOut { name: String, identity: String },

    #[error(
        "unexpected answer from {}: {}",
        short_name(function),
        shortened(answer)
    )]
    UnexpectedAnswer {
        function: String,
        answer: String,
        expected: &'static str,
        log_tail: String,
    },

    #[error("the game did not end within {rounds} rounds")]
    TooManyRounds { rounds: u32 },
}

impl GameClient<'_> {
    pub async fn new_game(&self) -> Result<Reply<NewGame>, GameError> {
        self.play(
            NEW_GAME,
            Repetition::Harmless,
            serde_json::json!({}),
            answer::new_game,
        )
        .await
    }

    pub async fn state(&self) -> Result<Reply<State>, GameError> {
        self.play(
            GAME_STATE,
            Repetition::Harmless,
            serde_json::json!({}),
            answer::state,
        )
        .await
    }

    pub async fn night(&self) -> Result<Reply<Night>, GameError> {
        self.play(
            NIGHT_TURN,
            Repetition::Counts,
            serde_json::json!({}),
            answer::night,
        )
        .await
    }

    pub async fn day(&self) -> Result<Reply<Day>, GameError> {
        self.play(
            DAY_TURN,
            Repetition::Harmless,
            serde_json::json!({}),
            answer::day,
        )
        .await
    }

    /// Sentences the player with exactly this name.
    async fn sentence(&self, name: &str) -> Result<Reply<Verdict>, GameError> {
        self.play(
            JUDGEMENT,
            Repetition::Counts,
            serde_json::json!({ "Name": name }),
            |value| answer::verdict(value, name),
        )
        .await
    }

    async fn play<T>(
        &self,
        function: &str,
        repetition: Repetition,
        payload: serde_json::Value,
        read: impl FnOnce(&serde_json::Value) -> Result<T, answer::ReadError>,
    ) -> Result<Reply<T>, GameError> {
        let function = function_name(self.stack, function);
        let invocation = call(
            self.cloud,
            &function,
            payload.to_string().into_bytes(),
            repetition,
        )
        .await?;
        let unexpected = |expected| GameError::UnexpectedAnswer {
            function: function.clone(),
            answer: String::from_utf8_lossy(&invocation.payload).into_owned(),
            expected,
            log_tail: invocation.log_tail.clone(),
        };
        let answer = serde_json::from_slice(&invocation.payload).map_err(|_| unexpected("JSON"))?;
        match read(&answer) {
            Ok(turn) => Ok(Reply {
                turn,
                answer,
                report: report(&invocation.log_tail),
                function,
            }),
            Err(answer::ReadError::Refused(reason)) => Err(GameError::Refused { function, reason }),
            Err(answer::ReadError::Unexpected(expected)) => Err(unexpected(expected)),
        }
    }
}
