//! The game, played through the deployed functions of a stack.
//!
//! The client keeps no state: every turn is a call of a function. [`answer`] reads the answers,
//! [`judge`] finds the player whose name was typed, [`standing`] tells how a game stands, [`auto`]
//! plays a whole game.

mod answer;
pub mod auto;
mod judge;
mod settings;
mod standing;
mod told;
mod turn;

pub use answer::{Accusation, Day, NewGame, Night, Player, State, Verdict, Winner};
pub use judge::{Meant, meant};
pub use settings::{SETTINGS, Unplayable, check_settings};
pub use standing::{is_day, mafia_left};
pub use told::Told;
pub use turn::{Reply, Turn, TurnKind};

use std::collections::BTreeMap;

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
    seed: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum GameError {
    #[error(transparent)]
    Call(#[from] CallError),

    #[error("there is no game yet")]
    NoGame,

    /// The function refused the judgement.
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

    /// A game cannot be played to its end with this answer.
    #[error(
        "unexpected answer from {}: {}",
        short_name(function),
        shortened(answer)
    )]
    UnexpectedAnswer {
        function: String,
        answer: String,
        expected: &'static str,
    },

    #[error("the game did not end within {rounds} rounds")]
    TooManyRounds { rounds: u32 },

    #[error("the game does not go on: nobody was killed or sentenced in a whole round")]
    Stuck,
}

impl<'a> GameClient<'a> {
    pub fn new(cloud: &'a Cloud, stack: &'a str) -> Self {
        Self {
            cloud,
            stack,
            seed: None,
        }
    }

    /// The same client, whose next turn makes the choices of this seed.
    fn with_seed(&self, seed: u32) -> Self {
        Self {
            seed: Some(seed),
            ..self.clone()
        }
    }

    /// What the functions get that leave something to chance.
    fn chance(&self) -> serde_json::Value {
        match self.seed {
            Some(seed) => serde_json::json!({ "Seed": seed }),
            None => serde_json::json!({}),
        }
    }

    pub async fn new_game(&self) -> Result<Reply<NewGame>, GameError> {
        self.play(
            NEW_GAME,
            Repetition::Harmless,
            self.chance(),
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
        self.play(NIGHT_TURN, Repetition::Counts, self.chance(), answer::night)
            .await
    }

    pub async fn day(&self) -> Result<Reply<Day>, GameError> {
        self.play(DAY_TURN, Repetition::Harmless, self.chance(), answer::day)
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

    /// The number of mafia that a game begins with: the setting of the deployed new-game function.
    ///
    /// `None` when it cannot be read: it only adds to what the functions tell.
    pub async fn number_of_mafia(&self) -> Option<usize> {
        let function = function_name(self.stack, NEW_GAME);
        let environment = self.cloud.function_environment(&function).await.ok()??;
        environment.get("NUMBER_OF_MAFIA")?.parse().ok()
    }

    async fn play<T: Default>(
        &self,
        function: &str,
        repetition: Repetition,
        payload: serde_json::Value,
        read: impl FnOnce(&serde_json::Value) -> Result<T, answer::ReadError>,
    ) -> Result<Reply<T>, GameError> {
        let function = function_name(self.stack, function);
        let payload = payload.to_string().into_bytes();
        let invocation = call(self.cloud, self.stack, &function, payload, repetition).await?;
        let (answer, read) = match serde_json::from_slice(&invocation.payload) {
            Ok(answer) => {
                let read = read(&answer);
                (answer, read)
            }
            Err(_) => {
                let text = String::from_utf8_lossy(&invocation.payload).into_owned();
                (text.into(), Err(answer::ReadError::Unexpected("JSON")))
            }
        };
        Ok(Reply {
            report: report(&invocation.log_tail),
            ..reply(function, answer, read)?
        })
    }

    /// The day that day-turn has answered before, without calling it.
    pub fn answered_day(&self, answer: serde_json::Value) -> Result<Reply<Day>, GameError> {
        let read = answer::day(&answer);
        reply(function_name(self.stack, DAY_TURN), answer, read)
    }
}

fn reply<T: Default>(
    function: String,
    answer: serde_json::Value,
    read: Result<T, answer::ReadError>,
) -> Result<Reply<T>, GameError> {
    let (turn, expected) = match read {
        Ok(turn) => (turn, None),
        Err(answer::ReadError::Unexpected(expected)) => (T::default(), Some(expected)),
        Err(answer::ReadError::NoGame) => return Err(GameError::NoGame),
        Err(answer::ReadError::Refused(reason)) => {
            return Err(GameError::Refused { function, reason });
        }
    };
    Ok(Reply {
        turn,
        lines: answer::lines(&answer),
        expected,
        answer,
        report: BTreeMap::new(),
        function,
    })
}
