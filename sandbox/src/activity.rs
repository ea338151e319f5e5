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
        ActiveRequest {
            activity: self,
            counts: true,
        }
    }

    /// For how long no request has been active; zero while one is.
    pub fn idle_for(&self) -> Duration {
        match *self.active.borrow() {
            0 => self.last_end().elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// When the last request ended.
    pub fn last_request(&self) -> Instant {
        *self.last_end()
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

#[derive(Debug)]
pub struct ActiveRequest<'a> {
    activity: &'a Activity,
    counts: bool,
}

impl ActiveRequest<'_> {
    /// It was refused: anybody on this machine could keep the server running with such requests.
    pub fn does_not_count(&mut self) {
        self.counts = false;
    }
}

impl Drop for ActiveRequest<'_> {
    fn drop(&mut self) {
        if self.counts {
            *self.activity.last_end() = Instant::now();
        }
        self.activity.active.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_requests_do_not_keep_the_server_running() {
        let activity = Activity::default();
        let long_ago = Instant::now().checked_sub(Duration::from_secs(60));
        *activity.last_end() = long_ago.expect("the machine runs for a minute");
        let mut refused = activity.begin();
        assert_eq!(activity.idle_for(), Duration::ZERO);
        refused.does_not_count();
        drop(refused);
        assert!(activity.idle_for() >= Duration::from_secs(60));
        drop(activity.begin());
        assert!(activity.idle_for() < Duration::from_secs(60));
    }
}
