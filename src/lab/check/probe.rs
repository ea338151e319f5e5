//! What a check acts through: it puts a game into the table, calls a function, and looks at both.

use std::time::Duration;

use futures_util::future::join_all;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::answer::{Answer, proxied};
use super::blocked::{Blocked, Stop};
use super::place::Place;
use super::players::{Change, Player, changes};
use crate::clock;
use crate::cloud::{Cloud, Item, Repetition, StoredItem};
use crate::functions::{CallError, call};
use crate::names::function_name;

/// The index that DynamoDB updates a moment after the table.
const MASKED: &str = "Masked";
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Until the index shows what is in the table; the pauses double.
const MOST_LOOKS: u32 = 8;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    Whole,
    /// A game or two: for what has passed before.
    Short,
}

/// One check at work.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    pub cloud: &'a Cloud,
    pub place: &'a Place,
    pub seed: u64,
    pub effort: Effort,
    /// The id of the check, which makes its games others than those of the next check.
    pub check: &'static str,
}

impl Probe<'_> {
    /// What the games of this check are drawn from.
    pub fn chance(&self) -> StdRng {
        // FNV-1a, which is the same on each machine and in each version.
        let letters = self.check.bytes();
        let id = letters.fold(0xcbf2_9ce4_8422_2325, |hash: u64, letter| {
            (hash ^ u64::from(letter)).wrapping_mul(0x0100_0000_01b3)
        });
        StdRng::seed_from_u64(self.seed ^ id)
    }

    /// How many games are tried of so `many`.
    pub fn games(&self, many: usize) -> std::ops::Range<usize> {
        0..match self.effort {
            Effort::Whole => many,
            Effort::Short => 1,
        }
    }

    /// Makes these the only players in the table.
    pub async fn set(&self, players: &[Player]) -> Result<(), Stop> {
        let items: Vec<StoredItem> = players.iter().map(Player::item).collect();
        self.set_items(&items).await
    }

    pub async fn set_items(&self, items: &[StoredItem]) -> Result<(), Stop> {
        let table = &self.place.table;
        let set = self.cloud.replace_items(&table.name, &table.key, items);
        set.await?;
        Ok(())
    }

    pub async fn items(&self) -> Result<Vec<StoredItem>, Stop> {
        let items = self.cloud.stored_items(&self.place.table.name).await?;
        Ok(items)
    }

    /// What is another way in the table than these players.
    pub async fn changes(&self, before: &[Player]) -> Result<Vec<Change>, Stop> {
        Ok(changes(before, &self.items().await?))
    }

    /// Waits until the index shows these players. Without it, or when it takes too long, goes on.
    pub async fn await_index(&self, players: &[Player]) -> Result<(), Stop> {
        let table = &self.place.table;
        if !table.indexes.iter().any(|it| it == MASKED) {
            return Ok(());
        }
        let mut pause = FIRST_PAUSE;
        for _ in 0..MOST_LOOKS {
            let shown = self.cloud.items(&table.name, Some(MASKED), usize::MAX);
            let shown = shown.await?.items;
            let is_shown = |player: &Player| {
                let has = |it: &Item, attribute, text| {
                    it.get(attribute).and_then(Value::as_str) == Some(text)
                };
                shown.iter().any(|it| {
                    has(it, "Name", &*player.name) && has(it, "Identity", player.identity.text())
                })
            };
            if shown.len() == players.len() && players.iter().all(is_shown) {
                break;
            }
            clock::sleep(pause).await;
            pause *= 2;
        }
        Ok(())
    }

    /// Calls a function, by its name in the workshop. That it fails is wrong in itself.
    pub async fn call(&self, function: &str, sent: Value) -> Result<Answer, Stop> {
        match self.try_call(function, &sent).await? {
            Ok(answer) => Ok(answer),
            Err(failure) => Err(Answer {
                shown: failure,
                ..Answer::read(&sent, b"null")
            }
            .wrong("an answer")),
        }
    }

    /// Without an answer, how the function failed.
    async fn try_call(&self, function: &str, sent: &Value) -> Result<Result<Answer, String>, Stop> {
        let stack = &self.place.stack.name;
        let function = function_name(stack, function);
        let payload = sent.to_string().into_bytes();
        let called = call(self.cloud, stack, &function, payload, Repetition::Counts).await;
        match called {
            Ok(invocation) => Ok(Ok(Answer::read(sent, &invocation.payload))),
            Err(error @ CallError::Failed { .. }) => Ok(Err(error.to_string())),
            Err(error) => Err(Blocked::Call(error).into()),
        }
    }

    /// The same call as API Gateway makes it, with this body; `None` where the function answers only direct
    /// calls, which it may in these labs.
    pub async fn proxied(&self, function: &str, body: Value) -> Result<Option<Answer>, Stop> {
        let answered = self.try_call(function, &proxied(&body)).await?;
        let answer = answered.ok().filter(|answer| answer.status.is_some());
        Ok(answer.map(|answer| Answer {
            sent: format!("{body} through API Gateway"),
            ..answer
        }))
    }

    /// So many calls at once.
    pub async fn at_once(
        &self,
        number: usize,
        function: &str,
        sent: &Value,
    ) -> Result<Vec<Answer>, Stop> {
        let calls = (0..number).map(|_| self.call(function, sent.clone()));
        // All of them end before the first failure counts, so that nothing writes afterwards.
        join_all(calls).await.into_iter().collect()
    }
}

/// The payload that names a player.
pub fn named(name: &str) -> Value {
    json!({ "Name": name })
}
