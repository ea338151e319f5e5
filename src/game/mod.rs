//! One sitting of the game, played through the deployed functions.
//!
//! The table keeps no state: every turn is a call of a function, and what it answers is all there is
//! to know. [`answer`] reads the answers, [`judge`] understands the names that people type, [`auto`]
//! plays a whole game.

mod answer;
pub mod auto;
mod judge;

use std::collections::BTreeMap;

use serde::Serialize;

pub use answer::{Accusation, Day, NewGame, Night, Player, State, Verdict, Winner};

use crate::cloud::Cloud;
use crate::functions::{CallError, call, report};
use crate::names::{function_name, short_name};
use crate::wording::shortened;

/// The functions of the game, by their names in the workshop.
pub const NEW_GAME: &str = "01-new-game";
pub const GAME_STATE: &str = "02-game-state";
pub const NIGHT_TURN: &str = "03-night-turn";
pub const DAY_TURN: &str = "04-day-turn";
pub const JUDGEMENT: &str = "05-judgement";

/// Where a game is played: the functions of one stack.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    pub cloud: &'a Cloud,
    pub stack: &'a str,
}

/// What a function answered, read and as it was, and what Lambda reported of the call.
#[derive(Clone, Debug, Serialize)]
pub struct Played<T> {
    /// Full name of the function.
    pub function: String,
    #[serde(flatten)]
    pub turn: T,
    /// The function's own answer.
    pub answer: serde_json::Value,
    /// Lambda's figures of the call, by name, such as `Duration` = `1.93 ms`.
    pub report: BTreeMap<String, String>,
}

#[derive(Debug, thiserror::Error)]
pub enum GameError {
    #[error(transparent)]
    Call(#[from] CallError),

    /// The function took the call and said no.
    #[error("{} answered: {reason}", short_name(function))]
    Refused { function: String, reason: String },

    #[error("there is no player {name} in the game")]
    NotInTheGame {
        name: String,
        /// Of the living, the one who was probably meant.
        nearest: Option<String>,
    },

    /// Dead or sentenced.
    #[error("{name} is out of the game: {identity}")]
    Out { name: String, identity: String },

    #[error(
        "unexpected answer from {}: {}",
        short_name(function),
        shortened(answer)
    )]
    Unexpected {
        function: String,
        answer: String,
        expected: &'static str,
        log_tail: String,
    },

    #[error("the game did not end within {rounds} rounds")]
    Endless { rounds: u32 },
}

impl Table<'_> {
    pub async fn new_game(&self) -> Result<Played<NewGame>, GameError> {
        self.play(NEW_GAME, serde_json::json!({}), answer::new_game)
            .await
    }

    pub async fn state(&self) -> Result<Played<State>, GameError> {
        self.play(GAME_STATE, serde_json::json!({}), answer::state)
            .await
    }

    pub async fn night(&self) -> Result<Played<Night>, GameError> {
        self.play(NIGHT_TURN, serde_json::json!({}), answer::night)
            .await
    }

    pub async fn day(&self) -> Result<Played<Day>, GameError> {
        self.play(DAY_TURN, serde_json::json!({}), answer::day)
            .await
    }

    /// Hands `name` to the function that sentences, as it is; [`Table::judge`] is kinder.
    async fn sentence(&self, name: &str) -> Result<Played<Verdict>, GameError> {
        self.play(JUDGEMENT, serde_json::json!({ "Name": name }), |value| {
            answer::verdict(value, name)
        })
        .await
    }

    async fn play<T>(
        &self,
        function: &str,
        payload: serde_json::Value,
        read: impl FnOnce(&serde_json::Value) -> Result<T, answer::Unreadable>,
    ) -> Result<Played<T>, GameError> {
        let function = function_name(self.stack, function);
        let invocation = call(self.cloud, &function, payload.to_string().into_bytes()).await?;
        let unexpected = |expected| GameError::Unexpected {
            function: function.clone(),
            answer: String::from_utf8_lossy(&invocation.payload).into_owned(),
            expected,
            log_tail: invocation.log_tail.clone(),
        };
        let answer = serde_json::from_slice(&invocation.payload).map_err(|_| unexpected("JSON"))?;
        match read(&answer) {
            Ok(turn) => Ok(Played {
                turn,
                answer,
                report: report(&invocation.log_tail),
                function,
            }),
            Err(answer::Unreadable::Refusal(reason)) => {
                Err(GameError::Refused { function, reason })
            }
            Err(answer::Unreadable::Not(expected)) => Err(unexpected(expected)),
        }
    }
}
