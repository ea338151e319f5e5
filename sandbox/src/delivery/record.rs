//! A delivery as it is recorded, and when it is tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::phases::Phases;
use super::target::{Ended, Outcome};
use crate::store::Record;

/// Before the first retry after a failure. The second waits twice as long.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>, as for
/// all that follows: "a one-minute wait between the first two attempts, and two minutes between the
/// second and third".
const AFTER_FAILURE: Duration = Duration::from_secs(60);
/// After a target was unavailable: "increases exponentially from 1 second after the first attempt to a
/// maximum of 5 minutes".
const SHORTEST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);

/// Something on its way to a target.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The id of the request that was accepted.
    pub id: String,
    /// An ARN.
    pub target: String,
    pub payload: String,
    /// What goes along with the payload, where the target takes messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// In milliseconds since 1970, as all times here. Set when it is accepted.
    pub accepted_at: i64,
    /// When it is tried next; for a new one the earliest time of the first attempt.
    pub due_at: i64,
    /// How many attempts have failed.
    pub failures: u32,
    pub retry: RetryPolicy,
    pub destinations: Destinations,
    /// Where the target has to get deliveries one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
}

/// The place of a delivery among those of its group to the same target: it is not tried before those with smaller
/// numbers have ended.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Order {
    pub group: String,
    /// What is the same if it is the same message.
    pub deduplication_id: String,
    /// Grows with every delivery of the group.
    pub number: u64,
}

/// Of a message.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Attribute {
    pub name: String,
    /// Such as `String`.
    pub data_type: String,
    pub value: String,
}

impl Attribute {
    pub fn new(name: &str, data_type: &str, value: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            value: value.into(),
        }
    }
}

/// How long a delivery is tried, and after which pauses. The default is Lambda's: 2 retries, 6 hours.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct RetryPolicy {
    /// Of attempts that failed.
    pub max_retries: u32,
    pub max_age_seconds: u32,
    #[serde(default)]
    pub pause: Pause,
}

/// How long is waited after an attempt that failed.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum Pause {
    /// As Lambda waits after a function failed.
    #[default]
    AfterFunction,
    /// As after an unavailable target: short at first.
    Growing,
    /// As a policy says.
    Phases(Phases),
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 2,
            max_age_seconds: 6 * 60 * 60,
            pause: Pause::default(),
        }
    }
}

/// Targets, as ARNs, that get a delivery of their own when this one has ended.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Destinations {
    pub on_success: Option<String>,
    pub on_failure: Option<String>,
    /// Gets the payload itself.
    pub dead_letter: Option<String>,
}

impl Record for Delivery {
    const KIND: &'static str = "delivery";
}

impl Delivery {
    /// To be tried at once, with the default policy and without destinations.
    pub fn new(id: impl Into<String>, target: impl Into<String>, payload: String) -> Self {
        Self {
            id: id.into(),
            target: target.into(),
            payload,
            attributes: Vec::new(),
            accepted_at: 0,
            due_at: 0,
            failures: 0,
            retry: RetryPolicy::default(),
            destinations: Destinations::default(),
            order: None,
        }
    }

    /// What those that come one after the other have in common.
    pub fn lane(&self) -> Option<String> {
        let order = self.order.as_ref()?;
        Some(format!("{} {}", self.target, order.group))
    }

    /// A delivery of the payload to its dead-letter queue, if it has one and did not succeed.
    pub fn dead_letter(&self, ended: Ended) -> Option<Self> {
        let target = self.destinations.dead_letter.as_ref();
        let target = target.filter(|_| ended != Ended::Succeeded)?;
        Some(Self::new(Uuid::new_v4(), target, self.payload.clone()))
    }

    /// Where an ended delivery is reported, if it is.
    pub fn reported_to(&self, ended: Ended) -> Option<&str> {
        let Destinations {
            on_success,
            on_failure,
            ..
        } = &self.destinations;
        let target = match ended {
            Ended::Succeeded => on_success,
            _ => on_failure,
        };
        target.as_deref()
    }
}

/// What follows an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    RetryAt(i64),
    Ended(Ended),
}

/// The attempts at one delivery since the process has begun.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    /// From when on the age of the delivery counts. The time in which no sandbox ran does not:
    /// what was accepted before a stop is not too old after it.
    since: i64,
    unavailable: u32,
}

impl Attempts {
    /// `now` is when the process takes the delivery up.
    pub fn begin(now: i64) -> Self {
        Self {
            since: now,
            unavailable: 0,
        }
    }

    /// Says what follows an attempt that ended at `now`, and counts it in the delivery if it failed.
    pub fn next(&mut self, delivery: &mut Delivery, outcome: &Outcome, now: i64) -> Next {
        let RetryPolicy {
            max_retries,
            max_age_seconds,
            pause,
        } = delivery.retry;
        let pause = match outcome {
            Outcome::Succeeded => return Next::Ended(Ended::Succeeded),
            Outcome::Rejected(_) => return Next::Ended(Ended::Rejected),
            Outcome::Failed(_) => {
                delivery.failures += 1;
                if delivery.failures > max_retries {
                    return Next::Ended(Ended::RetriesExhausted);
                }
                match pause {
                    Pause::AfterFunction => AFTER_FAILURE * delivery.failures,
                    Pause::Growing => backoff(delivery.failures - 1),
                    Pause::Phases(phases) => phases.pause(delivery.failures - 1),
                }
            }
            Outcome::Unavailable(_) => {
                self.unavailable += 1;
                backoff(self.unavailable - 1)
            }
        };
        let due_at = now + millis(pause);
        if due_at - self.since > i64::from(max_age_seconds) * 1000 {
            return Next::Ended(Ended::AgeExceeded);
        }
        delivery.due_at = due_at;
        Next::RetryAt(due_at)
    }
}

/// After so many attempts before.
fn backoff(attempts: u32) -> Duration {
    (SHORTEST_BACKOFF * (1 << attempts.min(16))).min(LONGEST_BACKOFF)
}

pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Outcome {
        Outcome::Failed(String::new())
    }

    fn unavailable() -> Outcome {
        Outcome::Unavailable(String::new())
    }

    #[test]
    fn what_fails_is_tried_three_times() {
        let mut delivery = Delivery::new("id", "arn", String::new());
        let mut attempts = Attempts::begin(0);
        let mut next = |outcome, now| attempts.next(&mut delivery, &outcome, now);
        assert_eq!(next(failed(), 0), Next::RetryAt(60_000));
        assert_eq!(next(unavailable(), 60_000), Next::RetryAt(61_000));
        assert_eq!(next(failed(), 61_000), Next::RetryAt(181_000));
        assert_eq!(
            next(failed(), 181_000),
            Next::Ended(Ended::RetriesExhausted)
        );
        assert_eq!(delivery.failures, 3);
    }

    #[test]
    fn a_policy_may_allow_no_retry() {
        let mut delivery = Delivery::new("id", "arn", String::new());
        delivery.retry.max_retries = 0;
        let next = Attempts::begin(0).next(&mut delivery, &failed(), 0);
        assert_eq!(next, Next::Ended(Ended::RetriesExhausted));
    }

    #[test]
    fn pauses_that_grow_are_short_at_first() {
        let mut delivery = Delivery::new("id", "arn", String::new());
        delivery.retry = RetryPolicy {
            max_retries: 185,
            max_age_seconds: 24 * 60 * 60,
            pause: Pause::Growing,
        };
        let (mut attempts, mut now, mut pauses) = (Attempts::begin(0), 0, Vec::new());
        while let Next::RetryAt(due) = attempts.next(&mut delivery, &failed(), now) {
            pauses.push((due - now) / 1000);
            now = due;
        }
        assert_eq!(pauses[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!((pauses.len(), delivery.failures), (185, 186));
    }

    #[test]
    fn an_unavailable_target_is_tried_for_six_hours_with_growing_pauses() {
        let mut delivery = Delivery::new("id", "arn", String::new());
        let (mut attempts, mut now, mut pauses) = (Attempts::begin(0), 0, Vec::new());
        while let Next::RetryAt(due) = attempts.next(&mut delivery, &unavailable(), now) {
            pauses.push((due - now) / 1000);
            now = due;
        }
        assert_eq!(pauses[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert!(pauses[10..].iter().all(|pause| *pause == 300));
        let six_hours = 6 * 60 * 60 * 1000;
        assert!((six_hours - 300_000..=six_hours).contains(&now), "{now}");
        assert_eq!(delivery.failures, 0);
    }

    #[test]
    fn a_retry_that_would_come_too_late_is_not_waited_for() {
        let mut delivery = Delivery::new("id", "arn", String::new());
        delivery.retry.max_age_seconds = 59;
        let mut attempts = Attempts::begin(1_000);
        let next = attempts.next(&mut delivery, &failed(), 1_000);
        assert_eq!(next, Next::Ended(Ended::AgeExceeded));
    }
}
