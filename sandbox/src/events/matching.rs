//! What an event that comes to a bus sets off.

use serde_json::Value;

use super::Events;
use super::rule::prefix;
use crate::delivery::Delivery;
use crate::fault::Fault;

impl Events {
    /// Deliveries to all targets of the rules of the bus that the event matches.
    pub fn deliveries_of(&self, bus: &str, event: &Value) -> Result<Vec<Delivery>, Fault> {
        let rules = self.rules.under(&prefix(bus))?.into_iter();
        let matching = rules.filter(|(_, rule)| rule.matches(event));
        Ok(matching
            .flat_map(|(_, rule)| rule.deliveries(event, 0))
            .collect())
    }
}
