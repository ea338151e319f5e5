//! The step that returns a resource to what it was before the update.

use super::super::resources::Attributes;
use super::super::stack::{Resource, Status, StepState};
use super::{Engine, reason};
use crate::fault::Fault;

impl Engine {
    pub(super) async fn rollback(&self, state: StepState) -> Result<(), Fault> {
        let Some((current, previous)) = with_previous(&state) else {
            return Ok(());
        };
        let operation = state.stack.operation.as_ref();
        let is_skipped = operation.is_some_and(|it| it.skip.contains(&state.name));
        if is_skipped || !is_altered(current, previous) {
            return self.restore_record(&state, None);
        }
        if current.status != Status::UpdateInProgress {
            self.change_step(&state, |state| {
                state.set_status(Status::UpdateInProgress, None);
            })?;
        }
        let rolled_back = match self.undo_update(&state).await {
            Ok(()) => self.update_back(&state).await,
            Err(fault) => Err(fault),
        };
        match rolled_back {
            Ok(()) => {
                let attributes = self.attributes_now(previous).await;
                self.restore_record(&state, attributes)
            }
            Err(fault) => self.record_failure(&state, Status::UpdateFailed, &reason(&fault)),
        }
    }

    /// Undoes an update in place that may have been made in part.
    pub(super) async fn undo_update(&self, state: &StepState) -> Result<(), Fault> {
        let Some(resource) = &*state.resource else {
            return Ok(());
        };
        let (Some(actual), Some(updating)) = (&resource.actual, &resource.updating) else {
            return Ok(());
        };
        let kind = self.kind(&resource.kind).map_err(Fault::internal)?;
        let (from, to) = (&updating.properties, &actual.properties);
        kind.update(&actual.physical_id, from, to).await?;
        self.change_step(state, |state| {
            if let Some(resource) = state.resource.as_mut() {
                resource.updating = None;
            }
        })
    }

    /// Undoes updates in place of the previous resource, whether or not it was replaced since.
    async fn update_back(&self, state: &StepState) -> Result<(), Fault> {
        let state = self.stacks.step(&state.stack.id, &state.name)?;
        let Some((current, previous)) = with_previous(&state) else {
            return Ok(());
        };
        let Some(wanted) = &previous.actual else {
            return Ok(());
        };
        let current = current.actual.as_ref();
        let current = current.filter(|actual| actual.physical_id == wanted.physical_id);
        let replaced = previous
            .updating
            .as_ref()
            .map(|updating| &updating.properties);
        let found = current.map(|actual| &actual.properties).or(replaced);
        if let Some(found) = found.filter(|found| **found != wanted.properties) {
            let kind = self.kind(&previous.kind).map_err(Fault::internal)?;
            let physical_id = &wanted.physical_id;
            kind.update(physical_id, found, &wanted.properties).await?;
        }
        Ok(())
    }

    /// What refers to the resource gets, if it is still there. An update there and back can have changed it,
    /// such as the ARN of a table's stream.
    async fn attributes_now(&self, previous: &Resource) -> Option<Attributes> {
        let actual = previous.actual.as_ref()?;
        let kind = self.kind(&previous.kind).ok()?;
        let found = kind.attributes(&actual.physical_id, &actual.properties);
        found.await.ok()
    }

    /// Writes that the resource is what it was. What replaced it is obsolete.
    fn restore_record(
        &self,
        state: &StepState,
        attributes: Option<Attributes>,
    ) -> Result<(), Fault> {
        self.change_step(state, |state| {
            let Some((current, previous)) = with_previous(state) else {
                return;
            };
            let is_altered = is_altered(current, previous);
            let mut restored = previous.clone();
            let creation = current.obsolete_creation(&state.name);
            let replacement = (current.actual_id() != previous.actual_id())
                .then(|| current.obsolete(&state.name, false));
            restored.status = current.status;
            restored.updating = None;
            if let (Some(actual), Some(attributes)) = (&mut restored.actual, attributes) {
                actual.attributes = attributes;
            }
            restored.physical_id = previous.actual_id().map(str::to_owned);
            // Until the rollback is over it may have to be continued.
            restored.previous = current.previous.clone();
            state.add_obsolete(creation);
            state.add_obsolete(replacement.flatten());
            *state.resource = Some(restored);
            if is_altered {
                state.set_status(Status::UpdateComplete, None);
            }
            state.finish();
        })
    }
}

/// The resource as it is, and as it was before the update.
fn with_previous(state: &StepState) -> Option<(&Resource, &Resource)> {
    let current = state.resource.as_ref()?;
    Some((current, current.previous.as_deref()?))
}

/// Whether an update changed it, or began to.
fn is_altered(current: &Resource, previous: &Resource) -> bool {
    current.actual != previous.actual
        || current.creating.is_some()
        || current.updating.is_some()
        || current.status.is_failure()
}
