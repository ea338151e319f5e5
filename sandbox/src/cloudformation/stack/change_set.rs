//! A change set: a definition that a stack could take, and what that would change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Definition, OnFailure, Stack, Status};
use crate::arn;
use crate::clock;
use crate::store::{Index, Record};

/// The properties that changed resources have now, by logical id; `None` for those that are gone.
pub type Drift = BTreeMap<String, Option<Value>>;

/// Under the stack's key and its own name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ChangeSet {
    /// The ARN.
    pub id: String,
    pub name: String,
    pub stack_id: String,
    pub stack_name: String,
    pub created: i64,
    pub description: Option<String>,
    /// Whether it is to create the stack, rather than to update it.
    pub creates: bool,
    pub definition: Definition,
    #[serde(alias = "text")]
    pub template: String,
    /// As `DescribeChangeSet` shows them.
    pub changes: Vec<Value>,
    /// Why it cannot be executed.
    pub failure: Option<String>,
    /// The stack's when it was made: another operation makes it obsolete.
    #[serde(alias = "turn")]
    pub phase_number: u64,
    pub on_failure: Option<OnFailure>,
    pub imports: BTreeSet<String>,
    /// What it brings back, of what was changed outside CloudFormation.
    #[serde(default)]
    pub drift: Drift,
    pub token: Option<String>,
}

/// By its ARN.
pub const BY_ID: Index<ChangeSet> = Index::new("id", |change_set| vec![change_set.id.clone()]);

impl Record for ChangeSet {
    const KIND: &'static str = "cloudformation.change-set";
    const INDEXES: &'static [Index<Self>] = &[BY_ID];
}

impl ChangeSet {
    pub fn new(name: &str, stack: &Stack, definition: Definition, template: String) -> Self {
        let unique = Uuid::new_v4();
        Self {
            id: arn::regional("cloudformation", format!("changeSet/{name}/{unique}")),
            name: name.to_owned(),
            stack_id: stack.id.clone(),
            stack_name: stack.name.clone(),
            created: clock::now(),
            description: None,
            creates: false,
            definition,
            template,
            changes: Vec::new(),
            failure: None,
            phase_number: stack.phase_number,
            on_failure: None,
            imports: BTreeSet::new(),
            drift: Drift::new(),
            token: None,
        }
    }

    pub fn status(&self) -> &'static str {
        match self.failure {
            Some(_) => "FAILED",
            None => "CREATE_COMPLETE",
        }
    }

    pub fn execution_status(&self, stack: &Stack) -> &'static str {
        let executed = stack.change_set.as_deref() == Some(&self.id);
        match (
            &self.failure,
            executed,
            self.phase_number == stack.phase_number,
        ) {
            (Some(_), _, _) => "UNAVAILABLE",
            (None, true, _) if stack.operation.is_some() => "EXECUTE_IN_PROGRESS",
            (None, true, _) => match stack.status {
                Status::CreateComplete | Status::UpdateComplete => "EXECUTE_COMPLETE",
                _ => "EXECUTE_FAILED",
            },
            (None, false, true) => "AVAILABLE",
            (None, false, false) => "OBSOLETE",
        }
    }

    /// Whether it was executed to the end. It is found by its ARN only from then on, and its name is
    /// free. Source: "Execute a change set" in CloudFormation's user guide: the change sets of an
    /// updated stack are deleted.
    pub fn is_over(&self, stack: &Stack) -> bool {
        stack.change_set.as_deref() == Some(&self.id) && stack.operation.is_none()
    }

    /// As `ListChangeSets` shows it.
    pub fn summary(&self, stack: &Stack) -> Value {
        json!({
            "ChangeSetId": self.id,
            "ChangeSetName": self.name,
            "StackId": self.stack_id,
            "StackName": self.stack_name,
            "CreationTime": clock::to_the_millisecond(self.created),
            "Description": self.description,
            "Status": self.status(),
            "StatusReason": self.failure,
            "ExecutionStatus": self.execution_status(stack),
            "IncludeNestedStacks": false,
            "ImportExistingResources": false,
        })
    }
}
