//! The servers' clock, as their answers show it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// By how much the servers' clock is ahead of this machine's, as their last answer showed.
#[derive(Debug, Default)]
pub(super) struct ServerClock {
    /// In seconds, as exact as the header `Date`.
    ahead: AtomicI64,
}

impl ServerClock {
    pub fn now(&self) -> SystemTime {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let difference = Duration::from_secs(ahead.unsigned_abs());
        let now = SystemTime::now();
        let corrected = if ahead < 0 {
            now.checked_sub(difference)
        } else {
            now.checked_add(difference)
        };
        corrected.unwrap_or(now)
    }

    /// Reads the header `Date`; one that is no date changes nothing.
    pub fn read(&self, date: &str) {
        let own = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        if let (Ok(servers), Ok(own)) = (DateTime::from_str(date, Format::HttpDate), own) {
            let own = i64::try_from(own.as_secs()).unwrap_or_default();
            self.ahead.store(servers.secs() - own, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_clock_counts() {
        let clock = ServerClock::default();
        let difference = || {
            let own = SystemTime::now();
            let servers = clock.now();
            servers
                .duration_since(own)
                .map(|ahead| ahead.as_secs() > 1_000_000)
        };
        assert_eq!(difference().ok(), Some(false));
        clock.read("no date");
        assert_eq!(difference().ok(), Some(false));
        clock.read("Fri, 01 Jan 2100 00:00:00 GMT");
        assert_eq!(difference().ok(), Some(true), "the server is ahead");
        clock.read("Fri, 02 Jan 2015 00:00:00 GMT");
        assert!(difference().is_err(), "the server is behind");
    }
}
