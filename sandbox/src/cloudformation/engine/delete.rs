//! The step that deletes a resource, or releases it.

use serde_json::Value;

use super::super::resources::ResourceType;
use super::super::stack::{Obsolete, Status, StepState};
use super::{Engine, reason};
use crate::fault::Fault;

impl Engine {
    pub(super) async fn delete(&self, state: &StepState) -> Result<(), Fault> {
        let Some(deletion) = state.deletion() else {
            return Ok(());
        };
        if deletion.retain {
            return self.release(state, &deletion, Status::DeleteSkipped);
        }
        let status = state.resource.as_ref().map(|resource| resource.status);
        if status != Some(Status::DeleteInProgress) && !deletion.deleting {
            self.change_step(state, |state| {
                state.set_deletion_status(&deletion, Status::DeleteInProgress, None);
            })?;
        }
        let deleted = match self.kind(&deletion.kind) {
            Ok(kind) => delete_obsolete(kind, &deletion).await,
            Err(reason) => Err(Fault::internal(reason)),
        };
        match deleted {
            Ok(()) => self.release(state, &deletion, Status::DeleteComplete),
            Err(fault) => self.change_step(state, |state| {
                let reason = reason(&fault);
                state.set_deletion_status(&deletion, Status::DeleteFailed, Some(&reason));
                state.record_failure(Status::DeleteFailed);
            }),
        }
    }

    /// Writes that the resource is no longer the stack's.
    fn release(&self, state: &StepState, deletion: &Obsolete, status: Status) -> Result<(), Fault> {
        self.change_step(state, |state| {
            state.set_deletion_status(deletion, status, None);
            if let Some(resource) = state.resource.as_mut() {
                resource.actual = None;
                resource.creating = None;
                resource.updating = None;
            }
            *state.obsolete = None;
        })
    }
}

async fn delete_obsolete(kind: &dyn ResourceType, deletion: &Obsolete) -> Result<(), Fault> {
    let (physical_id, properties) = (&deletion.physical_id, &deletion.properties);
    if let Some(updating) = &deletion.updating {
        // After this its properties are known again. If it fails, so does the deletion, with a reason.
        let _ = kind.update(physical_id, updating, properties).await;
    }
    delete_resource(kind, physical_id, properties).await
}

/// What its service refuses to delete and does not have counts as deleted: a creation can fail for a
/// name that nothing can have.
pub(super) async fn delete_resource(
    kind: &dyn ResourceType,
    physical_id: &str,
    properties: &Value,
) -> Result<(), Fault> {
    let Err(refused) = kind.delete(physical_id, properties).await else {
        return Ok(());
    };
    let may_exist = match kind.exists(physical_id, properties).await {
        Ok(exists) => exists,
        Err(fault) => !fault.is_client_error(),
    };
    if may_exist || !refused.is_client_error() {
        return Err(refused);
    }
    Ok(())
}
