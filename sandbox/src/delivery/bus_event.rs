//! Events that services send to event buses of EventBridge.
//!
//! Source: "Events in Amazon EventBridge".

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Delivery;
use crate::arn;

/// What somebody has to say in an event.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct BusEvent {
    pub source: String,
    pub detail_type: String,
    /// In milliseconds since 1970.
    pub time: i64,
    pub resources: Vec<String>,
    pub detail: Value,
}

impl BusEvent {
    /// The delivery of it to the bus with this ARN. Its id is that of the event.
    pub fn delivery(&self, bus: &str) -> Delivery {
        Delivery::new(Uuid::new_v4(), bus, json!(self).to_string())
    }

    /// The delivery of it to the bus that services send to.
    pub fn to_default_bus(&self) -> Delivery {
        self.delivery(&arn::regional("events", "event-bus/default"))
    }
}
