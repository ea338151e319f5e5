//! The step that removes a thing, or lets go of it.

use super::super::resources::ResourceType;
use super::super::stack::{Obsolete, Stack, Status};
use super::steps::{deletions, step_of_obsolete};
use super::{Engine, done, reason};
use crate::fault::Fault;

impl Engine {
    pub(super) async fn remove(&self, stack: Stack, step: &str) -> Result<(), Fault> {
        let Some(obsolete) = deletions(&stack).remove(step) else {
            return Ok(());
        };
        if obsolete.retain {
            return self.release(&stack.id, step, &obsolete, Status::DeleteSkipped);
        }
        let status = stack.resources.get(step).map(|it| it.status);
        if status != Some(Status::DeleteInProgress) && !obsolete.deleting {
            self.stacks.change(&stack.id, |stack| {
                set_status(stack, step, &obsolete, Status::DeleteInProgress, None);
                Ok(())
            })?;
        }
        let removed = match self.kind(&obsolete.kind) {
            Ok(kind) => delete_resource(kind, &obsolete).await,
            Err(reason) => Err(Fault::internal(reason)),
        };
        match removed {
            Ok(()) => self.release(&stack.id, step, &obsolete, Status::DeleteComplete),
            Err(fault) => self.stacks.change(&stack.id, |stack| {
                let reason = reason(&fault);
                set_status(stack, step, &obsolete, Status::DeleteFailed, Some(&reason));
                if let Some(operation) = &mut stack.operation {
                    operation
                        .failed
                        .insert(step.to_owned(), Status::DeleteFailed);
                }
                Ok(())
            }),
        }
    }

    /// Writes that the thing is not the stack's any more.
    fn release(
        &self,
        id: &str,
        step: &str,
        obsolete: &Obsolete,
        status: Status,
    ) -> Result<(), Fault> {
        self.stacks.change(id, |stack| {
            set_status(stack, step, obsolete, status, None);
            if let Some(resource) = stack.resources.get_mut(step) {
                resource.actual = None;
                resource.creating = None;
                resource.updating = None;
            }
            stack
                .obsolete
                .retain(|other| step_of_obsolete(other) != step);
            done(stack, step);
            Ok(())
        })
    }
}

async fn delete_resource(kind: &dyn ResourceType, obsolete: &Obsolete) -> Result<(), Fault> {
    let (physical_id, properties) = (&obsolete.physical_id, &obsolete.properties);
    if let Some(updating) = &obsolete.updating {
        // What it has is known again afterwards; if not, its service says what is in the way.
        let _ = kind.update(physical_id, updating, properties).await;
    }
    kind.delete(physical_id, properties).await
}

fn set_status(
    stack: &mut Stack,
    step: &str,
    obsolete: &Obsolete,
    status: Status,
    reason: Option<&str>,
) {
    match stack.resources.get_mut(step) {
        Some(resource) => {
            resource.physical_id = Some(obsolete.physical_id.clone());
            stack.set_resource_status(step, status, reason);
        }
        None => {
            stack.set_obsolete_status(obsolete, status, reason);
            let of_step = |other: &&mut Obsolete| step_of_obsolete(other) == step;
            if let Some(obsolete) = stack.obsolete.iter_mut().find(of_step) {
                obsolete.deleting = status == Status::DeleteInProgress;
            }
        }
    }
}
