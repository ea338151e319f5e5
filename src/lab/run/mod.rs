//! Shows that the deployed system of a lab works: a few steps, each with what was done and what answered. It leaves
//! what the steps put there, under names that no other run has.

mod command_channel;
mod operations;
mod step;
mod web;
mod word_count;

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::api::{self, Answer, Api, ApiError};
use crate::cloud::{Cloud, CloudError, Item, Stack};
use crate::deploy::{DeployError, GAME_STACK};
use crate::functions::CallError;
use crate::names::function_name;
use step::Asked;

pub use step::{RunEvent, Step};

/// The labs whose systems can be run, by their names.
pub const LABS: [&str; 4] = ["command-channel", "operations", "web", "word-count"];

/// What does not come within this time, never comes.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(200);
/// More than a trial has.
const MOST_ITEMS: usize = 10_000;

/// How a run went.
#[derive(Clone, Debug, Serialize)]
pub struct SystemReport {
    pub lab: String,
    pub stack: String,
    pub passed: bool,
    pub steps: Vec<Step>,
    pub milliseconds: u128,
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Cloud(#[from] CloudError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// The last step of the report says what was expected.
    #[error("lab {lab} does not work: expected {expected}")]
    Unmet {
        lab: String,
        expected: String,
        /// The stack whose functions answer, if it is another one.
        plays: Option<String>,
    },
}

/// A run of a system.
struct Run<'a> {
    cloud: &'a Cloud,
    stack: &'a Stack,
    lab: &'a str,
    emit: &'a (dyn Fn(RunEvent<'_>) + Send + Sync),
    steps: Vec<Step>,
    /// A name that no other run has.
    id: String,
}

/// Runs the system of `lab` in the stack; says what it did, and what stopped it.
///
/// # Panics
///
/// Where `lab` is none of [`LABS`].
pub async fn run(
    cloud: &Cloud,
    stack: &Stack,
    lab: &str,
    emit: &(dyn Fn(RunEvent<'_>) + Send + Sync),
) -> (SystemReport, Option<RunError>) {
    let begun = Instant::now();
    let mut run = Run {
        cloud,
        stack,
        lab,
        emit,
        steps: Vec::new(),
        id: format!("trial{:08x}", rand::random::<u32>()),
    };
    let ran = match lab {
        "command-channel" => command_channel::run(&mut run).await,
        "operations" => operations::run(&mut run).await,
        "web" => web::run(&mut run).await,
        "word-count" => word_count::run(&mut run).await,
        other => unreachable!("{other} has no run"),
    };
    let report = SystemReport {
        lab: lab.to_owned(),
        stack: stack.name.clone(),
        passed: ran.is_ok(),
        steps: run.steps,
        milliseconds: begun.elapsed().as_millis(),
    };
    (report, ran.err())
}

impl<'a> Run<'a> {
    fn output(&self, name: &str) -> Result<&'a str, RunError> {
        let value = self.stack.outputs.get(name).map(String::as_str);
        let missing = || DeployError::NoOutput {
            stack: self.stack.name.clone(),
            output: name.to_owned(),
        };
        Ok(value.ok_or_else(missing)?)
    }

    fn function(&self, name: &str) -> String {
        function_name(&self.stack.name, name)
    }

    async fn api(&self) -> Result<Api, RunError> {
        Ok(Api::find(self.cloud, &self.stack.name, None).await?)
    }

    async fn call(&self, api: &Api, request: &api::Call) -> Result<Answer, RunError> {
        (self.emit)(RunEvent::Waiting("for the API"));
        Ok(api::call(self.cloud, api, request).await?)
    }

    /// Ends a step. Without what was expected, nothing comes after it.
    fn end(&mut self, asked: Asked<'_>, answered: impl Into<String>) -> Result<(), RunError> {
        let step = asked.answered(answered.into());
        (self.emit)(RunEvent::Ended(&step));
        let expected = step.expected.clone();
        self.steps.push(step);
        match expected {
            None => Ok(()),
            Some(expected) => Err(RunError::Unmet {
                lab: self.lab.to_owned(),
                expected,
                plays: self.stack.parameters.get(GAME_STACK).cloned(),
            }),
        }
    }

    /// The same for a request to the API; where API Gateway itself refused it, the error says why.
    async fn end_call(
        &mut self,
        asked: Asked<'_>,
        answered: impl Into<String>,
        (api, request, answer): (&Api, &api::Call, &Answer),
    ) -> Result<(), RunError> {
        let ended = self.end(asked, answered);
        if ended.is_err()
            && let Some(refused) = api::refused(self.cloud, api, request, answer, |_| false).await
        {
            return Err(refused.into());
        }
        ended
    }

    /// What `find` finds in the end; `None` when that never comes.
    async fn wait_for<T>(
        &self,
        what: &str,
        find: impl AsyncFn() -> Result<Option<T>, RunError>,
    ) -> Result<Option<T>, RunError> {
        (self.emit)(RunEvent::Waiting(what));
        let begun = Instant::now();
        loop {
            if let Some(found) = find().await? {
                return Ok(Some(found));
            }
            if begun.elapsed() > PATIENCE {
                return Ok(None);
            }
            sleep(PAUSE).await;
        }
    }

    /// The items of the table that an output names.
    async fn items(&self, output: &str) -> Result<Vec<Item>, RunError> {
        let table = self.output(output)?;
        let found = self.cloud.items(table, None, MOST_ITEMS).await?;
        Ok(found.items)
    }
}
