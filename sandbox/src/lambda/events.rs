//! Calls that nobody waits for: accepted, then made in the background, and made again when they fail.
//! They are in memory only, and end with the sandbox.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Lambda;
use super::address::Address;
use super::runtime::{Call, Invoked};
use crate::fault::Fault;

/// How long Lambda waits after the first and after the second failure; there is no third retry.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
const RETRIES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];
/// How long an event that is throttled is tried again, and how long the pauses get.
const OLDEST: Duration = Duration::from_secs(6 * 60 * 60);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Of all events that wait, in KiB: what is not in anybody's request must not fill the memory.
const ROOM: usize = 64 << 10;

#[derive(Debug)]
pub struct Events {
    room: Arc<Semaphore>,
    tasks: Mutex<JoinSet<()>>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(ROOM)),
            tasks: Mutex::default(),
        }
    }
}

impl Events {
    pub fn are_waiting(&self) -> bool {
        self.room.available_permits() < ROOM
    }

    /// Drops all that wait.
    pub fn stop(&self) {
        self.tasks().abort_all();
    }

    fn admit(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Fault> {
        let size = u32::try_from(1 + bytes / 1024).unwrap_or(u32::MAX);
        let admitted = self.room.clone().try_acquire_many_owned(size);
        admitted.map_err(|_| {
            Fault::new(
                http::StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                "Rate Exceeded.: too many events are waiting for their functions",
            )
        })
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lambda {
    /// Takes an event, to be delivered in the background.
    pub fn accept(&self, address: Address, call: Call) -> Result<(), Fault> {
        let place = self.events.admit(call.payload.len())?;
        let lambda = self.me.clone();
        let mut tasks = self.events.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            deliver(lambda, &address, &call).await;
            drop(place);
        });
        Ok(())
    }
}

async fn deliver(lambda: Weak<Lambda>, address: &Address, call: &Call) {
    let mut patience = Patience::default();
    while let Some(lambda) = lambda.upgrade() {
        let outcome = lambda.run(address, call.clone()).await;
        match patience.after(&outcome) {
            Next::Again(pause) => {
                drop(lambda);
                sleep(pause).await;
            }
            Next::Done => return,
            Next::GiveUp => {
                lambda.journal.note(&format!(
                    "dropped the event {} for {}: the function failed or cannot be called",
                    call.request_id, address.name
                ));
                return;
            }
        }
    }
}

/// What was tried, and how long to go on.
#[derive(Debug, Default)]
struct Patience {
    failures: usize,
    throttles: u32,
    waited: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Done,
    Again(Duration),
    GiveUp,
}

impl Patience {
    fn after(&mut self, outcome: &Result<Invoked, Fault>) -> Next {
        let next = match outcome {
            Ok(invoked) if invoked.function_error.is_none() => Next::Done,
            Ok(_) => {
                self.failures += 1;
                RETRIES
                    .get(self.failures - 1)
                    .map_or(Next::GiveUp, |pause| Next::Again(*pause))
            }
            // The function may be changed or gone by now.
            Err(fault) if fault.is_the_callers() && fault.status != 429 => Next::GiveUp,
            Err(_) if self.waited >= OLDEST => Next::GiveUp,
            Err(_) => {
                self.throttles += 1;
                let pause = Duration::from_secs(1 << self.throttles.min(10));
                Next::Again(pause.min(LONGEST_PAUSE))
            }
        };
        if let Next::Again(pause) = next {
            self.waited += pause;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn invoked(function_error: Option<&'static str>) -> Result<Invoked, Fault> {
        Ok(Invoked {
            payload: Bytes::new(),
            function_error,
            log_tail: String::new(),
        })
    }

    fn throttled() -> Result<Invoked, Fault> {
        let status = http::StatusCode::TOO_MANY_REQUESTS;
        Err(Fault::new(status, "TooManyRequestsException", ""))
    }

    #[test]
    fn a_function_that_fails_is_called_three_times() {
        let failed = invoked(Some("Unhandled"));
        let mut patience = Patience::default();
        let first = patience.after(&failed);
        assert_eq!(first, Next::Again(Duration::from_secs(60)));
        let again = patience.after(&throttled());
        assert_eq!(again, Next::Again(Duration::from_secs(2)));
        let second = patience.after(&failed);
        assert_eq!(second, Next::Again(Duration::from_secs(120)));
        assert_eq!(patience.after(&failed), Next::GiveUp);
        assert_eq!(Patience::default().after(&invoked(None)), Next::Done);
    }

    #[test]
    fn throttling_is_waited_out_for_hours_and_not_for_ever() {
        let mut patience = Patience::default();
        let mut tries = 0;
        while let Next::Again(pause) = patience.after(&throttled()) {
            assert!(pause <= LONGEST_PAUSE);
            tries += 1;
            assert!(tries < 1000);
        }
        assert!(patience.waited >= OLDEST);
        let gone = Err(Fault::not_found("ResourceNotFoundException", ""));
        assert_eq!(Patience::default().after(&gone), Next::GiveUp);
    }

    #[test]
    fn events_that_wait_are_bounded() {
        let events = Events::default();
        assert!(!events.are_waiting());
        let places: Vec<_> = (0..63)
            .map(|_| events.admit(1 << 20).expect("room"))
            .collect();
        assert!(events.are_waiting());
        assert_eq!(events.admit(1 << 20).expect_err("full").status, 429);
        drop(places);
        assert!(!events.are_waiting());
    }
}
