//! A clock that tests turn.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::yield_now;

#[derive(Debug)]
pub struct Clock {
    now: watch::Sender<i64>,
    /// Nobody waits: the time is at once what somebody sleeps until.
    skips: bool,
    sleepers: Mutex<BTreeMap<u64, i64>>,
}

impl Clock {
    /// Stands still until it is turned.
    pub fn turned() -> Self {
        Self {
            now: watch::Sender::new(0),
            skips: false,
            sleepers: Mutex::default(),
        }
    }

    pub fn skipping() -> Self {
        Self {
            skips: true,
            ..Self::turned()
        }
    }

    pub fn turn_to(&self, at: i64) {
        self.now.send_modify(|now| *now = at.max(*now));
    }

    /// How many wait for a later time.
    pub fn sleeping(&self) -> usize {
        let now = *self.now.borrow();
        let sleepers = self.sleepers();
        sleepers.values().filter(|until| **until > now).count()
    }

    fn sleepers(&self) -> MutexGuard<'_, BTreeMap<u64, i64>> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl super::Clock for Clock {
    fn now(&self) -> i64 {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: i64) {
        if self.skips {
            self.turn_to(at);
            return yield_now().await;
        }
        let id = rand::random();
        self.sleepers().insert(id, at);
        let _sleeper = Sleeper { clock: self, id };
        let mut turned = self.now.subscribe();
        turned.wait_for(|now| *now >= at).await.expect("a clock");
    }
}

/// Counts as sleeping until it is dropped, which may be before its time.
struct Sleeper<'a> {
    clock: &'a Clock,
    id: u64,
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.sleepers().remove(&self.id);
    }
}
