//! What is asked of the server: how much is under way, and since when nothing is.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::watch;

#[derive(Debug)]
pub struct Activity {
    under_way: watch::Sender<usize>,
    last: Mutex<Instant>,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            under_way: watch::Sender::new(0),
            last: Mutex::new(Instant::now()),
        }
    }
}

impl Activity {
    /// A request is under way as long as the result lives.
    pub fn begin(&self) -> UnderWay<'_> {
        self.under_way.send_modify(|count| *count += 1);
        UnderWay(self)
    }

    /// Since when nothing has been under way; zero while something is.
    pub fn quiet_for(&self) -> Duration {
        match *self.under_way.borrow() {
            0 => self.last().elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// Returns when nothing is under way.
    pub async fn ended(&self) {
        // The sender outlives the wait.
        let _ = self
            .under_way
            .subscribe()
            .wait_for(|count| *count == 0)
            .await;
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct UnderWay<'a>(&'a Activity);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        *self.0.last() = Instant::now();
        self.0.under_way.send_modify(|count| *count -= 1);
    }
}
