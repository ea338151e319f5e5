//! A resource of a stack: its actual state, and what is being done to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Obsolete, OperationKind, Stack, Status};
use crate::cloudformation::template::Policies;
use crate::store::{Index, Record};

/// Under the stack's key and its logical id.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Resource {
    pub kind: String,
    pub status: Status,
    pub reason: Option<String>,
    /// Milliseconds since 1970.
    pub changed: i64,
    /// The physical id that the latest event named.
    #[serde(alias = "physical")]
    pub physical_id: Option<String>,
    #[serde(alias = "made")]
    pub actual: Option<ActualState>,
    /// A creation that is under way, or was when an operation failed.
    #[serde(alias = "intent")]
    pub creating: Option<PendingCreate>,
    /// An update in place that is under way, or failed, or is to be undone in a rollback.
    #[serde(alias = "attempt")]
    pub updating: Option<PendingUpdate>,
    #[serde(alias = "terms")]
    pub policies: Policies,
    /// The phase in which its step was done last.
    #[serde(default)]
    pub done_in: u64,
    /// What a rollback of the update that is under way or failed goes back to. A resource that the
    /// update added has none.
    #[serde(default)]
    pub previous: Option<Box<Self>>,
}

/// By the physical id in its actual state.
pub const BY_PHYSICAL_ID: Index<Resource> = Index::new("physical-id", |resource| {
    let physical_id = resource.actual_id();
    physical_id.into_iter().map(str::to_owned).collect()
});

impl Record for Resource {
    const KIND: &'static str = "cloudformation.resource";
    const INDEXES: &'static [Index<Self>] = &[BY_PHYSICAL_ID];
}

/// A resource as its service has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ActualState {
    #[serde(alias = "physical")]
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
    #[serde(alias = "turn")]
    pub phase_number: u64,
    #[serde(alias = "physical")]
    pub physical_id: String,
    pub properties: Value,
    /// Whether the service said that it has nothing with this id. What has it from then on is the
    /// stack's own.
    #[serde(alias = "absent")]
    pub seen_absent: bool,
}

/// Kept before the service is asked to update a resource in place.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PendingUpdate {
    #[serde(alias = "turn")]
    pub phase_number: u64,
    pub properties: Value,
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
            done_in: 0,
            previous: None,
        }
    }

    /// Notes that a rollback goes back to what it is now.
    pub fn keep_previous(&mut self) {
        self.previous = None;
        self.previous = Some(Box::new(self.clone()));
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

    /// What is deleted with the stack: its actual state, or what an unfinished creation may have made.
    pub fn deletion(&self, stack: &Stack, logical_id: &str) -> Option<Obsolete> {
        if self.creating.is_some() {
            return self.obsolete_creation(logical_id);
        }
        let retain = stack.operation.as_ref().is_some_and(|operation| {
            // Everything that a failed creation made is new.
            let is_new = operation.kind != OperationKind::DeleteStack;
            let except = operation.retain_except_on_create;
            operation.skip.contains(logical_id) || self.policies.retains(is_new, except)
        });
        self.obsolete(logical_id, retain)
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
