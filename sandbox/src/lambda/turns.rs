//! The turns of a function's asynchronous invocations. Nobody waits for these, so a burst of events waits for the
//! environments that there are, rather than that each event starts one. While events wait, the function gets another
//! turn at intervals, as Lambda scales out.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::select;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;

/// Of a function whose events have not waited.
const AT_FIRST: usize = 2;
/// Between two turns that come on top, in milliseconds. So events end that wait for other events of their function.
const INTERVAL: i64 = 500;

#[derive(Debug)]
pub struct Turns {
    clock: Arc<dyn Clock>,
    by_function: Mutex<HashMap<String, Arc<Lane>>>,
}

#[derive(Debug)]
struct Lane {
    permits: Arc<Semaphore>,
    /// When a turn came on top, in milliseconds since 1970.
    grown: Mutex<i64>,
}

/// An event's turn, until it is dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    turns: &'a Turns,
    function: String,
    lane: Arc<Lane>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub fn new(clock: &Arc<dyn Clock>) -> Self {
        Self {
            clock: clock.clone(),
            by_function: Mutex::default(),
        }
    }

    /// Waits for a turn of the function.
    pub async fn of(&self, function: &str) -> Turn<'_> {
        let mut turn = Turn {
            turns: self,
            function: function.to_owned(),
            lane: self.lane(function),
            permit: None,
        };
        turn.permit = turn.lane.wait(&*self.clock).await;
        turn
    }

    fn lane(&self, function: &str) -> Arc<Lane> {
        let new = || {
            Arc::new(Lane {
                permits: Arc::new(Semaphore::new(AT_FIRST)),
                grown: Mutex::new(self.clock.now()),
            })
        };
        let mut lanes = self.lanes();
        lanes.entry(function.to_owned()).or_insert_with(new).clone()
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<String, Arc<Lane>>> {
        lock(&self.by_function)
    }
}

impl Lane {
    async fn wait(&self, clock: &dyn Clock) -> Option<OwnedSemaphorePermit> {
        let mut turn = pin!(self.permits.clone().acquire_owned());
        loop {
            select! {
                biased;
                // The semaphore is never closed.
                turn = &mut turn => return turn.ok(),
                () = clock.sleep_until(clock.now() + INTERVAL) => self.grow(clock.now()),
            }
        }
    }

    /// Adds a turn, unless another waiting event has just done so.
    fn grow(&self, now: i64) {
        let mut grown = lock(&self.grown);
        if now - *grown >= INTERVAL {
            *grown = now;
            self.permits.add_permits(1);
        }
    }
}

/// With its last event, a function's lane ends, and begins small the next time.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut lanes = self.turns.lanes();
        // One is in the map, and one in this turn.
        if Arc::strong_count(&self.lane) == 2 {
            lanes.remove(&self.function);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::{Duration, timeout};

    use super::*;
    use crate::clock::turned;

    #[tokio::test]
    async fn events_wait_for_a_turn_and_get_more_of_them_while_they_wait() {
        let clock: Arc<dyn Clock> = Arc::new(turned::Clock::skipping());
        let turns = Turns::new(&clock);
        let mut held = Vec::new();
        for (number, at) in [(1, 0), (2, 0), (3, INTERVAL), (4, 2 * INTERVAL)] {
            held.push(turns.of("dawn").await);
            assert_eq!(clock.now(), at, "{number}");
        }
        assert_eq!(turns.lanes().len(), 1);
        let other = turns.of("dusk").await;
        held.pop();
        held.push(turns.of("dawn").await);
        assert_eq!(clock.now(), 2 * INTERVAL, "there was a turn");
        drop((held, other));
        assert!(turns.lanes().is_empty());
    }

    #[tokio::test]
    async fn an_event_that_is_given_up_leaves_nothing() {
        let clock: Arc<dyn Clock> = Arc::new(turned::Clock::turned());
        let turns = Turns::new(&clock);
        let held = [turns.of("dawn").await, turns.of("dawn").await];
        let given_up = timeout(Duration::from_millis(1), turns.of("dawn")).await;
        assert!(given_up.is_err());
        drop(held);
        assert!(turns.lanes().is_empty());
    }
}
