//! Events that services of the sandbox send to buses.

use async_trait::async_trait;

use super::Events;
use super::event::event_with;
use super::names::bus_name;
use crate::delivery::{Attempt, BusEvent, Delivery, NotAccepted, Outcome, Target};
use crate::fault::Fault;

/// Who accepts a delivery to a bus has looked whether the event may be put there.
#[async_trait]
impl Target for Events {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let outcome = match serde_json::from_str(&delivery.payload) {
            Ok(event) => self.put_for_service(delivery, event),
            Err(error) => Outcome::Rejected(error.to_string()),
        };
        outcome.into()
    }
}

impl Events {
    /// The event keeps the id of the delivery, so that one that comes twice can be known.
    fn put_for_service(&self, delivery: &Delivery, event: BusEvent) -> Outcome {
        let deliveries = || {
            let bus = bus_name(Some(&delivery.target))?;
            self.bus(bus)?;
            self.deliveries_of(bus, &event_with(&delivery.id, event))
        };
        let accepted = deliveries().map(|deliveries| self.deliveries.accept_all(deliveries));
        match accepted {
            Ok(Ok(())) => Outcome::Succeeded,
            Ok(Err(NotAccepted::Full)) => Outcome::Unavailable(NotAccepted::Full.to_string()),
            Ok(Err(NotAccepted::Store(error))) => Outcome::of_fault(&Fault::from(error)),
            Err(fault) => Outcome::of_fault(&fault),
        }
    }
}
