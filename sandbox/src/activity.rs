//! How many requests the server is answering, and for how long there has been none.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::watch;

#[derive(Debug)]
pub struct Activity {
    active: watch::Sender<usize>,
    last_end: Mutex<Instant>,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            active: watch::Sender::new(0),
            last_end: Mutex::new(Instant::now()),
        }
    }
}

impl Activity {
    /// Counts a request as active until the result is dropped.
    pub fn begin(&self) -> ActiveRequest<'_> {
        self.active.send_modify(|count| *count += 1);
        ActiveRequest(self)
    }

    /// For how long no request has been active; zero while one is.
    pub fn idle_for(&self) -> Duration {
        match *self.active.borrow() {
            0 => self.last_end().elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// Returns when no request is active.
    pub async fn all_ended(&self) {
        // The sender outlives the wait.
        let _ = self.active.subscribe().wait_for(|count| *count == 0).await;
    }

    fn last_end(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.last_end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct ActiveRequest<'a>(&'a Activity);

impl Drop for ActiveRequest<'_> {
    fn drop(&mut self) {
        *self.0.last_end() = Instant::now();
        self.0.active.send_modify(|count| *count -= 1);
    }
}
