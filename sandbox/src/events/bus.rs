//! An event bus as it is recorded, and its policy.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Events;
use super::fault::no_bus;
use super::names::{DEFAULT_BUS, bus_arn, bus_name};
use crate::authorise::Access;
use crate::authorise::policy::ResourcePolicy;
use crate::fault::Fault;
use crate::store::Record;
use crate::tags::Tags;

/// The default bus has a record once something of it was changed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Bus {
    pub name: String,
    pub description: Option<String>,
    /// The statements of its policy.
    pub statements: Vec<Value>,
    pub tags: Tags,
    /// In milliseconds since 1970, as the next.
    pub created_at: i64,
    pub modified_at: i64,
}

impl Record for Bus {
    const KIND: &'static str = "events.bus";
}

impl Bus {
    pub fn new(name: &str, now: i64) -> Self {
        Self {
            name: name.to_owned(),
            created_at: now,
            modified_at: now,
            ..Self::default()
        }
    }

    /// `EventBus`, as lists have it.
    pub fn summary(&self) -> Value {
        let mut shown = json!({ "Name": self.name, "Arn": bus_arn(&self.name) });
        if let Some(description) = &self.description {
            shown["Description"] = json!(description);
        }
        if let Some(policy) = self.policy() {
            shown["Policy"] = json!(policy.to_string());
        }
        if self.created_at > 0 {
            shown["CreationTime"] = json!(self.created_at as f64 / 1000.0);
            shown["LastModifiedTime"] = json!(self.modified_at as f64 / 1000.0);
        }
        shown
    }

    fn policy(&self) -> Option<Value> {
        let statements = &self.statements;
        (!statements.is_empty())
            .then(|| json!({ "Version": "2012-10-17", "Statement": statements }))
    }
}

impl Events {
    pub fn bus(&self, name: &str) -> Result<Bus, Fault> {
        match self.buses.get(name)? {
            Some(bus) => Ok(bus),
            None if name == DEFAULT_BUS => Ok(Bus::new(name, 0)),
            None => Err(no_bus(name)),
        }
    }

    /// Changes an existing bus; when `change` fails, nothing is changed.
    pub fn change_bus<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Bus) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let now = self.clock.now();
        self.buses.change(name, |found| {
            if found.is_none() && name == DEFAULT_BUS {
                *found = Some(Bus::new(name, now));
            }
            let bus = found.as_mut().ok_or_else(|| no_bus(name))?;
            bus.modified_at = now;
            change(bus)
        })
    }
}

/// What a bus's policy allows, and whom.
pub fn policy_of(events: &Events, access: &Access) -> Result<Option<ResourcePolicy>, Fault> {
    let Ok(name) = bus_name(Some(&access.resource)) else {
        return Ok(None);
    };
    let policy = events.buses.get(name)?.and_then(|bus| bus.policy());
    policy
        .map(|policy| ResourcePolicy::read(&policy))
        .transpose()
}
