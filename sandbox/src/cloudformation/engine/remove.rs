//! The step that removes a thing, or lets go of it.

use super::super::resources::ResourceType;
use super::super::stack::{Leftover, Stack, Status};
use super::work::{doomed, leftover_step};
use super::{Engine, done, reason};
use crate::fault::Fault;

impl Engine {
    pub(super) async fn remove(&self, stack: Stack, step: &str) -> Result<(), Fault> {
        let Some(leftover) = doomed(&stack).remove(step) else {
            return Ok(());
        };
        if leftover.keep {
            return self.let_go(&stack.id, step, &leftover, Status::DeleteSkipped);
        }
        let status = stack.resources.get(step).map(|it| it.status);
        if status != Some(Status::DeleteInProgress) && !leftover.going {
            self.stacks.change(&stack.id, |stack| {
                tell(stack, step, &leftover, Status::DeleteInProgress, None);
                Ok(())
            })?;
        }
        let removed = match self.kind(&leftover.kind) {
            Ok(kind) => take_away(kind, &leftover).await,
            Err(reason) => Err(Fault::internal(reason)),
        };
        match removed {
            Ok(()) => self.let_go(&stack.id, step, &leftover, Status::DeleteComplete),
            Err(fault) => self.stacks.change(&stack.id, |stack| {
                let reason = reason(&fault);
                tell(stack, step, &leftover, Status::DeleteFailed, Some(&reason));
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
    fn let_go(
        &self,
        id: &str,
        step: &str,
        leftover: &Leftover,
        status: Status,
    ) -> Result<(), Fault> {
        self.stacks.change(id, |stack| {
            tell(stack, step, leftover, status, None);
            if let Some(resource) = stack.resources.get_mut(step) {
                resource.made = None;
                resource.intent = None;
                resource.attempt = None;
            }
            stack.leftovers.retain(|other| leftover_step(other) != step);
            done(stack, step);
            Ok(())
        })
    }
}

async fn take_away(kind: &dyn ResourceType, leftover: &Leftover) -> Result<(), Fault> {
    let (physical, properties) = (&leftover.physical, &leftover.properties);
    if let Some(attempted) = &leftover.attempted {
        // What it has is known again afterwards; if not, its service says what is in the way.
        let _ = kind.update(physical, attempted, properties).await;
    }
    kind.delete(physical, properties).await
}

fn tell(stack: &mut Stack, step: &str, leftover: &Leftover, status: Status, reason: Option<&str>) {
    match stack.resources.get_mut(step) {
        Some(resource) => {
            resource.physical = Some(leftover.physical.clone());
            stack.tell_of(step, status, reason);
        }
        None => {
            stack.tell_of_leftover(leftover, status, reason);
            let of_step = |other: &&mut Leftover| leftover_step(other) == step;
            if let Some(leftover) = stack.leftovers.iter_mut().find(of_step) {
                leftover.going = status == Status::DeleteInProgress;
            }
        }
    }
}
