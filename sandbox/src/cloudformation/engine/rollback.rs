//! The step that brings a resource back to what it was before the update.

use super::super::stack::{Resource, Stack, Status};
use super::{Engine, done, reason};
use crate::fault::Fault;

impl Engine {
    pub(super) async fn revert(&self, stack: Stack, logical_id: &str) -> Result<(), Fault> {
        let id = stack.id.clone();
        let before = stack.previous.as_ref();
        let Some(earlier) = before.and_then(|before| before.resources.get(logical_id)) else {
            return Ok(());
        };
        let skipped = stack
            .operation
            .as_ref()
            .is_some_and(|it| it.skip.contains(logical_id));
        let current = stack.resources.get(logical_id);
        if skipped || !current.is_some_and(|current| is_altered(current, earlier)) {
            return self.restore_record(&id, logical_id);
        }
        if current.map(|it| it.status) != Some(Status::UpdateInProgress) {
            self.stacks.change(&id, |stack| {
                stack.set_resource_status(logical_id, Status::UpdateInProgress, None);
                Ok(())
            })?;
        }
        let reverted = match self.undo_update(&stack, logical_id).await {
            Ok(()) => self.update_back(&id, logical_id, earlier).await,
            Err(fault) => Err(fault),
        };
        match reverted {
            Ok(()) => self.restore_record(&id, logical_id),
            Err(fault) => {
                self.record_failure(&id, logical_id, Status::UpdateFailed, &reason(&fault))
            }
        }
    }

    /// Undoes a change in place that was updating and is not known to be whole.
    pub(super) async fn undo_update(&self, stack: &Stack, logical_id: &str) -> Result<(), Fault> {
        let Some(resource) = stack.resources.get(logical_id) else {
            return Ok(());
        };
        let (Some(made), Some(updating)) = (&resource.actual, &resource.updating) else {
            return Ok(());
        };
        let kind = self.kind(&resource.kind).map_err(Fault::internal)?;
        let (from, to) = (&updating.properties, &made.properties);
        kind.update(&made.physical_id, from, to).await?;
        self.stacks.change(&stack.id, |stack| {
            if let Some(resource) = stack.resources.get_mut(logical_id) {
                resource.updating = None;
            }
            Ok(())
        })
    }

    /// Undoes changes in place of what stood before, whether or not it still stands for the resource.
    async fn update_back(
        &self,
        id: &str,
        logical_id: &str,
        earlier: &Resource,
    ) -> Result<(), Fault> {
        let Some(wanted) = &earlier.actual else {
            return Ok(());
        };
        let stack = self.stacks.described(id)?;
        let current = stack
            .resources
            .get(logical_id)
            .and_then(|it| it.actual.as_ref());
        let current = current.filter(|made| made.physical_id == wanted.physical_id);
        let replaced = earlier
            .updating
            .as_ref()
            .map(|updating| &updating.properties);
        let found = current.map(|made| &made.properties).or(replaced);
        if let Some(found) = found.filter(|found| **found != wanted.properties) {
            let kind = self.kind(&earlier.kind).map_err(Fault::internal)?;
            kind.update(&wanted.physical_id, found, &wanted.properties)
                .await?;
        }
        Ok(())
    }

    /// Writes that the resource is what it was. What stood in its place is left over.
    fn restore_record(&self, id: &str, logical_id: &str) -> Result<(), Fault> {
        self.stacks.change(id, |stack| {
            let before = stack.previous.as_ref();
            let Some(earlier) = before.and_then(|before| before.resources.get(logical_id)) else {
                return Ok(());
            };
            let mut earlier = earlier.clone();
            let current = stack.resources.remove(logical_id);
            let altered = current
                .as_ref()
                .is_none_or(|current| is_altered(current, &earlier));
            if let Some(current) = current {
                stack.obsolete.extend(current.obsolete_creation(logical_id));
                if current.actual_id() != earlier.actual_id() {
                    stack.obsolete.extend(current.obsolete(logical_id, false));
                }
                earlier.status = current.status;
            }
            earlier.updating = None;
            earlier.physical_id = earlier.actual_id().map(str::to_owned);
            stack.resources.insert(logical_id.to_owned(), earlier);
            if altered {
                stack.set_resource_status(logical_id, Status::UpdateComplete, None);
            }
            done(stack, logical_id);
            Ok(())
        })
    }
}

/// Whether an update made another thing of it, or began to.
fn is_altered(current: &Resource, earlier: &Resource) -> bool {
    current.actual != earlier.actual
        || current.creating.is_some()
        || current.updating.is_some()
        || current.status.is_failure()
}
