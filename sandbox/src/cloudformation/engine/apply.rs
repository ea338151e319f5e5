//! The step that makes a resource what the definition says: makes the thing, changes it, or makes
//! another in its place.
//!
//! Before the service is asked for anything, the record says what it will be asked for. A thing gets
//! its id first; then it is seen that nothing has that id; then it is made. Whatever moment the
//! sandbox is killed at, it is known whether a thing with that id is the stack's own.

use serde_json::Value;

use super::super::resources::{ResourceType, Update, is_taken};
use super::super::stack::{
    ActualState, OnFailure, PendingCreate, PendingUpdate, Resource, Stack, Status,
};
use super::desired_state::{DesiredResource, DesiredState, properties};
use super::{Engine, done, reason};
use crate::fault::Fault;

/// What a resource needs next.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Removing what an earlier operation began and failed to make.
    DeletePartial,
    /// Undoing a change that an earlier operation failed to make.
    UndoUpdate,
    Create,
    Update,
    Keep,
}

/// What brings the resource to `properties`, in the phase of that number.
pub fn next_action(
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
        (None, None, Some(made)) => match changed_properties(kind, &made.properties, properties) {
            changed if changed.is_empty() => Action::Keep,
            changed if changed.iter().any(|(_, update)| *update == Update::Replace) => {
                Action::Create
            }
            _ => Action::Update,
        },
    }
}

/// The properties that differ, and what that means for the thing.
pub fn changed_properties(
    kind: &dyn ResourceType,
    old: &Value,
    new: &Value,
) -> Vec<(&'static str, Update)> {
    kind.properties()
        .iter()
        .filter(|property| old.get(property.name) != new.get(property.name))
        .map(|property| (property.name, property.update))
        .collect()
}

/// A step's resource, and what it is to become.
struct Step<'a> {
    id: &'a str,
    logical_id: &'a str,
    desired: &'a DesiredResource,
    kind: &'a dyn ResourceType,
    properties: &'a Value,
}

impl Engine {
    pub(super) async fn apply(
        &self,
        mut stack: Stack,
        logical_id: &str,
        desired_state: &DesiredState,
    ) -> Result<(), Fault> {
        let Some(desired) = desired_state.resources().get(logical_id) else {
            return Ok(());
        };
        let id = stack.id.clone();
        let wanted = self.wanted(&stack, logical_id, desired_state, desired);
        let (kind, properties) = match wanted {
            Ok(wanted) => wanted,
            Err(reason) => return self.fail(&id, logical_id, desired, &reason),
        };
        let step = Step {
            id: &id,
            logical_id,
            desired,
            kind,
            properties: &properties,
        };
        loop {
            let resource = stack.resources.get(logical_id);
            match next_action(resource, kind, &properties, stack.phase_number) {
                Action::Keep => {
                    return self.stacks.change(&id, |stack| {
                        step.finish(stack);
                        Ok(())
                    });
                }
                Action::Create => return self.create(&stack, &step).await,
                Action::Update => return self.update(&stack, &step).await,
                Action::DeletePartial => {
                    if let Err(fault) = self.delete_partial(&stack, &step).await {
                        return self.fail(&id, logical_id, desired, &reason(&fault));
                    }
                }
                Action::UndoUpdate => {
                    if let Err(fault) = self.undo_update(&stack, logical_id).await {
                        return self.fail(&id, logical_id, desired, &reason(&fault));
                    }
                }
            }
            stack = self.stacks.described(&id)?;
        }
    }

    fn wanted(
        &self,
        stack: &Stack,
        logical_id: &str,
        desired_state: &DesiredState,
        desired: &DesiredResource,
    ) -> Result<(&dyn ResourceType, Value), String> {
        let kind = self.kind(&desired.kind)?;
        let evaluated =
            desired_state.evaluated(logical_id, &|reference| self.resolve(stack, reference))?;
        Ok((kind, properties(kind, &evaluated, &stack.definition)?))
    }

    /// Writes that a resource cannot be made or changed.
    fn fail(
        &self,
        id: &str,
        logical_id: &str,
        desired: &DesiredResource,
        reason: &str,
    ) -> Result<(), Fault> {
        let stands = self.stacks.change(id, |stack| {
            let resource = desired.entry(stack, logical_id);
            Ok(resource.actual.is_some())
        })?;
        let status = if stands {
            Status::UpdateFailed
        } else {
            Status::CreateFailed
        };
        self.record_failure(id, logical_id, status, reason)
    }

    async fn create(&self, stack: &Stack, step: &Step<'_>) -> Result<(), Fault> {
        let creating = match self.plan_creation(stack, step)? {
            Ok(creating) => creating,
            Err(reason) => return self.fail(step.id, step.logical_id, step.desired, &reason),
        };
        // Written before: it may have been made before the sandbox ended.
        let again = stack
            .resources
            .get(step.logical_id)
            .is_some_and(|it| it.creating.is_some())
            && creating.seen_absent;
        let physical_id = &creating.physical_id;
        if !creating.seen_absent {
            match step.kind.exists(physical_id, step.properties).await {
                Ok(false) => {}
                Ok(true) => return self.already_exists(step, physical_id),
                Err(fault) => {
                    return self.fail(step.id, step.logical_id, step.desired, &reason(&fault));
                }
            }
            self.stacks.change(step.id, |stack| {
                let resource = step.desired.entry(stack, step.logical_id);
                if let Some(creating) = &mut resource.creating {
                    creating.seen_absent = true;
                }
                Ok(())
            })?;
        }
        match step.kind.create(physical_id, step.properties, again).await {
            Err(fault) if is_taken(&fault) && !again => {
                return self.already_exists(step, physical_id);
            }
            Err(fault) => {
                return self.fail(step.id, step.logical_id, step.desired, &reason(&fault));
            }
            Ok(()) => {}
        }
        self.record_creation(step, physical_id).await
    }

    /// Decides the id of a thing that is to be made, and writes it down.
    fn plan_creation(
        &self,
        stack: &Stack,
        step: &Step<'_>,
    ) -> Result<Result<PendingCreate, String>, Fault> {
        let resource = stack.resources.get(step.logical_id);
        if let Some(creating) = resource.and_then(|resource| resource.creating.as_ref()) {
            return Ok(Ok(creating.clone()));
        }
        let naming = step.kind.naming();
        let given = naming.given(step.properties).map(str::to_owned);
        let is_random = given.is_none();
        let name = given.unwrap_or_else(|| naming.generate(&stack.name, step.logical_id));
        let physical_id = step.kind.physical_id(&name, step.properties);
        let current = resource.and_then(Resource::actual_id);
        if current == Some(physical_id.as_str()) {
            return Ok(Err(format!(
                "CloudFormation cannot update a stack when a custom-named resource requires \
                 replacing. Rename {name} and update the stack again."
            )));
        }
        let creating = PendingCreate {
            phase_number: stack.phase_number,
            physical_id,
            properties: step.properties.clone(),
            seen_absent: is_random,
        };
        self.stacks.change(step.id, |stack| {
            step.desired.entry(stack, step.logical_id).creating = Some(creating.clone());
            match current {
                None => stack.set_resource_status(step.logical_id, Status::CreateInProgress, None),
                Some(_) => stack.set_resource_status(
                    step.logical_id,
                    Status::UpdateInProgress,
                    Some(
                        "Requested update requires the creation of a new physical resource; \
                         hence creating one.",
                    ),
                ),
            }
            Ok(())
        })?;
        Ok(Ok(creating))
    }

    /// Somebody else has a thing with that id: it is not the stack's to remove.
    fn already_exists(&self, step: &Step<'_>, physical_id: &str) -> Result<(), Fault> {
        self.stacks.change(step.id, |stack| {
            step.desired.entry(stack, step.logical_id).creating = None;
            Ok(())
        })?;
        let reason = format!(
            "Resource of type '{}' with identifier '{physical_id}' already exists.",
            step.desired.kind
        );
        self.fail(step.id, step.logical_id, step.desired, &reason)
    }

    /// Writes that the thing is made.
    async fn record_creation(&self, step: &Step<'_>, physical_id: &str) -> Result<(), Fault> {
        let attributes = match step.kind.attributes(physical_id, step.properties).await {
            Ok(attributes) => attributes,
            Err(fault) => {
                return self.fail(step.id, step.logical_id, step.desired, &reason(&fault));
            }
        };
        self.stacks.change(step.id, |stack| {
            step.keep_replaced(stack);
            let resource = step.desired.entry(stack, step.logical_id);
            resource.physical_id = Some(physical_id.to_owned());
            resource.creating = None;
            let (under_way, complete) = match resource.actual {
                None => (Status::CreateInProgress, Status::CreateComplete),
                Some(_) => (Status::UpdateInProgress, Status::UpdateComplete),
            };
            resource.actual = Some(ActualState {
                physical_id: physical_id.to_owned(),
                properties: step.properties.clone(),
                attributes,
            });
            stack.set_resource_status(
                step.logical_id,
                under_way,
                Some("Resource creation Initiated"),
            );
            step.complete(stack, complete);
            Ok(())
        })
    }

    /// Changes the thing in place.
    async fn update(&self, stack: &Stack, step: &Step<'_>) -> Result<(), Fault> {
        let resource = stack.resources.get(step.logical_id);
        let Some((resource, made)) = resource.and_then(|it| Some((it, it.actual.as_ref()?))) else {
            return Ok(());
        };
        if resource.updating.is_none() {
            self.stacks.change(step.id, |stack| {
                let properties = step.properties.clone();
                let phase_number = stack.phase_number;
                step.desired.entry(stack, step.logical_id).updating = Some(PendingUpdate {
                    phase_number,
                    properties,
                });
                stack.set_resource_status(step.logical_id, Status::UpdateInProgress, None);
                Ok(())
            })?;
        }
        let physical_id = &made.physical_id;
        let updated = step
            .kind
            .update(physical_id, &made.properties, step.properties)
            .await;
        let attributes = match updated {
            Ok(()) => step.kind.attributes(physical_id, step.properties).await,
            Err(fault) => Err(fault),
        };
        let attributes = match attributes {
            Ok(attributes) => attributes,
            Err(fault) => {
                return self.fail(step.id, step.logical_id, step.desired, &reason(&fault));
            }
        };
        self.stacks.change(step.id, |stack| {
            let resource = step.desired.entry(stack, step.logical_id);
            resource.updating = None;
            if let Some(made) = &mut resource.actual {
                made.properties = step.properties.clone();
                made.attributes = attributes;
            }
            step.complete(stack, Status::UpdateComplete);
            Ok(())
        })
    }

    /// Removes what an earlier operation began and failed to make.
    async fn delete_partial(&self, stack: &Stack, step: &Step<'_>) -> Result<(), Fault> {
        let resource = stack.resources.get(step.logical_id);
        if let Some(rest) =
            resource.and_then(|resource| resource.obsolete_creation(step.logical_id))
        {
            step.kind
                .delete(&rest.physical_id, &rest.properties)
                .await?;
        }
        self.stacks.change(step.id, |stack| {
            step.desired.entry(stack, step.logical_id).creating = None;
            Ok(())
        })
    }
}

impl Step<'_> {
    /// Before another thing takes its place. What stood before the update is needed until its end,
    /// and known from there, but for what was changed in place since. What a failed update made since
    /// is known from nowhere else.
    fn keep_replaced(&self, stack: &mut Stack) {
        let Some(current) = stack.resources.get(self.logical_id).cloned() else {
            return;
        };
        let before = stack.previous.as_mut();
        let earlier = before.and_then(|before| before.resources.get_mut(self.logical_id));
        match (earlier, &current.actual) {
            (Some(earlier), Some(made)) if earlier.actual_id() == Some(&made.physical_id) => {
                let is_same = earlier.actual.as_ref() == Some(made);
                earlier.updating = (!is_same).then(|| PendingUpdate {
                    phase_number: stack.phase_number,
                    properties: made.properties.clone(),
                });
            }
            _ => {
                let retain = self.desired.policies.retains_replaced();
                stack
                    .obsolete
                    .extend(current.obsolete(self.logical_id, retain));
            }
        }
    }

    /// Writes that the step is done.
    fn complete(&self, stack: &mut Stack, status: Status) {
        self.finish(stack);
        let rolls_back = stack.operation.as_ref().is_some_and(|operation| {
            operation.is_halted() && operation.on_failure != OnFailure::DoNothing
        });
        if !rolls_back {
            stack.set_resource_status(self.logical_id, status, None);
            return;
        }
        let (status, reason) = match status {
            Status::CreateComplete => (Status::CreateFailed, "Resource creation cancelled"),
            _ => (Status::UpdateFailed, "Resource update cancelled"),
        };
        stack.set_resource_status(self.logical_id, status, Some(reason));
        if let Some(operation) = &mut stack.operation {
            operation.failed.insert(self.logical_id.to_owned(), status);
        }
    }

    fn finish(&self, stack: &mut Stack) {
        self.desired.entry(stack, self.logical_id).policies = self.desired.policies.clone();
        done(stack, self.logical_id);
    }
}

impl DesiredResource {
    /// The stack's resource of that name, planned where there is none.
    fn entry<'a>(&self, stack: &'a mut Stack, logical_id: &str) -> &'a mut Resource {
        let new = || Resource::new(&self.kind, self.policies.clone());
        stack
            .resources
            .entry(logical_id.to_owned())
            .or_insert_with(new)
    }
}
