//! All environments that there are: which is free for a call, when there is to be another, which has
//! to go. Knows no processes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::{Call, Invoked, Program};
use crate::fault::Fault;

/// A call on its way to an environment.
#[derive(Debug)]
pub struct Job {
    pub call: Call,
    pub place: Place,
    pub answer: oneshot::Sender<Answered>,
}

#[derive(Debug)]
pub enum Answered {
    Done(Result<Invoked, Fault>),
    /// The environment ended before the function saw the call: another one may have it.
    Unseen(Call, Place),
}

impl Job {
    pub fn unseen(self) {
        // Who called may be gone, and then nobody needs an answer.
        let _ = self.answer.send(Answered::Unseen(self.call, self.place));
    }
}

/// Who is to do a job.
#[derive(Debug)]
pub enum Chosen {
    /// It has the job.
    Free,
    /// A new environment, which is to be started.
    New(Hired, Job),
    /// Nobody: the fleet is closed.
    Nobody,
}

/// A member of the fleet, from its own side.
#[derive(Debug)]
pub struct Hired {
    pub id: u64,
    /// Ends when the fleet needs the environment no longer.
    pub jobs: mpsc::UnboundedReceiver<Job>,
}

#[derive(Debug)]
pub struct Fleet {
    /// How many environments there may be.
    size: usize,
    /// How long a call may wait for others to end.
    patience: Duration,
    /// A place for each call that may be under way.
    places: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    members: HashMap<u64, Member>,
    /// Calls under way or waiting, by function.
    calls: HashMap<String, u32>,
    /// Numbers members, and the order in which they were last free.
    count: u64,
    closed: bool,
}

#[derive(Debug)]
struct Member {
    function: String,
    revision: String,
    jobs: mpsc::UnboundedSender<Job>,
    duty: Duty,
    /// Has to go when its call has ended.
    retired: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
    Busy,
    /// Has answered, and is still busy with itself.
    Lingering {
        since: u64,
    },
    Free {
        since: u64,
    },
}

impl Member {
    fn is_free(&self) -> bool {
        matches!(self.duty, Duty::Free { .. })
    }

    fn is_at_work(&self) -> bool {
        self.duty == Duty::Busy
    }
}

/// The right to one call at a time.
#[derive(Debug)]
pub struct Place {
    fleet: Arc<Fleet>,
    function: String,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut state = self.fleet.lock();
        if let Some(count) = state.calls.get_mut(&self.function) {
            *count -= 1;
            if *count == 0 {
                state.calls.remove(&self.function);
            }
        }
    }
}

impl Fleet {
    pub fn new(size: usize, patience: Duration) -> Self {
        Self {
            size,
            patience,
            places: Arc::new(Semaphore::new(size)),
            state: Mutex::default(),
        }
    }

    /// Whether a call is under way.
    pub fn is_busy(&self) -> bool {
        !self.lock().calls.is_empty()
    }

    /// A place for a call, now or soon.
    pub async fn place(self: &Arc<Self>, program: &Program) -> Result<Place, Fault> {
        let mut place = self.counted(program)?;
        let permit = timeout(self.patience, self.places.clone().acquire_owned()).await;
        // The semaphore is never closed.
        place.permit = permit.ok().and_then(Result::ok);
        match place.permit {
            Some(_) => Ok(place),
            None => Err(throttled("ConcurrentInvocationLimitExceeded")),
        }
    }

    fn counted(self: &Arc<Self>, program: &Program) -> Result<Place, Fault> {
        let mut state = self.lock();
        let under_way = state.calls.get(&program.function).copied().unwrap_or(0);
        if program
            .reserved_concurrency
            .is_some_and(|reserved| under_way >= reserved)
        {
            return Err(throttled(
                "ReservedFunctionConcurrentInvocationLimitExceeded",
            ));
        }
        state.calls.insert(program.function.clone(), under_way + 1);
        Ok(Place {
            fleet: self.clone(),
            function: program.function.clone(),
            permit: None,
        })
    }

    /// Gives the job to the environment of this program that was free last, or to a new one.
    pub fn choose(&self, program: &Program, mut job: Job) -> Chosen {
        let mut state = self.lock();
        if state.closed {
            return Chosen::Nobody;
        }
        state.members.retain(|_, member| {
            member.is_at_work()
                || member.function != program.function
                || member.revision == program.revision
        });
        while let Some(id) = state.last_free(&program.function) {
            if let Some(member) = state.members.get_mut(&id) {
                member.duty = Duty::Busy;
                match member.jobs.send(job) {
                    Ok(()) => return Chosen::Free,
                    Err(mpsc::error::SendError(back)) => job = back,
                }
            }
            state.members.remove(&id);
        }
        if state.members.len() >= self.size {
            state.part_with_one();
        }
        Chosen::New(state.hire(program), job)
    }

    /// The environment can do another call. Is false when it is needed no longer.
    pub fn free(&self, id: u64) -> bool {
        self.relieve(id, |since| Duty::Free { since })
    }

    /// The environment has answered, but is not ready for another call.
    pub fn linger(&self, id: u64) -> bool {
        self.relieve(id, |since| Duty::Lingering { since })
    }

    fn relieve(&self, id: u64, duty: impl FnOnce(u64) -> Duty) -> bool {
        let mut state = self.lock();
        state.count += 1;
        let since = state.count;
        match state.members.get_mut(&id) {
            Some(member) if !member.retired => {
                member.duty = duty(since);
                true
            }
            _ => {
                state.members.remove(&id);
                false
            }
        }
    }

    /// The environment wants to go. Is false when it has just got another job.
    pub fn leave(&self, id: u64) -> bool {
        let mut state = self.lock();
        let has_a_job = state.members.get(&id).is_some_and(Member::is_at_work);
        if !has_a_job {
            state.members.remove(&id);
        }
        !has_a_job
    }

    /// The environment is gone.
    pub fn remove(&self, id: u64) {
        self.lock().members.remove(&id);
    }

    /// All of the function's environments go, at once or after their call.
    pub fn retire(&self, function: &str) {
        self.dismiss(|member| member.function == function);
    }

    /// All environments go, and no others come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.dismiss(|_| true);
    }

    fn dismiss(&self, who: impl Fn(&Member) -> bool) {
        let mut state = self.lock();
        state.members.retain(|_, member| {
            let goes = who(member);
            member.retired |= goes;
            !goes || member.is_at_work()
        });
    }

    #[cfg(test)]
    pub fn free_ones(&self) -> usize {
        let state = self.lock();
        state.members.values().filter(|one| one.is_free()).count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hire(&mut self, program: &Program) -> Hired {
        self.count += 1;
        let id = self.count;
        let (sender, jobs) = mpsc::unbounded_channel();
        let member = Member {
            function: program.function.clone(),
            revision: program.revision.clone(),
            jobs: sender,
            duty: Duty::Busy,
            retired: false,
        };
        self.members.insert(id, member);
        Hired { id, jobs }
    }

    fn last_free(&self, function: &str) -> Option<u64> {
        let free = self.members.iter().filter_map(|(id, member)| {
            let since = match member.duty {
                Duty::Free { since } if member.function == function => since,
                _ => return None,
            };
            Some((since, *id))
        });
        free.max().map(|(_, id)| id)
    }

    /// The one that has been without a call the longest goes.
    fn part_with_one(&mut self) {
        let idle = self.members.iter().filter_map(|(id, member)| {
            let (Duty::Free { since } | Duty::Lingering { since }) = member.duty else {
                return None;
            };
            Some((!member.is_free(), since, *id))
        });
        if let Some((.., id)) = idle.min() {
            self.members.remove(&id);
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
