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

use crate::cloud::{Cloud, CloudError, FunctionError, Invocation};
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
    Cloud(#[from] CloudError),

    #[error("there is no function {function}: is the stack deployed?")]
    NotDeployed { function: String },

    /// The call was sent, and its answer got lost: nobody knows whether the function ran.
    #[error(
        "no answer from {}: {reason}; it may have run all the same",
        short_name(function)
    )]
    NoAnswer { function: String, reason: String },

    #[error("{} failed: {}{}", short_name(function), message(error), kind(error))]
    Function {
        function: String,
        error: FunctionError,
        log_tail: String,
    },

    /// The function took the call and said no.
    #[error("{} refuses: {reason}", short_name(function))]
    Refused { function: String, reason: String },

    #[error("there is no {name} in the game")]
    NotInTheGame {
        name: String,
        /// Of the living, the one who was probably meant.
        nearest: Option<String>,
    },

    /// Dead or sentenced.
    #[error("{name} is out of the game: {identity}")]
    Out { name: String, identity: String },

    #[error(
        "{} did not answer as expected: {}",
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

/// The error's message, without the id of the call that Lambda puts before its own.
fn message(error: &FunctionError) -> &str {
    let message = error.error_message.as_str();
    let lambdas_own = message.strip_prefix("RequestId: ");
    let after_the_id = lambdas_own.and_then(|rest| rest.split_once(" Error: "));
    after_the_id.map_or(message, |(_, message)| message)
}

/// The error's type, where it is a word for people and no type of the program's.
fn kind(error: &FunctionError) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '.';
    if error.error_type.chars().all(word) {
        format!(" ({})", error.error_type)
    } else {
        String::new()
    }
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

/// Calls a function by its full name; a failing function is an error with the tail of its log.
pub async fn call(
    cloud: &Cloud,
    function: &str,
    payload: Vec<u8>,
) -> Result<Invocation, GameError> {
    let invoked = cloud.invoke(function, payload).await;
    let mut invocation = invoked.map_err(|error| match error {
        error if error.is_not_found() => GameError::NotDeployed {
            function: function.to_owned(),
        },
        CloudError::Unreachable { reason, .. } => GameError::NoAnswer {
            function: function.to_owned(),
            reason,
        },
        error => error.into(),
    })?;
    match invocation.error.take() {
        Some(error) => Err(GameError::Function {
            function: function.to_owned(),
            error,
            log_tail: invocation.log_tail,
        }),
        None => Ok(invocation),
    }
}

/// Whether a log line is one of those that Lambda writes around each call.
pub fn is_lambdas_own(line: &str) -> bool {
    ["START", "END", "REPORT", "INIT_START", "INIT_REPORT"]
        .iter()
        .any(|word| {
            line.strip_prefix(word)
                .is_some_and(|rest| rest.starts_with(' '))
        })
}

/// Whether Lambda wrote the line at the end of a call that failed: what the call's error says, too.
pub fn is_lambdas_verdict(line: &str) -> bool {
    let words = ["Runtime exited with error: ", "Task timed out after "];
    let is_id =
        |word: &str| word.len() == 36 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let names_a_call = line.split(' ').nth(1).is_some_and(is_id);
    line == "Runtime.ExitError" || (names_a_call && words.iter().any(|words| line.contains(words)))
}

/// Reads the `REPORT` line in a log tail: tab-separated `Name: value` pairs after the request's id.
///
/// Source: Lambda developer guide, "Working with Lambda function logs".
pub fn report(log_tail: &str) -> BTreeMap<String, String> {
    let line = log_tail
        .lines()
        .find(|line| line.starts_with("REPORT RequestId:"));
    let pairs = line.into_iter().flat_map(|line| line.split('\t').skip(1));
    pairs
        .filter_map(|pair| pair.split_once(": "))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FunctionError, is_lambdas_verdict, message, report};

    const ID: &str = "5882a9e9-d9e0-4c9b-ab77-de75bd9289ca";

    #[test]
    fn an_error_is_told_once_and_without_the_id_of_the_call() {
        for (said, means) in [
            (
                "RequestId: 1 Error: Task timed out after 15.00 seconds",
                "Task timed out after 15.00 seconds",
            ),
            ("Error: no RequestId: 1", "Error: no RequestId: 1"),
        ] {
            let error = FunctionError {
                error_type: "Sandbox.Timedout".to_owned(),
                error_message: said.to_owned(),
            };
            assert_eq!(message(&error), means);
        }
        for (line, is_one) in [
            (
                format!("2026-11-22T08:36:40.393Z {ID} Task timed out after 15.00 seconds"),
                true,
            ),
            (
                format!("RequestId: {ID} Error: Runtime exited with error: exit status 7"),
                true,
            ),
            ("Runtime.ExitError".to_owned(), true),
            ("my own Task timed out after all".to_owned(), false),
            (format!("judged {ID}"), false),
        ] {
            assert_eq!(is_lambdas_verdict(&line), is_one, "{line}");
        }
    }

    #[test]
    fn a_report_line_is_read_by_name() {
        let tail = "START RequestId: 1\nhello\nEND RequestId: 1\nREPORT RequestId: 1\tDuration: 1.93 ms\t\
                    Billed Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 21 MB\tInit Duration: 9.50 ms\t\n";
        let report = report(tail);
        assert_eq!(report.get("Duration").map(String::as_str), Some("1.93 ms"));
        assert_eq!(
            report.get("Init Duration").map(String::as_str),
            Some("9.50 ms")
        );
        assert_eq!(report.len(), 5);
    }

    #[test]
    fn a_tail_without_a_report_gives_none() {
        assert!(report("hello\n").is_empty());
    }
}
