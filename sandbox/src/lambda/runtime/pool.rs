//! All execution environments: which one is free for an invocation, when another one is created, and
//! which one is evicted. Knows no processes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::{InvocationRequest, InvocationResponse, Revision};
use crate::fault::Fault;

/// An invocation on its way to an environment.
#[derive(Debug)]
pub struct Dispatch {
    pub request: InvocationRequest,
    pub permit: Permit,
    pub reply: oneshot::Sender<Reply>,
}

#[derive(Debug)]
pub enum Reply {
    Done(Result<InvocationResponse, Fault>),
    /// The environment ended before the function got the request: another environment can have it.
    NotInvoked(InvocationRequest, Permit),
    /// As [`NotRun::CodeLost`](super::NotRun::CodeLost).
    CodeLost(InvocationRequest),
}

impl Dispatch {
    pub fn give_back(self) {
        // The client may be gone, and then nobody needs a reply.
        let _ = self
            .reply
            .send(Reply::NotInvoked(self.request, self.permit));
    }

    pub fn code_lost(self) {
        drop(self.permit);
        let _ = self.reply.send(Reply::CodeLost(self.request));
    }
}

/// Which environment an invocation was assigned to.
#[derive(Debug)]
pub enum Assignment {
    /// An idle one, which has the dispatch.
    Warm,
    /// A new one, which the caller has to start with the dispatch.
    Cold(Registered, Dispatch),
    /// None: the pool is closed.
    Closed,
}

/// A new environment's side of its registration.
#[derive(Debug)]
pub struct Registered {
    pub id: u64,
    /// Closed when the pool has removed the environment.
    pub dispatches: mpsc::UnboundedReceiver<Dispatch>,
}

#[derive(Debug)]
pub struct Pool {
    max_environments: usize,
    permit_timeout: Duration,
    /// One for each invocation that may run at the same time.
    permits: Arc<Semaphore>,
    state: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    environments: HashMap<u64, Entry>,
    /// Invocations that run or wait for a permit, by function.
    concurrency: HashMap<String, u32>,
    /// Numbers environments, and the order in which they became idle.
    sequence: u64,
    is_closed: bool,
}

/// The pool's side of a registration.
#[derive(Debug)]
struct Entry {
    function: String,
    version: String,
    revision: String,
    dispatches: mpsc::UnboundedSender<Dispatch>,
    state: State,
    /// Is removed when its invocation has ended.
    is_retired: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Busy,
    /// Has answered, but not asked for its next invocation.
    NotReady {
        since: u64,
    },
    Idle {
        since: u64,
    },
}

impl Entry {
    fn is_of(&self, revision: &Revision) -> bool {
        self.function == revision.function
            && self.version == revision.version
            && self.revision == revision.id
    }

    fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle { .. })
    }

    fn is_busy(&self) -> bool {
        self.state == State::Busy
    }
}

/// The right to run one invocation; counts towards the function's concurrency.
#[derive(Debug)]
pub struct Permit {
    pool: Arc<Pool>,
    function: String,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut state = self.pool.lock();
        if let Some(count) = state.concurrency.get_mut(&self.function) {
            *count -= 1;
            if *count == 0 {
                state.concurrency.remove(&self.function);
            }
        }
    }
}

impl Pool {
    pub fn new(max_environments: usize, permit_timeout: Duration) -> Self {
        Self {
            max_environments,
            permit_timeout,
            permits: Arc::new(Semaphore::new(max_environments)),
            state: Mutex::default(),
        }
    }

    /// Whether an invocation is running or waiting.
    pub fn is_busy(&self) -> bool {
        !self.lock().concurrency.is_empty()
    }

    /// A permit for an invocation; waits for one until the timeout.
    pub async fn acquire(self: &Arc<Self>, revision: &Revision) -> Result<Permit, Fault> {
        let mut permit = self.count(revision)?;
        let acquired = timeout(self.permit_timeout, self.permits.clone().acquire_owned()).await;
        // The semaphore is never closed.
        permit.permit = acquired.ok().and_then(Result::ok);
        match permit.permit {
            Some(_) => Ok(permit),
            None => Err(throttled("ConcurrentInvocationLimitExceeded")),
        }
    }

    fn count(self: &Arc<Self>, revision: &Revision) -> Result<Permit, Fault> {
        let function = &revision.function;
        let mut state = self.lock();
        let concurrency = state.concurrency.get(function).copied().unwrap_or(0);
        let reserved = revision.reserved_concurrency;
        if reserved.is_some_and(|reserved| concurrency >= reserved) {
            return Err(throttled(
                "ReservedFunctionConcurrentInvocationLimitExceeded",
            ));
        }
        state.concurrency.insert(function.clone(), concurrency + 1);
        Ok(Permit {
            pool: self.clone(),
            function: function.clone(),
            permit: None,
        })
    }

    /// Gives the dispatch to the environment of this revision that became idle last, or to a new one.
    pub fn assign(&self, revision: &Revision, mut dispatch: Dispatch) -> Assignment {
        let mut state = self.lock();
        if state.is_closed {
            return Assignment::Closed;
        }
        while let Some(id) = state.last_idle(revision) {
            if let Some(entry) = state.environments.get_mut(&id) {
                entry.state = State::Busy;
                match entry.dispatches.send(dispatch) {
                    Ok(()) => return Assignment::Warm,
                    Err(mpsc::error::SendError(unsent)) => dispatch = unsent,
                }
            }
            state.environments.remove(&id);
        }
        if state.environments.len() >= self.max_environments {
            state.evict_one();
        }
        Assignment::Cold(state.register(revision), dispatch)
    }

    /// The environment can take another invocation. Is false when it has been removed.
    pub fn set_idle(&self, id: u64) -> bool {
        self.set_state(id, |since| State::Idle { since })
    }

    /// The environment has answered, but is not ready for another invocation. Is false when it has been
    /// removed.
    pub fn set_not_ready(&self, id: u64) -> bool {
        self.set_state(id, |since| State::NotReady { since })
    }

    fn set_state(&self, id: u64, new: impl FnOnce(u64) -> State) -> bool {
        let mut state = self.lock();
        state.sequence += 1;
        let since = state.sequence;
        match state.environments.get_mut(&id) {
            Some(entry) if !entry.is_retired => {
                entry.state = new(since);
                true
            }
            _ => {
                state.environments.remove(&id);
                false
            }
        }
    }

    /// Removes an environment that is not busy. Is false when it has just got another dispatch.
    pub fn remove_idle(&self, id: u64) -> bool {
        let mut state = self.lock();
        let is_busy = state.environments.get(&id).is_some_and(Entry::is_busy);
        if !is_busy {
            state.environments.remove(&id);
        }
        !is_busy
    }

    /// To be called when the environment has ended.
    pub fn remove(&self, id: u64) {
        self.lock().environments.remove(&id);
    }

    /// Registers a new environment that no invocation waits for. `None` where another one would have to end for it,
    /// and of a revision that is outdated.
    pub fn register_idle(&self, revision: &Revision) -> Option<Registered> {
        let mut state = self.lock();
        let is_full = state.environments.len() >= self.max_environments;
        if state.is_closed || is_full || revision.is_outdated() {
            return None;
        }
        let registered = state.register(revision);
        let since = registered.id;
        if let Some(entry) = state.environments.get_mut(&since) {
            entry.state = State::Idle { since };
        }
        Some(registered)
    }

    /// Removes the function's environments, at once or after their invocation. Says whether there were any. Its
    /// revisions have to be outdated by then, so that no others of them become idle.
    pub fn retire(&self, function: &str) -> bool {
        self.retire_where(|entry| entry.function == function)
    }

    /// Removes all environments, and creates no others.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.retire_where(|_| true);
    }

    fn retire_where(&self, retires: impl Fn(&Entry) -> bool) -> bool {
        let mut state = self.lock();
        let mut are_any = false;
        state.environments.retain(|_, entry| {
            let retires = retires(entry);
            are_any |= retires;
            entry.is_retired |= retires;
            !retires || entry.is_busy()
        });
        are_any
    }

    #[cfg(test)]
    pub fn idle_count(&self) -> usize {
        let state = self.lock();
        let entries = state.environments.values();
        entries.filter(|entry| entry.is_idle()).count()
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PoolState {
    fn register(&mut self, revision: &Revision) -> Registered {
        self.sequence += 1;
        let id = self.sequence;
        let (sender, dispatches) = mpsc::unbounded_channel();
        let entry = Entry {
            function: revision.function.clone(),
            version: revision.version.clone(),
            revision: revision.id.clone(),
            dispatches: sender,
            state: State::Busy,
            is_retired: revision.is_outdated(),
        };
        self.environments.insert(id, entry);
        Registered { id, dispatches }
    }

    fn last_idle(&self, revision: &Revision) -> Option<u64> {
        let idle = self.environments.iter().filter_map(|(id, entry)| {
            let since = match entry.state {
                State::Idle { since } if entry.is_of(revision) => since,
                _ => return None,
            };
            Some((since, *id))
        });
        idle.max().map(|(_, id)| id)
    }

    /// Removes the environment that was idle the longest or, where none is idle, one that is not ready.
    fn evict_one(&mut self) {
        let candidates = self.environments.iter().filter_map(|(id, entry)| {
            let (State::Idle { since } | State::NotReady { since }) = entry.state else {
                return None;
            };
            Some((!entry.is_idle(), since, *id))
        });
        if let Some((.., id)) = candidates.min() {
            self.environments.remove(&id);
        }
    }
}

fn throttled(reason: &str) -> Fault {
    let mut fault = Fault::new(
        StatusCode::TOO_MANY_REQUESTS,
        "TooManyRequestsException",
        "Rate Exceeded.",
    );
    fault.members.insert("Reason".to_owned(), json!(reason));
    fault
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
