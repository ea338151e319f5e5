//! Lambda's execution side: functions as real processes behind the Runtime API.
//!
//! A call gets a place in the [`fleet`] and comes to an [`environment`], free or new. Each environment
//! is a task of its own that owns one [`process`], so that a call goes on when its caller has left. The
//! process asks for calls and answers them through the Runtime API: [`api`] is its HTTP, [`desk`] what
//! may be asked when. What it writes comes through [`output`] into its [`log`]. The [`reaper`] sees to
//! it that no process outlives the sandbox.

mod address;
mod api;
mod desk;
mod environment;
mod failure;
mod fleet;
mod group;
mod log;
mod output;
mod process;
mod reaper;
mod report;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::{RwLock, oneshot, watch};

use super::code::Unpacked;
use crate::fault::Fault;
use crate::journal::Journal;
use crate::keys::Keyring;
use crate::logs::Logs;
use crate::paths::RUNTIME;
use crate::wire::Body;
use desk::Desks;
use environment::Environment;
use fleet::{Answered, Chosen, Fleet, Job};
use reaper::Reaper;

pub use reaper::reap;

/// What runs when a function is called: one state of its code and configuration.
#[derive(Debug)]
pub struct Program {
    pub function: String,
    pub arn: String,
    pub version: String,
    /// Differs when code or configuration do.
    pub revision: String,
    pub code: Arc<Unpacked>,
    pub handler: String,
    pub runtime: String,
    pub variables: BTreeMap<String, String>,
    pub memory_mb: u32,
    pub timeout: Duration,
    /// An ARN.
    pub role: String,
    pub log_group: String,
    pub reserved_concurrency: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub request_id: String,
    pub payload: Bytes,
    /// JSON, as the function gets it.
    pub client_context: Option<String>,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    pub payload: Bytes,
    /// `Unhandled` when the payload is an error.
    pub function_error: Option<&'static str>,
    /// The last 4 KB of what the call left in the log.
    pub log_tail: String,
}

/// Bounds in number and time.
#[derive(Clone, Debug)]
struct Limits {
    environments: usize,
    /// How long a call waits for a place.
    patience: Duration,
    /// How long a process may take to ask for its first call; Lambda's quota.
    init: Duration,
    /// How long a call waits for a process that has answered, but not asked for another call.
    turnaround: Duration,
    /// How long an environment without calls is kept.
    idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            environments: 64,
            patience: Duration::from_secs(10),
            init: Duration::from_secs(10),
            turnaround: Duration::from_millis(500),
            idle: Duration::from_secs(5 * 60),
        }
    }
}

#[derive(Debug)]
pub struct Runtime {
    /// Where functions reach the sandbox.
    url: String,
    /// Where they reach the Runtime API: before their secret, without `http://`.
    api: String,
    limits: Limits,
    keyring: Arc<Keyring>,
    logs: Arc<Logs>,
    journal: Arc<Journal>,
    desks: Arc<Desks>,
    fleet: Arc<Fleet>,
    reaper: Arc<Reaper>,
    /// True when calls under way are to be cut off.
    stopping: watch::Sender<bool>,
    /// Held for reading by each environment until it has ended.
    alive: Arc<RwLock<()>>,
}

impl Runtime {
    /// `url` is where functions reach the sandbox.
    pub fn new(
        url: &str,
        keyring: &Arc<Keyring>,
        logs: &Arc<Logs>,
        journal: &Arc<Journal>,
    ) -> Arc<Self> {
        Self::within(Limits::default(), url, keyring, logs, journal)
    }

    fn within(
        limits: Limits,
        url: &str,
        keyring: &Arc<Keyring>,
        logs: &Arc<Logs>,
        journal: &Arc<Journal>,
    ) -> Arc<Self> {
        let authority = url.strip_prefix("http://").unwrap_or(url);
        Arc::new(Self {
            url: url.to_owned(),
            api: format!("{authority}{}", RUNTIME.trim_end_matches('/')),
            keyring: keyring.clone(),
            logs: logs.clone(),
            journal: journal.clone(),
            desks: Arc::default(),
            fleet: Arc::new(Fleet::new(limits.environments, limits.patience)),
            reaper: Arc::new(Reaper::new(journal)),
            stopping: watch::Sender::new(false),
            alive: Arc::default(),
            limits,
        })
    }

    /// Calls the function. Where it fails, that is [`Invoked`] too; a fault says that it was not
    /// called, such as `TooManyRequestsException`. A call that has begun goes on without its caller.
    pub async fn invoke(
        self: &Arc<Self>,
        program: Arc<Program>,
        mut call: Call,
    ) -> Result<Invoked, Fault> {
        let mut place = self.fleet.place(&program).await?;
        loop {
            let (answer, answered) = oneshot::channel();
            let job = Job {
                call,
                place,
                answer,
            };
            match self.fleet.choose(&program, job) {
                Chosen::Free => {}
                Chosen::New(hired, job) => {
                    // Fails when the sandbox waits for the last one to end.
                    let alive = self.alive.clone().try_read_owned();
                    let alive = alive.map_err(|_| stopping())?;
                    tokio::spawn(Environment::new(self, &program, hired, alive).live(job));
                }
                Chosen::Nobody => return Err(stopping()),
            }
            match answered.await {
                Ok(Answered::Done(invoked)) => return invoked,
                Ok(Answered::Unseen(same, still)) => (call, place) = (same, still),
                Err(_) => return Err(failed("the function's environment is gone")),
            }
        }
    }

    /// The function's code or configuration has changed, or it was deleted: environments without a call
    /// end now, the others after their call.
    pub fn retire(&self, function: &str) {
        self.fleet.retire(function);
    }

    /// Answers a process that asks its Runtime API; `path` begins with the secret that it was told.
    pub async fn answer(&self, path: &str, request: Request<Incoming>) -> Response<Body> {
        api::answer(&self.desks, path, request).await
    }

    /// Whether a call is under way.
    pub fn is_busy(&self) -> bool {
        self.fleet.is_busy()
    }

    /// Ends all processes. Calls that are still under way are cut off, and no others begin.
    pub async fn stop(&self) {
        self.fleet.close();
        self.stopping.send_replace(true);
        drop(self.alive.write().await);
        self.reaper.stop().await;
    }
}

/// The sandbox failed, rather than the function.
fn failed(message: impl Into<String>) -> Fault {
    Fault::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ServiceException",
        message,
    )
}

fn stopping() -> Fault {
    failed("the sandbox is stopping")
}
