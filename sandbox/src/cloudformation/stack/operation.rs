//! An operation on a stack: what it is to do, and which phase it is in.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Status;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OperationKind {
    CreateStack,
    UpdateStack,
    DeleteStack,
    /// Of a stack that failed and was left as it was.
    Rollback,
    ContinueRollback,
    /// That made a stack to review it.
    #[serde(rename = "CREATE_CHANGESET")]
    CreateChangeSet,
}

/// The phases of operations. What ends one decides which is next.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum Phase {
    /// Creates and updates resources as the stack's definition says.
    Apply,
    /// Deletes what the definition no longer contains.
    Cleanup,
    /// Returns resources to what they were before the update.
    #[serde(alias = "Revert")]
    Rollback,
    /// Deletes what the failed update created.
    #[serde(alias = "RevertCleanup")]
    RollbackCleanup,
    /// Deletes everything.
    #[serde(alias = "Remove")]
    Delete,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OnFailure {
    #[default]
    Rollback,
    Delete,
    DoNothing,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Operation {
    pub id: String,
    pub kind: OperationKind,
    pub phase: Phase,
    /// The client's token for the request.
    pub token: Option<String>,
    pub on_failure: OnFailure,
    /// Whether a rollback also deletes new resources that are to be retained.
    pub retain_except_on_create: bool,
    /// Resources that a deletion or a continued rollback leaves as they are.
    pub skip: BTreeSet<String>,
    /// A client asked for its end: no further steps are started.
    #[serde(alias = "stop")]
    pub cancelled: bool,
    /// The steps of this phase that failed.
    pub failed: BTreeMap<String, Status>,
}

impl Operation {
    pub fn new(kind: OperationKind, phase: Phase, token: Option<String>) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            kind,
            phase,
            token,
            on_failure: OnFailure::default(),
            retain_except_on_create: false,
            skip: BTreeSet::new(),
            cancelled: false,
            failed: BTreeMap::new(),
        }
    }

    /// Whether the phase begins no further steps. Removals go on with what they still can.
    pub fn is_halted(&self) -> bool {
        let gives_up = matches!(self.phase, Phase::Apply | Phase::Rollback);
        gives_up && (self.cancelled || !self.failed.is_empty())
    }

    /// "The following resource(s) failed to create: [A, B]. ", for each way of failing.
    pub fn failures(&self) -> String {
        let ways = [
            (Status::CreateFailed, "create"),
            (Status::UpdateFailed, "update"),
            (Status::DeleteFailed, "delete"),
        ];
        let mut told = String::new();
        for (status, verb) in ways {
            let failed =
                |(name, found): (&String, &Status)| (*found == status).then(|| name.clone());
            let names: Vec<String> = self.failed.iter().filter_map(failed).collect();
            if !names.is_empty() {
                let names = names.join(", ");
                told += &format!("The following resource(s) failed to {verb}: [{names}]. ");
            }
        }
        told
    }
}
