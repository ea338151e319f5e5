//! An operation under way: what it is to do, how far it has come.

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

/// An operation goes from phase to phase; [`conclude`](crate::cloudformation::engine)
/// decides which is next.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum Phase {
    /// Makes and changes resources as the stack's definition says.
    Apply,
    /// Removes what the definition does not name any more.
    Cleanup,
    /// Brings resources back to what they were before the update.
    Rollback,
    /// Removes what the failed update made.
    RollbackCleanup,
    /// Removes everything.
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
    /// Whether even what is to be retained goes when it was new.
    pub retain_except_on_create: bool,
    /// Resources that are left as they are: in a deletion or in a rollback that goes on.
    pub skip: BTreeSet<String>,
    /// Somebody asked for an end: no further resource is begun.
    pub cancelled: bool,
    /// The steps of this phase that are done, and those that failed.
    pub done: BTreeSet<String>,
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
            done: BTreeSet::new(),
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
