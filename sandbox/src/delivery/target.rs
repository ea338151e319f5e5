//! The port between the queue and the services that it delivers to.

use async_trait::async_trait;

use super::Delivery;

/// A service that takes deliveries.
#[async_trait]
pub trait Target: Send + Sync {
    /// Tries once. May be called again with a delivery that was tried before, also after a success that
    /// could not be recorded before the process was killed.
    async fn deliver(&self, delivery: &Delivery) -> Outcome;

    /// What the destinations of an ended delivery are sent: its payload, as dead-letter queues get it,
    /// unless the service has a format of its own.
    fn report(&self, delivery: &Delivery, _: Ended, _: &Outcome) -> String {
        delivery.payload.clone()
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

/// Why a delivery has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Succeeded,
    RetriesExhausted,
    AgeExceeded,
    Rejected,
}
