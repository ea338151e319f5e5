//! Runs functions: each execution environment is a real process behind the Runtime API.
//!
//! An invocation gets a permit from the [`pool`] and goes to an [`environment`], warm or new. An
//! environment is a task that owns one [`process`], so an invocation goes on when its client has left.
//! The process asks for invocations and answers them through the Runtime API: [`api`] is what it may
//! ask when, [`api_server`] the HTTP around it, [`api_listener`] the address where only the process is
//! answered. What the process writes comes through [`output`] into its [`log`]. Its [`family`], known by
//! its [`mark`], ends with it; the [`reaper`] ends all processes when the sandbox is killed.

mod api;
mod api_address;
mod api_listener;
mod api_server;
mod dispatches;
mod environment;
mod failure;
mod family;
mod log;
mod mark;
mod memory;
mod output;
mod pool;
#[cfg(target_os = "linux")]
mod proc;
mod process;
mod reaper;
mod report;
mod running_family;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::sync::{OwnedRwLockReadGuard, RwLock, oneshot, watch};
use tokio::task::spawn_blocking;

use super::bundle_cache::UnpackedBundle;
use crate::fault::Fault;
use crate::journal::Journal;
use crate::keys::Keyring;
use crate::logs::Logs;
use environment::Environment;
use mark::Marks;
use pool::{Assignment, Dispatch, Pool, Registered, Reply};
use reaper::Reaper;

pub use reaper::reap;

/// A function with one state of its code and configuration, ready to run.
#[derive(Debug)]
pub struct Revision {
    /// `RevisionId`: differs when code or configuration do.
    pub id: String,
    pub function: String,
    pub arn: String,
    pub version: String,
    pub code: Arc<UnpackedBundle>,
    /// Later ones lie over earlier ones.
    pub layers: Vec<Arc<UnpackedBundle>>,
    pub handler: String,
    pub runtime: String,
    pub variables: BTreeMap<String, String>,
    pub memory_mb: u32,
    pub timeout: Duration,
    /// An ARN.
    pub role: String,
    /// Its unique id.
    pub role_id: String,
    pub log_group: String,
    pub reserved_concurrency: Option<u32>,
    pub is_outdated: AtomicBool,
}

impl Revision {
    /// To be called when the function has changed or is gone, before its environments are retired. Invocations that
    /// have the revision still run it, but nothing is kept for others.
    pub fn outdate(&self) {
        self.is_outdated.store(true, Ordering::Release);
    }

    fn is_outdated(&self) -> bool {
        self.is_outdated.load(Ordering::Acquire)
    }

    /// Whether its files are as they were unpacked. Looks at each of them.
    async fn is_whole(self: &Arc<Self>) -> bool {
        let revision = self.clone();
        let looked = spawn_blocking(move || {
            let mut layers = revision.layers.iter();
            revision.code.is_whole() && layers.all(|layer| layer.is_whole())
        });
        looked.await.unwrap_or(false)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvocationRequest {
    pub id: String,
    pub payload: Bytes,
    /// JSON, as the function gets it.
    pub client_context: Option<String>,
}

/// Why a function was not invoked.
#[derive(Debug)]
pub enum NotRun {
    /// The files of the revision are not as they were unpacked: the request, for one that is unpacked again.
    CodeLost(InvocationRequest),
    /// Such as `TooManyRequestsException`.
    Fault(Fault),
}

impl From<Fault> for NotRun {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvocationResponse {
    pub payload: Bytes,
    /// `Unhandled` when the payload is an error.
    pub function_error: Option<&'static str>,
    /// The last 4 KB of what the invocation logged.
    pub log_tail: String,
}

#[derive(Clone, Debug)]
struct Limits {
    /// Of all functions together.
    max_environments: usize,
    /// How long an invocation waits for its permit.
    permit_timeout: Duration,
    /// How long a process may take to ask for its first invocation; Lambda's quota.
    init_timeout: Duration,
    /// How long an invocation waits for a process that has answered, but not asked for another one.
    next_timeout: Duration,
    /// How long an environment without invocations is kept warm.
    keep_warm: Duration,
    /// Whether only a function's own processes are answered at its Runtime API. In tests, others send the
    /// requests of functions.
    checks_peers: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_environments: 64,
            permit_timeout: Duration::from_secs(10),
            init_timeout: Duration::from_secs(10),
            next_timeout: Duration::from_millis(500),
            keep_warm: Duration::from_secs(5 * 60),
            checks_peers: !cfg!(test),
        }
    }
}

#[derive(Debug)]
pub struct Runtime {
    /// Where functions reach the sandbox.
    url: String,
    limits: Limits,
    keyring: Arc<Keyring>,
    logs: Arc<Logs>,
    journal: Arc<Journal>,
    pool: Arc<Pool>,
    reaper: Arc<Reaper>,
    /// True when running invocations are to be cut off.
    stopping: watch::Sender<bool>,
    /// Each environment holds it for reading until it has ended.
    running: Arc<RwLock<()>>,
}

impl Runtime {
    /// `url` is where functions reach the sandbox, and `sandbox` whose processes they are ([`Marks::of`]).
    pub fn new(
        sandbox: u64,
        url: &str,
        keyring: &Arc<Keyring>,
        logs: &Arc<Logs>,
        journal: &Arc<Journal>,
    ) -> Arc<Self> {
        Self::with_limits(Limits::default(), sandbox, url, keyring, logs, journal)
    }

    fn with_limits(
        limits: Limits,
        sandbox: u64,
        url: &str,
        keyring: &Arc<Keyring>,
        logs: &Arc<Logs>,
        journal: &Arc<Journal>,
    ) -> Arc<Self> {
        Arc::new(Self {
            url: url.to_owned(),
            keyring: keyring.clone(),
            logs: logs.clone(),
            journal: journal.clone(),
            pool: Arc::new(Pool::new(limits.max_environments, limits.permit_timeout)),
            reaper: Arc::new(Reaper::new(journal, Marks::of(sandbox))),
            stopping: watch::Sender::new(false),
            running: Arc::default(),
            limits,
        })
    }

    /// Invokes the function. A function that fails is an [`InvocationResponse`] too. An invocation that has
    /// begun goes on when this future is dropped.
    pub async fn invoke(
        self: &Arc<Self>,
        revision: Arc<Revision>,
        mut request: InvocationRequest,
    ) -> Result<InvocationResponse, NotRun> {
        let mut permit = self.pool.acquire(&revision).await?;
        loop {
            let (reply, replied) = oneshot::channel();
            let dispatch = Dispatch {
                request,
                permit,
                reply,
            };
            match self.pool.assign(&revision, dispatch) {
                Assignment::Warm => {}
                Assignment::Cold(registered, dispatch) => {
                    let (runtime, running) = (self.clone(), self.running()?);
                    let environment = runtime.run(revision.clone(), registered, running, dispatch);
                    tokio::spawn(environment);
                }
                Assignment::Closed => return Err(stopping().into()),
            }
            match replied.await {
                Ok(Reply::Done(response)) => return Ok(response?),
                Ok(Reply::NotInvoked(unseen, kept)) => (request, permit) = (unseen, kept),
                Ok(Reply::CodeLost(unseen)) => return Err(NotRun::CodeLost(unseen)),
                Err(_) => return Err(failed("the function's environment is gone").into()),
            }
        }
    }

    /// Starts an environment that waits for its first invocation, if there is room for one and the revision is not
    /// outdated.
    pub fn start_ahead(self: &Arc<Self>, revision: &Arc<Revision>) {
        if let Some(registered) = self.pool.register_idle(revision)
            && let Ok(running) = self.running()
        {
            let environment = Environment::new(self, revision, registered, running);
            tokio::spawn(environment.run_ahead());
        }
    }

    /// Starts an environment, and runs it from its first invocation to its end.
    async fn run(
        self: Arc<Self>,
        revision: Arc<Revision>,
        registered: Registered,
        running: OwnedRwLockReadGuard<()>,
        first: Dispatch,
    ) {
        if revision.is_whole().await {
            let environment = Environment::new(&self, &revision, registered, running);
            environment.run(first).await;
        } else {
            self.pool.remove(registered.id);
            first.code_lost();
        }
    }

    /// To be kept by an environment until it has ended. Fails when all are stopped.
    fn running(&self) -> Result<OwnedRwLockReadGuard<()>, Fault> {
        // Before it looks: `stop` first says that it stops, then waits for all that have this.
        let running = self.running.clone().try_read_owned();
        let running = running.map_err(|_| stopping())?;
        if *self.stopping.borrow() {
            Err(stopping())
        } else {
            Ok(running)
        }
    }

    /// To be called when the function's code or configuration has changed, or it was deleted, and its revisions
    /// are outdated: its idle environments end now, the others after their invocation. Says whether there were any.
    pub fn retire(&self, function: &str) -> bool {
        self.pool.retire(function)
    }

    /// How many environments wait for an invocation.
    #[cfg(test)]
    pub fn idle_count(&self) -> usize {
        self.pool.idle_count()
    }

    /// Whether an invocation is running or waiting.
    pub fn is_busy(&self) -> bool {
        self.pool.is_busy()
    }

    /// Ends the processes that a sandbox that was killed has left. To be called before the first invocation.
    pub fn kill_left_behind(&self) {
        self.reaper.kill_left_behind();
    }

    /// Takes care of orphans from now on.
    pub fn adopt_orphans(&self) {
        let reaper = self.reaper.clone();
        tokio::spawn(async move { reaper.adopt_orphans().await });
    }

    /// Ends all processes. Running invocations are cut off, and no others begin.
    pub async fn stop(&self) {
        self.pool.close();
        self.stopping.send_replace(true);
        drop(self.running.write().await);
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
