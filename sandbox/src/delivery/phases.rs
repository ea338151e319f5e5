//! Retries in phases: some at once, some after the shortest pause, some after pauses that grow, and the last ones
//! after the longest.
//!
//! Source: "Delivery policy stages" in "Amazon SNS message delivery retries", which names the functions and draws
//! them; the formulas here fit the drawing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Phases {
    /// How many retries there are in all.
    pub retries: u32,
    /// Of these: at once, before the pauses grow, and after they have grown.
    pub at_once: u32,
    pub before: u32,
    pub after: u32,
    pub shortest_seconds: u32,
    pub longest_seconds: u32,
    pub backoff: Backoff,
}

/// How pauses grow from the shortest to the longest.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    /// By the same each time.
    #[default]
    Linear,
    /// By one step, then by two, then by three.
    Arithmetic,
    /// By the same factor each time.
    Geometric,
    /// Twice as long each time, until the longest is reached.
    Exponential,
}

impl Phases {
    /// The pause before a retry, of which the first has the number 0.
    pub fn pause(&self, retry: u32) -> Duration {
        let (shortest, longest) = (
            Duration::from_secs(self.shortest_seconds.into()),
            Duration::from_secs(self.longest_seconds.into()),
        );
        let Some(rest) = retry.checked_sub(self.at_once) else {
            return Duration::ZERO;
        };
        let Some(rest) = rest.checked_sub(self.before) else {
            return shortest;
        };
        let growing = self
            .retries
            .saturating_sub(self.at_once + self.before + self.after);
        match rest < growing {
            true => self.backoff.pause(shortest, longest, rest, growing),
            false => longest,
        }
    }

    /// Of all pauses.
    pub fn total(&self) -> Duration {
        (0..self.retries).map(|retry| self.pause(retry)).sum()
    }
}

impl Backoff {
    /// The pause number `index` of `count`.
    fn pause(self, shortest: Duration, longest: Duration, index: u32, count: u32) -> Duration {
        let last = f64::from((count - 1).max(1));
        let index_f = f64::from(index);
        let range = longest.saturating_sub(shortest);
        let pause = match self {
            Self::Linear => shortest + range.mul_f64(index_f / last),
            Self::Arithmetic => {
                let (steps, all) = (index_f * (index_f + 1.0), last * (last + 1.0));
                shortest + range.mul_f64(steps / all)
            }
            Self::Geometric if shortest.is_zero() => shortest,
            Self::Geometric => {
                let factor = longest.as_secs_f64() / shortest.as_secs_f64();
                shortest.mul_f64(factor.powf(index_f / last))
            }
            Self::Exponential => shortest.saturating_mul(1 << index.min(16)),
        };
        pause.min(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(backoff: Backoff) -> Vec<u64> {
        let phases = Phases {
            retries: 10,
            at_once: 1,
            before: 2,
            after: 2,
            shortest_seconds: 5,
            longest_seconds: 80,
            backoff,
        };
        (0..10).map(|retry| phases.pause(retry).as_secs()).collect()
    }

    #[test]
    fn the_phases_follow_each_other_and_the_pauses_grow_in_between() {
        let around = |growing: [u64; 5]| {
            let mut all = vec![0, 5, 5];
            all.extend(growing);
            all.extend([80, 80]);
            all
        };
        for (backoff, growing) in [
            (Backoff::Linear, [5, 23, 42, 61, 80]),
            (Backoff::Arithmetic, [5, 12, 27, 50, 80]),
            (Backoff::Geometric, [5, 10, 20, 40, 80]),
            (Backoff::Exponential, [5, 10, 20, 40, 80]),
        ] {
            assert_eq!(pauses(backoff), around(growing), "{backoff:?}");
        }
    }

    #[test]
    fn one_growing_pause_is_the_shortest() {
        let phases = Phases {
            retries: 1,
            at_once: 0,
            before: 0,
            after: 0,
            shortest_seconds: 3,
            longest_seconds: 9,
            backoff: Backoff::Linear,
        };
        assert_eq!(phases.pause(0), Duration::from_secs(3));
        assert_eq!(phases.total(), Duration::from_secs(3));
    }
}
