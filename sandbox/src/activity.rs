//! How many requests the server is answering, and for how long there has been none.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::watch;

#[derive(Debug)]
pub struct Activity {
    active: watch::Sender<Active>,
    last_end: Mutex<Instant>,
}

#[derive(Debug, Default)]
struct Active {
    requests: usize,
    /// No others begin.
    is_closed: bool,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            active: watch::Sender::default(),
            last_end: Mutex::new(Instant::now()),
        }
    }
}

impl Activity {
    /// Counts a request as active until the result is dropped. `None` when no request may begin any more.
    pub fn begin(&self) -> Option<ActiveRequest<'_>> {
        let begins = self.active.send_if_modified(|active| {
            let is_open = !active.is_closed;
            active.requests += usize::from(is_open);
            is_open
        });
        begins.then(|| ActiveRequest {
            activity: self,
            counts: true,
        })
    }

    /// For how long no request has been active; zero while one is.
    pub fn idle_for(&self) -> Duration {
        match self.active.borrow().requests {
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
        let mut active = self.active.subscribe();
        // The sender outlives the wait.
        let _ = active.wait_for(|active| active.requests == 0).await;
    }

    /// Lets no request begin, and returns when none is active.
    pub async fn close(&self) {
        self.active.send_modify(|active| active.is_closed = true);
        self.all_ended().await;
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
        self.activity
            .active
            .send_modify(|active| active.requests -= 1);
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
        let mut refused = activity.begin().expect("it is open");
        assert_eq!(activity.idle_for(), Duration::ZERO);
        refused.does_not_count();
        drop(refused);
        assert!(activity.idle_for() >= Duration::from_secs(60));
        drop(activity.begin());
        assert!(activity.idle_for() < Duration::from_secs(60));
    }

    #[tokio::test]
    async fn no_request_begins_after_the_end() {
        let activity = Activity::default();
        let last = activity.begin().expect("it is open");
        let mut closing = std::pin::pin!(activity.close());
        let waits = std::future::poll_fn(|context| {
            std::task::Poll::Ready(closing.as_mut().poll(context).is_pending())
        });
        assert!(waits.await);
        assert!(activity.begin().is_none());
        drop(last);
        closing.await;
        assert!(activity.begin().is_none());
    }
}
