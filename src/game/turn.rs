//! The turns of the game, as the functions answered them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::{Day, NewGame, Night, State, Verdict, Winner};

/// A function's answer, understood and as it was, with Lambda's report of the call.
#[derive(Clone, Debug, Serialize)]
pub struct Reply<T> {
    /// Full name of the function.
    pub function: String,
    /// What could be understood of the answer.
    #[serde(flatten)]
    pub turn: T,
    /// The function's own lines.
    #[serde(skip)]
    pub lines: Vec<String>,
    /// The shape that was expected, if the answer has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<&'static str>,
    /// The answer as JSON; as a string, if it is not JSON.
    pub answer: serde_json::Value,
    /// Lambda's figures of the call, by name, such as `Duration` = `1.93 ms`.
    pub report: BTreeMap<String, String>,
}

/// One turn of the game, with its answer.
pub type Turn = Reply<TurnKind>;

/// What a turn tells, by its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "turn")]
pub enum TurnKind {
    New(NewGame),
    Night(Night),
    Day(Day),
    Judgement(Verdict),
    /// Shows the players and changes nothing. It is not part of a whole game.
    State(State),
}

impl TurnKind {
    /// Who has won, if the game is over.
    pub fn winner(&self) -> Option<Winner> {
        match self {
            Self::New(_) => None,
            Self::Night(night) => night.winner,
            Self::Day(day) => day.winner,
            Self::Judgement(verdict) => verdict.winner,
            Self::State(state) => state.winner,
        }
    }

    /// Whether somebody enters or leaves the game in such a turn.
    pub fn changes_players(&self) -> bool {
        match self {
            Self::New(_) | Self::Night(_) | Self::Judgement(_) => true,
            Self::Day(_) | Self::State(_) => false,
        }
    }

    /// Whether the answer says what was done, as far as that can be understood.
    pub fn is_clear(&self) -> bool {
        self.winner().is_some()
            || match self {
                Self::New(new) => !new.players.is_empty(),
                Self::Night(night) => night.killed.is_some(),
                Self::Day(day) => !day.accusations.is_empty(),
                Self::Judgement(verdict) => verdict.was_mafia.is_some(),
                Self::State(_) => true,
            }
    }
}

impl<T> Reply<T> {
    pub(super) fn map<U>(self, to: impl FnOnce(T) -> U) -> Reply<U> {
        Reply {
            function: self.function,
            turn: to(self.turn),
            lines: self.lines,
            expected: self.expected,
            answer: self.answer,
            report: self.report,
        }
    }
}

macro_rules! kinds {
    ($($turn:ident($answer:ty)),*) => {$(
        impl From<Reply<$answer>> for Turn {
            fn from(reply: Reply<$answer>) -> Self {
                reply.map(TurnKind::$turn)
            }
        }
    )*};
}

kinds! { New(NewGame), Night(Night), Day(Day), Judgement(Verdict), State(State) }
