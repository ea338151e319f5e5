//! A stack and what belongs to it, as records. Changing a status makes the event that reports it; both
//! are written together or not at all.

mod change_set;
mod definition;
mod event;
mod index;
mod obsolete;
mod operation;
mod resource;
mod state;
mod status;
mod step_state;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use change_set::{BY_ID, ChangeSet, Drift};
pub use definition::{Definition, TemplateBody};
pub use event::{Event, EventLog, Subject};
pub use index::{
    BY_CREATION, BY_DELETION, BY_EXPORT, BY_IMPORT, BY_NAME, EXISTING_BY_CREATION, WITH_OPERATION,
};
pub use obsolete::Obsolete;
pub use operation::{OnFailure, Operation, OperationKind, Phase};
pub use resource::{ActualState, BY_PHYSICAL_ID, PendingCreate, PendingUpdate, Resource};
pub use state::StackState;
pub use status::Status;
pub use step_state::StepState;

use super::template::Output;
use crate::arn;
use crate::clock::now;

/// How many of the latest requests' tokens are remembered.
const MAX_TOKENS: usize = 20;

/// A stack without its resources, which are records of their own.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Stack {
    /// The ARN. A stack that is created again under the same name has another.
    pub id: String,
    pub name: String,
    /// Times are in milliseconds since 1970.
    pub created: i64,
    pub updated: Option<i64>,
    pub deleted: Option<i64>,
    pub status: Status,
    pub reason: Option<String>,
    pub definition: Definition,
    pub disable_rollback: bool,
    pub termination_protection: bool,
    pub timeout_minutes: Option<u64>,
    /// The change set that was executed last.
    pub change_set: Option<String>,
    pub outputs: Vec<Output>,
    /// The exports of other stacks that this one uses.
    pub imports: BTreeSet<String>,
    /// What a rollback of the update that is under way or failed goes back to.
    pub previous: Option<Previous>,
    pub operation: Option<Operation>,
    /// The operation before.
    pub last: Option<(String, OperationKind)>,
    #[serde(alias = "tokens")]
    pub request_tokens: Vec<(String, OperationKind)>,
    /// Counts the phases of all operations.
    #[serde(alias = "turn")]
    pub phase_number: u64,
    /// The numbers of the templates that are kept.
    #[serde(alias = "texts")]
    pub templates: Vec<u64>,
}

/// A stack before its update; its resources have a previous state of their own.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Previous {
    pub definition: Definition,
    pub outputs: Vec<Output>,
}

impl Stack {
    /// A stack without a definition.
    pub fn new(id: String) -> Self {
        Self {
            name: name_of(&id).to_owned(),
            id,
            created: now(),
            updated: None,
            deleted: None,
            status: Status::ReviewInProgress,
            reason: None,
            definition: Definition::default(),
            disable_rollback: false,
            termination_protection: false,
            timeout_minutes: None,
            change_set: None,
            outputs: Vec::new(),
            imports: BTreeSet::new(),
            previous: None,
            operation: None,
            last: None,
            request_tokens: Vec::new(),
            phase_number: 0,
            templates: Vec::new(),
        }
    }

    /// A new id for a stack of that name.
    pub fn new_id(name: &str) -> String {
        let unique = Uuid::new_v4();
        arn::regional("cloudformation", format!("stack/{name}/{unique}"))
    }

    /// Its key among all stacks.
    pub fn key(&self) -> &str {
        key_of(&self.id)
    }

    /// What the keys of the records that belong to it begin with.
    pub fn prefix(&self) -> String {
        prefix_of(self.key())
    }

    pub fn exists(&self) -> bool {
        self.status != Status::DeleteComplete
    }

    /// Whether it was made for a change set that was not executed.
    pub fn has_no_template(&self) -> bool {
        self.templates.is_empty()
    }

    pub fn start_operation(&mut self, operation: Operation) {
        if let Some(token) = &operation.token {
            self.request_tokens.push((token.clone(), operation.kind));
            let surplus = self.request_tokens.len().saturating_sub(MAX_TOKENS);
            self.request_tokens.drain(..surplus);
        }
        self.operation = Some(operation);
        self.phase_number += 1;
    }

    /// Starts the operation's next phase.
    pub fn start_phase(&mut self, phase: Phase) {
        self.phase_number += 1;
        if let Some(operation) = &mut self.operation {
            operation.phase = phase;
            operation.failed.clear();
        }
    }

    pub fn end_operation(&mut self) {
        self.last = self.current();
        self.operation = None;
    }

    /// The operation under way or the one before: its id, its kind.
    pub fn current(&self) -> Option<(String, OperationKind)> {
        let current = self.operation.as_ref();
        current
            .map(|operation| (operation.id.clone(), operation.kind))
            .or_else(|| self.last.clone())
    }

    pub fn phase(&self) -> Option<Phase> {
        self.operation.as_ref().map(|operation| operation.phase)
    }
}

/// The name in a stack's id.
pub fn name_of(id: &str) -> &str {
    match id.split_once(":stack/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or_default(),
        None => id,
    }
}

/// The unique part of a stack's id, which is its key.
pub fn key_of(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

/// What the keys of the records begin with that belong to the stack with this key.
pub fn prefix_of(key: &str) -> String {
    format!("{key}/")
}
