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
mod unwritten;

pub use answer::{Accusation, Day, NewGame, Night, Player, State, Verdict, Winner};
pub use judge::{Meant, meant};
pub use settings::{SETTINGS, Unplayable, check_settings};
pub use standing::{is_day, mafia_left};
pub use told::Told;
pub use turn::{Reply, Turn, TurnKind};
pub use unwritten::task;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::{self, Api, ApiError, Call, encoded};
use crate::cloud::{Cloud, CloudError, Repetition};
use crate::functions::{CallError, call, report};
use crate::names::{function_name, name_in_stack, short_name, without_number};
use crate::wording::shortened;

/// The functions of the game, by their names in the workshop.
pub const NEW_GAME: &str = "01-new-game";
pub const GAME_STATE: &str = "02-game-state";
pub const NIGHT_TURN: &str = "03-night-turn";
pub const DAY_TURN: &str = "04-day-turn";
pub const JUDGEMENT: &str = "05-judgement";

/// The functions that change no game, or begin another one: no harm is done if they are called twice.
pub const HARMLESS: [&str; 3] = [NEW_GAME, GAME_STATE, DAY_TURN];

/// Plays through the functions of one stack.
#[derive(Clone, Debug)]
pub struct GameClient<'a> {
    pub cloud: &'a Cloud,
    pub stack: &'a str,
    /// What the functions are called through; `None` to invoke them directly.
    api: Option<Api>,
    seed: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum GameError {
    #[error(transparent)]
    Call(#[from] CallError),

    #[error(transparent)]
    Api(#[from] ApiError),

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
            api: None,
            seed: None,
        }
    }

    /// The same client, which plays through this API.
    pub fn through(self, api: Api) -> Self {
        Self {
            api: Some(api),
            ..self
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
    fn chance(&self) -> Value {
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
        payload: Value,
        read: impl FnOnce(&Value) -> Result<T, answer::ReadError>,
    ) -> Result<Reply<T>, GameError> {
        let function = function_name(self.stack, function);
        if let Some(api) = &self.api {
            let answer = self.request(api, &function, &payload).await?;
            let read = read(&answer);
            return reply(function, answer, read);
        }
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

    /// Asks for a function's path with what it needs in the query string. What the function refuses is an answer.
    async fn request(
        &self,
        api: &Api,
        function: &str,
        payload: &Value,
    ) -> Result<Value, GameError> {
        let fields = payload.as_object().into_iter().flatten();
        let pairs = fields.map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{name}={}", encoded(&text))
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        let path = without_number(name_in_stack(self.stack, function));
        let call = Call::new("GET", &format!("/{path}{mark}{query}"), None);
        let answer = match api::call(self.cloud, api, &call).await {
            Err(CloudError::Unreachable {
                reason, sent: true, ..
            }) => {
                let function = function.to_owned();
                return Err(CallError::NoAnswer { function, reason }.into());
            }
            answer => answer.map_err(ApiError::from)?,
        };
        let may_repeat = |function: &str| HARMLESS.contains(&name_in_stack(self.stack, function));
        match api::refused(self.cloud, api, &call, &answer, may_repeat).await {
            Some(refused) => Err(refused.into()),
            None => Ok(answer.body),
        }
    }

    /// The day that day-turn has answered before, without calling it.
    pub fn answered_day(&self, answer: Value) -> Result<Reply<Day>, GameError> {
        let read = answer::day(&answer);
        reply(function_name(self.stack, DAY_TURN), answer, read)
    }
}

fn reply<T: Default>(
    function: String,
    answer: Value,
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
