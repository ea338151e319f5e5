//! The record of a stack: all that the engine has to know to go on, wherever it was left. Changing a
//! status here makes the event that tells of it; both are kept together or not at all.

mod change_set;
mod definition;
mod event;
mod operation;
mod resource;
mod status;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use change_set::{BY_ID, ChangeSet};
pub use definition::{Definition, TemplateBody};
pub use event::Event;
pub use operation::{OnFailure, Operation, OperationKind, Phase};
pub use resource::{ActualState, Obsolete, PendingCreate, PendingUpdate, Policies, Resource};
pub use status::Status;

use super::template::Output;
use crate::clock::now;
use crate::store::Record;
use crate::{ACCOUNT, REGION};

/// How many of the latest requests' request_tokens are remembered.
const TOKENS: usize = 20;
pub const STACK: &str = "AWS::CloudFormation::Stack";

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Stack {
    /// The ARN: it names one life of the stack.
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
    pub resources: BTreeMap<String, Resource>,
    pub obsolete: Vec<Obsolete>,
    /// The stack as it stood before the update that is under way or failed.
    pub previous: Option<Box<PreviousState>>,
    pub operation: Option<Operation>,
    /// The operation before.
    pub last: Option<(String, OperationKind)>,
    pub request_tokens: Vec<(String, OperationKind)>,
    /// Counts the phases of all operations.
    pub phase_number: u64,
    pub events: u64,
    pub latest_event: i64,
    /// The numbers of the templates that are kept.
    pub templates: Vec<u64>,
    #[serde(skip)]
    pub unsaved: Unsaved,
}

/// What goes into the store along with the stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unsaved {
    pub events: Vec<Event>,
    pub text: Option<(u64, String)>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PreviousState {
    pub definition: Definition,
    pub resources: BTreeMap<String, Resource>,
    pub outputs: Vec<Output>,
}

impl Record for Stack {
    const KIND: &'static str = "cloudformation.stack";
}

impl Stack {
    /// A stack that has nothing yet, not even a definition.
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
            resources: BTreeMap::new(),
            obsolete: Vec::new(),
            previous: None,
            operation: None,
            last: None,
            request_tokens: Vec::new(),
            phase_number: 0,
            events: 0,
            latest_event: 0,
            templates: Vec::new(),
            unsaved: Unsaved::default(),
        }
    }

    /// Whether nothing has defined it: a change set is to create it.
    pub fn has_no_template(&self) -> bool {
        self.templates.is_empty()
    }

    /// A new id for a stack of that name.
    pub fn new_id(name: &str) -> String {
        let unique = Uuid::new_v4();
        format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{unique}")
    }

    /// What begins the keys of what belongs to the stack; unlike its name it is never given again.
    pub fn key(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }

    pub fn set_definition(&mut self, mut definition: Definition, text: String) {
        let number = self.templates.iter().max().map_or(1, |last| last + 1);
        self.templates.push(number);
        definition.text = number;
        self.definition = definition;
        self.unsaved.text = Some((number, text));
    }

    /// Begins an operation.
    pub fn start_operation(&mut self, operation: Operation) {
        if let Some(token) = &operation.token {
            self.request_tokens.push((token.clone(), operation.kind));
            let surplus = self.request_tokens.len().saturating_sub(TOKENS);
            self.request_tokens.drain(..surplus);
        }
        self.operation = Some(operation);
        self.phase_number += 1;
    }

    /// Goes over to the operation's next phase.
    pub fn start_phase(&mut self, phase: Phase) {
        self.phase_number += 1;
        if let Some(operation) = &mut self.operation {
            operation.phase = phase;
            operation.done.clear();
            operation.failed.clear();
        }
    }

    /// Ends the operation.
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

    /// Changes the status of the stack.
    pub fn set_status(&mut self, status: Status, reason: Option<&str>) {
        self.status = status;
        self.reason = reason.map(str::to_owned);
        let (name, id) = (self.name.clone(), self.id.clone());
        self.record_event(&name, &id, STACK, status, reason);
    }

    /// Changes the status of a resource.
    pub fn set_resource_status(&mut self, logical_id: &str, status: Status, reason: Option<&str>) {
        let time = self.next_time();
        let Some(resource) = self.resources.get_mut(logical_id) else {
            return;
        };
        resource.status = status;
        resource.reason = reason.map(str::to_owned);
        resource.changed = time;
        let (kind, physical_id) = (resource.kind.clone(), resource.physical_id.clone());
        let physical_id = physical_id.unwrap_or_default();
        self.record_event(logical_id, &physical_id, &kind, status, reason);
    }

    /// Tells of a thing that no resource stands for any more.
    pub fn set_obsolete_status(
        &mut self,
        obsolete: &Obsolete,
        status: Status,
        reason: Option<&str>,
    ) {
        let Obsolete {
            logical_id,
            kind,
            physical_id,
            ..
        } = obsolete;
        self.record_event(logical_id, physical_id, kind, status, reason);
    }

    fn record_event(
        &mut self,
        logical_id: &str,
        physical_id: &str,
        kind: &str,
        status: Status,
        reason: Option<&str>,
    ) {
        let unique = Uuid::new_v4();
        self.latest_event = self.next_time();
        self.events += 1;
        let operation = self.operation.as_ref();
        self.unsaved.events.push(Event {
            id: match kind {
                STACK => unique.to_string(),
                _ => format!("{logical_id}-{status}-{unique}"),
            },
            number: self.events,
            time: self.latest_event,
            logical_id: logical_id.to_owned(),
            physical_id: physical_id.to_owned(),
            kind: kind.to_owned(),
            status,
            reason: reason.map(str::to_owned),
            token: operation.and_then(|operation| operation.token.clone()),
            operation: self.current(),
        });
    }

    /// Clients tell events apart, and new ones from those they saw, by their times.
    fn next_time(&self) -> i64 {
        now().max(self.latest_event + 1)
    }
}

/// The name in a stack's id.
pub fn name_of(id: &str) -> &str {
    match id.split_once(":stack/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or_default(),
        None => id,
    }
}
