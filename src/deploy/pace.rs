//! How often to ask whether something has ended.

use std::time::{Duration, Instant};

const SHORTEST: Duration = Duration::from_millis(50);
/// An answer comes late by at most this part of the time it took.
const PART: u32 = 6;

/// Pauses that grow with the time already waited, so that quick things end quickly and long ones are
/// asked about rarely.
pub(super) struct Pace {
    since: Instant,
    longest: Duration,
}

impl Pace {
    pub fn up_to(longest: Duration) -> Self {
        Self {
            since: Instant::now(),
            longest,
        }
    }

    pub async fn pause(&self) {
        tokio::time::sleep(self.next(self.since.elapsed())).await;
    }

    fn next(&self, waited: Duration) -> Duration {
        (waited / PART).clamp(SHORTEST, self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_in_step_with_the_wait_and_stay_bounded() {
        let pace = Pace::up_to(Duration::from_secs(3));
        for (waited, pause) in [
            (0, 50),
            (300, 50),
            (600, 100),
            (6_000, 1_000),
            (60_000, 3_000),
        ] {
            assert_eq!(
                pace.next(Duration::from_millis(waited)),
                Duration::from_millis(pause)
            );
        }
    }
}
