//! The step that makes a resource what the definition says: creates it, updates it in place, or
//! replaces it.
//!
//! What a service will be asked for is written first. A resource gets its physical id, then its service
//! is asked whether it has something with that id, then it is created. So after a kill at any moment it is
//! known whether a resource with that id is the stack's own.

use serde_json::Value;

use super::super::resources::{Attributes, ResourceType, Update, check_tags, is_taken};
use super::super::stack::{
    ActualState, OnFailure, PendingCreate, PendingUpdate, Resource, Status, StepState,
};
use super::super::template::{DesiredResource, DesiredState};
use super::delete::delete_resource;
use super::desired_state::properties;
use super::{Engine, reason};
use crate::fault::Fault;

/// What a resource needs next.
#[derive(Debug, PartialEq)]
enum Action {
    /// Deleting what an earlier operation may have created in part.
    DeletePartial,
    /// Undoing an update that an earlier operation may have made in part.
    UndoUpdate,
    Create,
    Update,
    Keep,
}

/// What brings the resource to `properties`, in the phase of that number.
fn next_action(
    resource: Option<&Resource>,
    kind: &dyn ResourceType,
    properties: &Value,
    phase_number: u64,
) -> Action {
    let Some(resource) = resource else {
        return Action::Create;
    };
    match (&resource.creating, &resource.updating, &resource.actual) {
        (Some(creating), _, _) if creating.phase_number == phase_number => Action::Create,
        (Some(_), _, _) => Action::DeletePartial,
        (None, Some(updating), _) if updating.phase_number == phase_number => Action::Update,
        (None, Some(_), Some(_)) => Action::UndoUpdate,
        (None, _, None) => Action::Create,
        (None, None, Some(actual)) => {
            let changed = changed_properties(kind, &actual.properties, properties);
            if changed.is_empty() {
                Action::Keep
            } else if changed.iter().any(|(_, update)| *update == Update::Replace) {
                Action::Create
            } else {
                Action::Update
            }
        }
    }
}

/// The properties that differ, and what that means for the resource.
pub fn changed_properties(
    kind: &dyn ResourceType,
    old: &Value,
    new: &Value,
) -> Vec<(&'static str, Update)> {
    kind.properties()
        .iter()
        .filter(|property| old.get(property.name) != new.get(property.name))
        .map(|property| (property.name, kind.update_of(property, old, new)))
        .collect()
}

/// What the resource of the step is to become.
struct Desired<'a> {
    resource: &'a DesiredResource,
    kind: &'a dyn ResourceType,
    properties: &'a Value,
}

impl Engine {
    pub(super) async fn apply(
        &self,
        mut state: StepState,
        desired_state: &DesiredState,
    ) -> Result<(), Fault> {
        let Some(resource) = desired_state.resources.get(&state.name) else {
            return Ok(());
        };
        let (kind, properties) = match self.evaluate(&state, desired_state, resource) {
            Ok(evaluated) => evaluated,
            Err(reason) => return self.fail(&state, resource, &reason),
        };
        let desired = Desired {
            resource,
            kind,
            properties: &properties,
        };
        loop {
            let current = state.resource.as_ref();
            let phase_number = state.stack.phase_number;
            let prepared = match next_action(current, kind, &properties, phase_number) {
                Action::Keep => return self.change_step(&state, |state| desired.finish(state)),
                Action::Create => return self.create(&state, &desired).await,
                Action::Update => return self.update(&state, &desired).await,
                Action::DeletePartial => self.delete_partial(&state, &desired).await,
                Action::UndoUpdate => self.undo_update(&state).await,
            };
            if let Err(fault) = prepared {
                return self.fail(&state, resource, &reason(&fault));
            }
            state = self.stacks.step(&state.stack.id, &state.name)?;
        }
    }

    fn evaluate(
        &self,
        state: &StepState,
        desired_state: &DesiredState,
        resource: &DesiredResource,
    ) -> Result<(&dyn ResourceType, Value), String> {
        let kind = self.kind(&resource.kind)?;
        let find = |logical_id: &str| self.stacks.resource(&state.stack, logical_id);
        let evaluated =
            desired_state.properties(&state.name, &|reference| self.resolve(find, reference))?;
        let properties = properties(kind, &evaluated, &state.stack.definition)?;
        check_tags(&properties)?;
        Ok((kind, properties))
    }

    /// Writes that a resource cannot be created or updated.
    fn fail(
        &self,
        state: &StepState,
        resource: &DesiredResource,
        reason: &str,
    ) -> Result<(), Fault> {
        self.change_step(state, |state| {
            let status = match record(state, resource).actual {
                Some(_) => Status::UpdateFailed,
                None => Status::CreateFailed,
            };
            state.set_status(status, Some(reason));
            state.record_failure(status);
        })
    }

    async fn create(&self, state: &StepState, desired: &Desired<'_>) -> Result<(), Fault> {
        let pending = state.resource.as_ref();
        let pending = pending.and_then(|resource| resource.creating.clone());
        // It may have been created before the sandbox was killed.
        let again = pending
            .as_ref()
            .is_some_and(|creating| creating.seen_absent);
        let creating = match pending {
            Some(creating) => creating,
            None => match desired.plan_creation(state) {
                Ok(creating) => {
                    self.start_creation(state, desired, &creating)?;
                    creating
                }
                Err(reason) => return self.fail(state, desired.resource, &reason),
            },
        };
        let physical_id = &creating.physical_id;
        if !creating.seen_absent {
            match desired.kind.exists(physical_id, desired.properties).await {
                Ok(false) => {}
                Ok(true) => return self.already_exists(state, desired, physical_id),
                Err(fault) => return self.fail(state, desired.resource, &reason(&fault)),
            }
            self.change_step(state, |state| {
                if let Some(creating) = &mut record(state, desired.resource).creating {
                    creating.seen_absent = true;
                }
            })?;
        }
        let created = desired
            .kind
            .create(physical_id, desired.properties, again)
            .await;
        if created
            .as_ref()
            .is_err_and(|fault| is_taken(fault) && !again)
        {
            return self.already_exists(state, desired, physical_id);
        }
        let attributes = match created {
            Ok(()) => {
                desired
                    .kind
                    .attributes(physical_id, desired.properties)
                    .await
            }
            Err(fault) => Err(fault),
        };
        match attributes {
            Ok(attributes) => self.record_creation(state, desired, physical_id, attributes),
            Err(fault) => self.fail(state, desired.resource, &reason(&fault)),
        }
    }

    fn start_creation(
        &self,
        state: &StepState,
        desired: &Desired<'_>,
        creating: &PendingCreate,
    ) -> Result<(), Fault> {
        const REPLACES: &str = "Requested update requires the creation of a new physical resource; \
            hence creating one.";
        self.change_step(state, |state| {
            let resource = record(state, desired.resource);
            resource.creating = Some(creating.clone());
            if resource.actual.is_none() {
                state.set_status(Status::CreateInProgress, None);
            } else {
                state.set_status(Status::UpdateInProgress, Some(REPLACES));
            }
        })
    }

    /// Somebody else has a resource with that id, which the stack must not delete.
    fn already_exists(
        &self,
        state: &StepState,
        desired: &Desired<'_>,
        physical_id: &str,
    ) -> Result<(), Fault> {
        self.change_step(state, |state| {
            record(state, desired.resource).creating = None
        })?;
        let reason = format!(
            "Resource of type '{}' with identifier '{physical_id}' already exists.",
            desired.resource.kind
        );
        self.fail(state, desired.resource, &reason)
    }

    fn record_creation(
        &self,
        state: &StepState,
        desired: &Desired<'_>,
        physical_id: &str,
        attributes: Attributes,
    ) -> Result<(), Fault> {
        self.change_step(state, |state| {
            desired.keep_replaced(state);
            let resource = record(state, desired.resource);
            resource.physical_id = Some(physical_id.to_owned());
            resource.creating = None;
            let (under_way, complete) = match resource.actual {
                None => (Status::CreateInProgress, Status::CreateComplete),
                Some(_) => (Status::UpdateInProgress, Status::UpdateComplete),
            };
            resource.actual = Some(ActualState {
                physical_id: physical_id.to_owned(),
                properties: desired.properties.clone(),
                attributes,
            });
            state.set_status(under_way, Some("Resource creation Initiated"));
            desired.complete(state, complete);
        })
    }

    /// Updates the resource in place.
    async fn update(&self, state: &StepState, desired: &Desired<'_>) -> Result<(), Fault> {
        let resource = state.resource.as_ref();
        let Some((resource, actual)) = resource.and_then(|it| Some((it, it.actual.as_ref()?)))
        else {
            return Ok(());
        };
        if resource.updating.is_none() {
            self.change_step(state, |state| {
                let updating = PendingUpdate {
                    phase_number: state.stack.phase_number,
                    properties: desired.properties.clone(),
                };
                record(state, desired.resource).updating = Some(updating);
                state.set_status(Status::UpdateInProgress, None);
            })?;
        }
        let physical_id = &actual.physical_id;
        let (old, new) = (&actual.properties, desired.properties);
        let attributes = match desired.kind.update(physical_id, old, new).await {
            Ok(()) => desired.kind.attributes(physical_id, new).await,
            Err(fault) => Err(fault),
        };
        let attributes = match attributes {
            Ok(attributes) => attributes,
            Err(fault) => return self.fail(state, desired.resource, &reason(&fault)),
        };
        self.change_step(state, |state| {
            let resource = record(state, desired.resource);
            resource.updating = None;
            if let Some(actual) = &mut resource.actual {
                actual.properties = new.clone();
                actual.attributes = attributes;
            }
            desired.complete(state, Status::UpdateComplete);
        })
    }

    /// Deletes what an earlier operation may have created in part.
    async fn delete_partial(&self, state: &StepState, desired: &Desired<'_>) -> Result<(), Fault> {
        let resource = state.resource.as_ref();
        if let Some(partial) = resource.and_then(|it| it.obsolete_creation(&state.name)) {
            let (physical_id, properties) = (&partial.physical_id, &partial.properties);
            delete_resource(desired.kind, physical_id, properties).await?;
        }
        self.change_step(state, |state| {
            record(state, desired.resource).creating = None
        })
    }
}

impl Desired<'_> {
    /// Decides the physical id.
    fn plan_creation(&self, state: &StepState) -> Result<PendingCreate, String> {
        let naming = self.kind.naming();
        let given = naming.given(self.properties).map(str::to_owned);
        let is_random = given.is_none();
        let name = given.unwrap_or_else(|| naming.generate(&state.stack.name, &state.name));
        let physical_id = self.kind.physical_id(&name, self.properties);
        let current = state.resource.as_ref().and_then(Resource::actual_id);
        if current == Some(physical_id.as_str()) {
            return Err(format!(
                "CloudFormation cannot update a stack when a custom-named resource requires \
                 replacing. Rename {name} and update the stack again."
            ));
        }
        Ok(PendingCreate {
            phase_number: state.stack.phase_number,
            physical_id,
            properties: self.properties.clone(),
            seen_absent: is_random,
        })
    }

    /// Before another resource takes its place. The previous resource is needed until the update ends
    /// and is kept, but for the properties that this update changed in place. A resource that this
    /// update or a failed one created is obsolete.
    fn keep_replaced(&self, state: &mut StepState) {
        let phase_number = state.stack.phase_number;
        let Some(current) = state.resource.as_mut() else {
            return;
        };
        match (&current.actual, &mut current.previous) {
            (Some(actual), Some(previous)) if previous.actual_id() == Some(&actual.physical_id) => {
                let is_same = previous.actual.as_ref() == Some(actual);
                previous.updating = (!is_same).then(|| PendingUpdate {
                    phase_number,
                    properties: actual.properties.clone(),
                });
            }
            _ => {
                let retain = self.resource.policies.retains_replaced();
                let obsolete = current.obsolete(&state.name, retain);
                state.add_obsolete(obsolete);
            }
        }
    }

    /// Writes that the step is done.
    fn complete(&self, state: &mut StepState, status: Status) {
        self.finish(state);
        let rolls_back = state.stack.operation.as_ref().is_some_and(|operation| {
            operation.is_halted() && operation.on_failure != OnFailure::DoNothing
        });
        if !rolls_back {
            state.set_status(status, None);
            return;
        }
        let (status, reason) = match status {
            Status::CreateComplete => (Status::CreateFailed, "Resource creation cancelled"),
            _ => (Status::UpdateFailed, "Resource update cancelled"),
        };
        state.set_status(status, Some(reason));
        state.record_failure(status);
    }

    fn finish(&self, state: &mut StepState) {
        record(state, self.resource).policies = self.resource.policies.clone();
        state.finish();
    }
}

/// The record of the step's resource, made where there is none.
fn record<'a>(state: &'a mut StepState, desired: &DesiredResource) -> &'a mut Resource {
    let new = || Resource::new(&desired.kind, desired.policies.clone());
    state.resource.get_or_insert_with(new)
}
