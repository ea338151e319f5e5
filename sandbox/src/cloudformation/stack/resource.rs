//! A resource of a stack: its actual state, and what is being done to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Status;
use crate::cloudformation::template::Retention;

/// Under its logical id in the stack.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Resource {
    pub kind: String,
    pub status: Status,
    pub reason: Option<String>,
    /// Milliseconds since 1970.
    pub changed: i64,
    /// The physical id that the latest event named.
    pub physical_id: Option<String>,
    pub actual: Option<ActualState>,
    /// A creation that is under way, or was when an operation failed.
    pub creating: Option<PendingCreate>,
    /// An update in place that is under way, or failed, or is to be undone in a rollback.
    pub updating: Option<PendingUpdate>,
    pub policies: Policies,
}

/// What the template says of a resource besides its type and properties.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Policies {
    pub depends_on: BTreeSet<String>,
    pub deletion_policy: Retention,
    pub update_replace_policy: Retention,
    pub metadata: Option<Value>,
}

impl Policies {
    /// Whether a resource that leaves the stack is retained. `is_new` says that the operation that
    /// is rolled back created it.
    pub fn retains(&self, is_new: bool, retain_except_on_create: bool) -> bool {
        match self.deletion_policy {
            Retention::Delete | Retention::Snapshot => false,
            Retention::RetainExceptOnCreate => !is_new,
            Retention::Retain => !(is_new && retain_except_on_create),
        }
    }

    /// Whether a resource that was replaced is retained.
    pub fn retains_replaced(&self) -> bool {
        matches!(
            self.update_replace_policy,
            Retention::Retain | Retention::RetainExceptOnCreate
        )
    }
}

/// A resource as its service has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ActualState {
    pub physical_id: String,
    /// Evaluated, as they were at the latest creation or update.
    pub properties: Value,
    pub attributes: BTreeMap<String, Value>,
}

/// Kept before the service is asked to create a resource. If the sandbox is killed before the answer
/// comes, what has this physical id is known as the stack's own.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PendingCreate {
    /// The phase of the stack that began it.
    pub phase_number: u64,
    pub physical_id: String,
    pub properties: Value,
    /// Whether the service was seen to have nothing with this id: from then on what has it is the
    /// stack's own.
    pub seen_absent: bool,
}

/// Kept before the service is asked to update a resource in place.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PendingUpdate {
    pub phase_number: u64,
    pub properties: Value,
}

/// A resource that no logical id of the stack stands for any more: it is to be deleted or retained.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Obsolete {
    pub logical_id: String,
    pub kind: String,
    pub physical_id: String,
    pub properties: Value,
    pub depends_on: BTreeSet<String>,
    pub retain: bool,
    /// The properties of an update that may have been made in part.
    #[serde(default)]
    pub updating: Option<Value>,
    /// Whether an event has said that it is being deleted.
    #[serde(default)]
    pub deleting: bool,
}

impl Resource {
    /// One that is still to be created.
    pub fn new(kind: &str, policies: Policies) -> Self {
        Self {
            kind: kind.to_owned(),
            status: Status::CreateInProgress,
            reason: None,
            changed: 0,
            physical_id: None,
            actual: None,
            creating: None,
            updating: None,
            policies,
        }
    }

    pub fn actual_id(&self) -> Option<&str> {
        self.actual
            .as_ref()
            .map(|actual| actual.physical_id.as_str())
    }

    /// Its actual state, as obsolete.
    pub fn obsolete(&self, logical_id: &str, retain: bool) -> Option<Obsolete> {
        let actual = self.actual.as_ref()?;
        let (physical_id, properties) = (&actual.physical_id, &actual.properties);
        let mut obsolete = self.as_obsolete(logical_id, physical_id, properties, retain);
        obsolete.updating = (self.updating.as_ref()).map(|updating| updating.properties.clone());
        Some(obsolete)
    }

    /// What an unfinished creation may have made, as obsolete.
    pub fn obsolete_creation(&self, logical_id: &str) -> Option<Obsolete> {
        let creating = self
            .creating
            .as_ref()
            .filter(|creating| creating.seen_absent)?;
        let (physical_id, properties) = (&creating.physical_id, &creating.properties);
        Some(self.as_obsolete(logical_id, physical_id, properties, false))
    }

    fn as_obsolete(
        &self,
        logical_id: &str,
        physical_id: &str,
        properties: &Value,
        retain: bool,
    ) -> Obsolete {
        Obsolete {
            logical_id: logical_id.to_owned(),
            kind: self.kind.clone(),
            physical_id: physical_id.to_owned(),
            properties: properties.clone(),
            depends_on: self.policies.depends_on.clone(),
            retain,
            updating: None,
            deleting: false,
        }
    }
}
