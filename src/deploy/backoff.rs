//! How long to wait between polls.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock;

const SHORTEST: Duration = Duration::from_millis(20);
/// Each pause is this part of the time already waited, so a result is noticed late by at most that.
const PART: u32 = 6;
/// The same for what many wait for at the same time, under one limit.
const LARGE_PART: u32 = 2;
/// The same for what somebody else looks at too.
const WHOLE: u32 = 1;

/// Pauses that grow in proportion to the time already waited: short operations are noticed soon, and
/// long ones polled rarely.
#[derive(Debug)]
pub(super) struct Backoff {
    since: Instant,
    part: u32,
    longest: Duration,
}

impl Backoff {
    pub fn up_to(longest: Duration) -> Self {
        Self {
            since: clock::now(),
            part: PART,
            longest,
        }
    }

    /// With fewer polls, for what many wait for at the same time, under one limit.
    pub fn sparing(longest: Duration) -> Self {
        Self {
            part: LARGE_PART,
            ..Self::up_to(longest)
        }
    }

    /// With as few as may be, for what somebody else looks at too.
    pub fn rare(longest: Duration) -> Self {
        Self {
            part: WHOLE,
            ..Self::up_to(longest)
        }
    }

    pub async fn wait(&self) {
        clock::sleep(self.pause_after(clock::now() - self.since)).await;
    }

    fn pause_after(&self, waited: Duration) -> Duration {
        (waited / self.part).clamp(SHORTEST, self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_in_step_with_the_wait_and_stay_bounded() {
        let backoff = Backoff::up_to(Duration::from_secs(3));
        for (waited, pause) in [
            (0, 20),
            (120, 20),
            (600, 100),
            (6_000, 1_000),
            (60_000, 3_000),
        ] {
            assert_eq!(
                backoff.pause_after(Duration::from_millis(waited)),
                Duration::from_millis(pause)
            );
        }
    }
}
