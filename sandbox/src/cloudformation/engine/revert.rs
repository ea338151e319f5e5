//! The step that brings a resource back to what it was before the update.

use super::super::stack::{Resource, Stack, Status};
use super::{Engine, done, reason};
use crate::fault::Fault;

impl Engine {
    pub(super) async fn revert(&self, stack: Stack, logical: &str) -> Result<(), Fault> {
        let id = stack.id.clone();
        let before = stack.before.as_ref();
        let Some(earlier) = before.and_then(|before| before.resources.get(logical)) else {
            return Ok(());
        };
        let skipped = stack
            .operation
            .as_ref()
            .is_some_and(|it| it.skip.contains(logical));
        let current = stack.resources.get(logical);
        if skipped || !current.is_some_and(|current| is_altered(current, earlier)) {
            return self.put_back(&id, logical);
        }
        if current.map(|it| it.status) != Some(Status::UpdateInProgress) {
            self.stacks.change(&id, |stack| {
                stack.tell_of(logical, Status::UpdateInProgress, None);
                Ok(())
            })?;
        }
        let reverted = match self.restore(&stack, logical).await {
            Ok(()) => self.alter_back(&id, logical, earlier).await,
            Err(fault) => Err(fault),
        };
        match reverted {
            Ok(()) => self.put_back(&id, logical),
            Err(fault) => self.failed(&id, logical, Status::UpdateFailed, &reason(&fault)),
        }
    }

    /// Undoes a change in place that was attempted and is not known to be whole.
    pub(super) async fn restore(&self, stack: &Stack, logical: &str) -> Result<(), Fault> {
        let Some(resource) = stack.resources.get(logical) else {
            return Ok(());
        };
        let (Some(made), Some(attempt)) = (&resource.made, &resource.attempt) else {
            return Ok(());
        };
        let kind = self.kind(&resource.kind).map_err(Fault::internal)?;
        let (from, to) = (&attempt.properties, &made.properties);
        kind.update(&made.physical, from, to).await?;
        self.stacks.change(&stack.id, |stack| {
            if let Some(resource) = stack.resources.get_mut(logical) {
                resource.attempt = None;
            }
            Ok(())
        })
    }

    /// Undoes changes in place of what stood before, whether or not it still stands for the resource.
    async fn alter_back(&self, id: &str, logical: &str, earlier: &Resource) -> Result<(), Fault> {
        let Some(wanted) = &earlier.made else {
            return Ok(());
        };
        let stack = self.stacks.described(id)?;
        let current = stack.resources.get(logical).and_then(|it| it.made.as_ref());
        let current = current.filter(|made| made.physical == wanted.physical);
        let replaced = earlier.attempt.as_ref().map(|attempt| &attempt.properties);
        let found = current.map(|made| &made.properties).or(replaced);
        if let Some(found) = found.filter(|found| **found != wanted.properties) {
            let kind = self.kind(&earlier.kind).map_err(Fault::internal)?;
            kind.update(&wanted.physical, found, &wanted.properties)
                .await?;
        }
        Ok(())
    }

    /// Writes that the resource is what it was. What stood in its place is left over.
    fn put_back(&self, id: &str, logical: &str) -> Result<(), Fault> {
        self.stacks.change(id, |stack| {
            let before = stack.before.as_ref();
            let Some(earlier) = before.and_then(|before| before.resources.get(logical)) else {
                return Ok(());
            };
            let mut earlier = earlier.clone();
            let current = stack.resources.remove(logical);
            let altered = current
                .as_ref()
                .is_none_or(|current| is_altered(current, &earlier));
            if let Some(current) = current {
                stack.leftovers.extend(current.leave_intended(logical));
                if current.stands_as() != earlier.stands_as() {
                    stack.leftovers.extend(current.leave(logical, false));
                }
                earlier.status = current.status;
            }
            earlier.attempt = None;
            earlier.physical = earlier.stands_as().map(str::to_owned);
            stack.resources.insert(logical.to_owned(), earlier);
            if altered {
                stack.tell_of(logical, Status::UpdateComplete, None);
            }
            done(stack, logical);
            Ok(())
        })
    }
}

/// Whether an update made another thing of it, or began to.
fn is_altered(current: &Resource, earlier: &Resource) -> bool {
    current.made != earlier.made
        || current.intent.is_some()
        || current.attempt.is_some()
        || current.status.is_failure()
}
