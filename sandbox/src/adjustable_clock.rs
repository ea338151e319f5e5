//! The clock of a sandbox: that of the system, or ahead of it by as much as it was set forward.
//!
//! How far that is, is kept: what was accepted at a time never lies in the future of the next process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::sleep;

use super::clock::{Clock, LONGEST_TIMER, now};
use super::store::{Record, Records, Store, StoreError};

#[derive(Debug)]
pub struct AdjustableClock {
    records: Records<Ahead>,
    /// In milliseconds.
    ahead: watch::Sender<i64>,
}

/// How far it is ahead.
#[derive(Debug, Deserialize, Serialize)]
struct Ahead {
    millis: i64,
}

impl Record for Ahead {
    const KIND: &'static str = "clock";
}

/// Of the only record.
const KEY: &str = "ahead";

impl AdjustableClock {
    pub fn open(store: &Arc<Store>) -> Result<Arc<Self>, StoreError> {
        let records = Records::<Ahead>::new(store);
        let ahead = records.get(KEY)?.map_or(0, |ahead| ahead.millis);
        Ok(Arc::new(Self {
            records,
            ahead: watch::Sender::new(ahead),
        }))
    }

    /// How far it is ahead of the system's, in milliseconds.
    pub fn ahead(&self) -> i64 {
        *self.ahead.borrow()
    }

    /// Sets it forward to `at`; never back.
    pub fn set_to(&self, at: i64) -> Result<(), StoreError> {
        self.set_ahead(at.saturating_sub(now()))
    }

    /// Sets it so far ahead, in milliseconds; never back.
    pub fn set_ahead(&self, millis: i64) -> Result<(), StoreError> {
        if millis > self.ahead() {
            self.records.put(KEY, &Ahead { millis })?;
            self.ahead.send_replace(millis);
        }
        Ok(())
    }
}

#[async_trait]
impl Clock for AdjustableClock {
    fn now(&self) -> i64 {
        now().saturating_add(self.ahead())
    }

    async fn sleep_until(&self, at: i64) {
        let mut set = self.ahead.subscribe();
        while let left @ 1.. = at.saturating_sub(self.now()) {
            let left = Duration::from_millis(left.unsigned_abs()).min(LONGEST_TIMER);
            tokio::select! {
                () = sleep(left) => {}
                // The sender is this clock's own.
                _ = set.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    #[tokio::test]
    async fn it_is_set_forward_and_stays_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let open = || {
            let store = Arc::new(Store::open(&path).expect("it opens"));
            AdjustableClock::open(&store).expect("it opens")
        };
        let clock = open();
        assert_eq!(clock.ahead(), 0);
        let tomorrow = now() + DAY;
        let sleeper = {
            let clock = clock.clone();
            tokio::spawn(async move { clock.sleep_until(tomorrow).await })
        };
        clock.set_to(tomorrow).expect("set");
        sleeper.await.expect("it wakes up");
        assert!(clock.now() >= tomorrow);
        clock.set_to(now()).expect("it stays");
        assert!(clock.now() >= tomorrow);
        drop(clock);
        assert!(open().now() >= tomorrow);
    }
}
