//! The port between the queue and the services that it delivers to.

use async_trait::async_trait;
use http::StatusCode;
use serde_json::Value;

use super::Delivery;
use crate::fault::Fault;

/// A service that takes deliveries.
#[async_trait]
pub trait Target: Send + Sync {
    /// Tries once. May be called again with a delivery that was tried before, also after a success that
    /// could not be recorded before the process was killed.
    async fn deliver(&self, delivery: &Delivery) -> Attempt;

    /// The deliveries that follow from one that has ended, or why there is none to a destination. A service
    /// without reports of its own has dead-letter queues only.
    fn following(&self, delivery: &Delivery, ended: Ended, _: &Attempt) -> Vec<Following> {
        delivery.dead_letter(ended).map(Ok).into_iter().collect()
    }
}

/// A delivery to a destination, or why that gets nothing.
pub type Following = Result<Delivery, String>;

/// An attempt that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub outcome: Outcome,
    /// What the target answered, for the services that report it.
    pub answer: Option<Value>,
    /// What somebody else gets, where the target only hands over.
    pub handed_over: Option<Delivery>,
}

impl Attempt {
    /// That the delivery has ended, and goes on as `next`.
    pub fn handed_over(next: Delivery) -> Self {
        Self {
            handed_over: Some(next),
            ..Outcome::Succeeded.into()
        }
    }
}

impl From<Outcome> for Attempt {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            answer: None,
            handed_over: None,
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// The target took it and failed. Counts as an attempt.
    Failed(String),
    /// The target does not take it now, such as for throttling. Does not count.
    Unavailable(String),
    /// The target will never take it, such as for being deleted.
    Rejected(String),
}

impl Outcome {
    /// Of a target that answered with a fault. What a client could not do either is not tried again, unless it
    /// was throttled (429).
    pub fn of_fault(fault: &Fault) -> Self {
        if fault.is_client_error() && fault.status != StatusCode::TOO_MANY_REQUESTS {
            Self::Rejected(fault.to_string())
        } else {
            Self::Unavailable(fault.to_string())
        }
    }
}

/// Why a delivery has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Succeeded,
    RetriesExhausted,
    AgeExceeded,
    Rejected,
}
