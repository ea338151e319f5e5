//! A schedule group as it is recorded.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Scheduler;
use super::fault::no_group;
use super::names::{DEFAULT_GROUP, group_arn};
use crate::fault::Fault;
use crate::store::Record;
use crate::tags::Tags;

/// The default group has a record once something of it was changed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Group {
    pub name: String,
    pub tags: Tags,
    /// Of the request that created it.
    pub token: Option<String>,
    /// In milliseconds since 1970, as the next.
    pub created_at: i64,
    pub modified_at: i64,
}

impl Record for Group {
    const KIND: &'static str = "scheduler.group";
}

impl Group {
    pub fn new(name: &str, now: i64) -> Self {
        Self {
            name: name.to_owned(),
            created_at: now,
            modified_at: now,
            ..Self::default()
        }
    }

    pub fn shown(&self) -> Value {
        json!({
            "Arn": group_arn(&self.name),
            "Name": self.name,
            "State": "ACTIVE",
            "CreationDate": self.created_at as f64 / 1000.0,
            "LastModificationDate": self.modified_at as f64 / 1000.0,
        })
    }
}

impl Scheduler {
    pub fn group(&self, name: &str) -> Result<Group, Fault> {
        match self.groups.get(name)? {
            Some(group) => Ok(group),
            None if name == DEFAULT_GROUP => Ok(Group::new(name, 0)),
            None => Err(no_group(name)),
        }
    }

    /// Changes an existing group; when `change` fails, nothing is changed.
    pub fn change_group<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Group) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let now = self.clock.now();
        self.groups.change(name, |found| {
            if found.is_none() && name == DEFAULT_GROUP {
                *found = Some(Group::new(name, 0));
            }
            let group = found.as_mut().ok_or_else(|| no_group(name))?;
            group.modified_at = now;
            change(group)
        })
    }
}
