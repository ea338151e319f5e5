//! The time: milliseconds since 1970 inside, ISO 8601 in answers and in logs.

#[cfg(test)]
pub mod turned;

use std::fmt::Debug;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// The time, for what waits; tests turn one of their own.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// In milliseconds since 1970.
    fn now(&self) -> i64;

    /// Returns when it is `at`, in milliseconds since 1970, or later.
    async fn sleep_until(&self, at: i64);
}

/// The system's own.
#[cfg(test)]
#[derive(Debug)]
pub struct SystemClock;

/// A timer does not count the time in which the machine was suspended, so the clock is read again
/// after this time.
pub const LONGEST_TIMER: Duration = Duration::from_secs(10);

#[cfg(test)]
#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> i64 {
        now()
    }

    async fn sleep_until(&self, at: i64) {
        while let left @ 1.. = at - now() {
            let left = Duration::from_millis(left.unsigned_abs());
            tokio::time::sleep(left.min(LONGEST_TIMER)).await;
        }
    }
}

/// In milliseconds since 1970. Not less than it was before in this process: where the system's time is
/// set back, this one goes on.
pub fn now() -> i64 {
    static STEADY: LazyLock<Steady> = LazyLock::new(Steady::default);
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    // The system's comes first: what passes until the other is read must not put this one ahead.
    let system = micros(since_1970(SystemTime::now()));
    STEADY.after(micros(BEGAN.elapsed()), system) / 1_000
}

/// A time that only goes forward, from one that can be set back and one that cannot. All in microseconds.
#[derive(Debug)]
struct Steady {
    /// By how much the first was ahead of the second, when it was most.
    ahead: AtomicI64,
}

impl Default for Steady {
    fn default() -> Self {
        Self {
            ahead: AtomicI64::new(i64::MIN),
        }
    }
}

impl Steady {
    fn after(&self, passed: i64, system: i64) -> i64 {
        let ahead = system - passed;
        self.ahead.fetch_max(ahead, Ordering::AcqRel).max(ahead) + passed
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970.
pub fn millis(time: SystemTime) -> i64 {
    i64::try_from(since_1970(time).as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
pub fn seconds(time: SystemTime) -> u64 {
    since_1970(time).as_secs()
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The time that is so many milliseconds after 1970 began.
pub fn at(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// As `2023-11-14T22:13:20Z`.
pub fn to_the_second(millis: i64) -> String {
    written(
        millis,
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"),
    )
}

/// As `2023-11-14T22:13:20.007Z`.
pub fn to_the_millisecond(millis: i64) -> String {
    written(
        millis,
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"),
    )
}

fn written(millis: i64, format: &[BorrowedFormatItem<'_>]) -> String {
    // Every part of these formats is one that every time has.
    at(millis).format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_clients_read_them() {
        let time = 1_700_000_000_007;
        assert_eq!(to_the_second(time), "2023-11-14T22:13:20Z");
        assert_eq!(to_the_millisecond(time), "2023-11-14T22:13:20.007Z");
    }

    #[test]
    fn it_goes_on_where_the_systems_is_set_back() {
        let steady = Steady::default();
        let times = [(0, 1_000), (10, 1_010), (20, 500), (30, 510), (40, 1_050)];
        let seen = times.map(|(passed, system)| steady.after(passed, system));
        assert_eq!(seen, [1_000, 1_010, 1_020, 1_030, 1_050]);
    }
}
