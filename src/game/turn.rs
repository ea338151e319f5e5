//! The turns of the game, as the functions answered them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::{Day, NewGame, Night, State, Verdict};

/// A function's answer, parsed and as it was, with Lambda's report of the call.
#[derive(Clone, Debug, Serialize)]
pub struct Reply<T> {
    /// Full name of the function.
    pub function: String,
    #[serde(flatten)]
    pub turn: T,
    /// The answer as JSON.
    pub answer: serde_json::Value,
    /// Lambda's figures of the call, by name, such as `Duration` = `1.93 ms`.
    pub report: BTreeMap<String, String>,
}

/// One turn of the game, with its answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "turn")]
pub enum Turn {
    New(Reply<NewGame>),
    Night(Reply<Night>),
    Day(Reply<Day>),
    Judgement(Reply<Verdict>),
    /// Shows the players and changes nothing. It is not part of a whole game.
    State(Reply<State>),
}

impl Turn {
    /// Lambda's report of the call.
    pub fn report(&self) -> &BTreeMap<String, String> {
        match self {
            Self::New(reply) => &reply.report,
            Self::Night(reply) => &reply.report,
            Self::Day(reply) => &reply.report,
            Self::Judgement(reply) => &reply.report,
            Self::State(reply) => &reply.report,
        }
    }
}
