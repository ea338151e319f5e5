//! Asynchronous delivery: what a service has accepted is handed to its target in the background, and
//! again when that fails.
//!
//! A [`Delivery`] is a record from its acceptance to its end, so it survives the end of the process, and
//! [`DeliveryQueue::resume`] goes on with it: its target gets it at least once. The queue knows the
//! targets through a port only ([`Target`]). A service that others deliver to implements it; the
//! service in a target's ARN says which one that is, or the service and the kind of its resource.
//!
//! Deliveries that wait do not keep an idle sandbox running unless they are due soon
//! ([`DeliveryQueue::is_busy`]): the others are resumed at its next start.

mod bus_event;
mod ends;
mod phases;
mod queue;
mod record;
mod target;
#[cfg(test)]
mod tests;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::service::Background;

pub use bus_event::BusEvent;
pub use phases::{Backoff, Phases};
pub use queue::{DeliveryQueue, NotAccepted};
pub use record::{Attribute, Delivery, Destinations, Order, Pause, RetryPolicy};
pub use target::{Attempt, Ended, Following, Outcome, Target};

#[async_trait]
impl Background for DeliveryQueue {
    fn resume(self: Arc<Self>) {
        Self::resume(&self);
    }

    fn is_busy(&self) -> bool {
        self.is_busy()
    }

    fn is_working(&self) -> bool {
        self.is_due_within(Duration::ZERO)
    }

    async fn stop(&self) {
        self.stop();
    }
}
