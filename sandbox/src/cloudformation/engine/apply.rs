//! The step that makes a resource what the definition says: makes the thing, changes it, or makes
//! another in its place.
//!
//! Before the service is asked for anything, the record says what it will be asked for. A thing gets
//! its id first; then it is seen that nothing has that id; then it is made. Whatever moment the
//! sandbox is killed at, it is known whether a thing with that id is the stack's own.

use serde_json::Value;

use super::super::resources::{ResourceType, Update, is_taken};
use super::super::stack::{Attempt, Intent, Made, OnFailure, Resource, Stack, Status};
use super::course::{Course, Target, properties};
use super::{Engine, done, reason};
use crate::fault::Fault;

/// What a resource needs next.
#[derive(Debug, PartialEq)]
pub enum Move {
    /// Removing what an earlier operation began and failed to make.
    Scrap,
    /// Undoing a change that an earlier operation failed to make.
    Restore,
    Make,
    Change,
    Keep,
}

/// What brings the resource to `properties`, in the turn of that number.
pub fn next(
    resource: Option<&Resource>,
    kind: &dyn ResourceType,
    properties: &Value,
    turn: u64,
) -> Move {
    let Some(resource) = resource else {
        return Move::Make;
    };
    match (&resource.intent, &resource.attempt, &resource.made) {
        (Some(intent), _, _) if intent.turn == turn => Move::Make,
        (Some(_), _, _) => Move::Scrap,
        (None, Some(attempt), _) if attempt.turn == turn => Move::Change,
        (None, Some(_), Some(_)) => Move::Restore,
        (None, _, None) => Move::Make,
        (None, None, Some(made)) => match changed(kind, &made.properties, properties) {
            changed if changed.is_empty() => Move::Keep,
            changed if changed.iter().any(|(_, update)| *update == Update::Replace) => Move::Make,
            _ => Move::Change,
        },
    }
}

/// The properties that differ, and what that means for the thing.
pub fn changed(kind: &dyn ResourceType, old: &Value, new: &Value) -> Vec<(&'static str, Update)> {
    kind.properties()
        .iter()
        .filter(|property| old.get(property.name) != new.get(property.name))
        .map(|property| (property.name, property.update))
        .collect()
}

/// A step's resource, and what it is to become.
struct Aim<'a> {
    id: &'a str,
    logical: &'a str,
    target: &'a Target,
    kind: &'a dyn ResourceType,
    properties: &'a Value,
}

impl Engine {
    pub(super) async fn apply(
        &self,
        mut stack: Stack,
        logical: &str,
        course: &Course,
    ) -> Result<(), Fault> {
        let Some(target) = course.targets().get(logical) else {
            return Ok(());
        };
        let id = stack.id.clone();
        let wanted = self.wanted(&stack, logical, course, target);
        let (kind, properties) = match wanted {
            Ok(wanted) => wanted,
            Err(reason) => return self.refused(&id, logical, target, &reason),
        };
        let aim = Aim {
            id: &id,
            logical,
            target,
            kind,
            properties: &properties,
        };
        loop {
            let resource = stack.resources.get(logical);
            match next(resource, kind, &properties, stack.turn) {
                Move::Keep => {
                    return self.stacks.change(&id, |stack| {
                        aim.settle(stack);
                        Ok(())
                    });
                }
                Move::Make => return self.make(&stack, &aim).await,
                Move::Change => return self.alter(&stack, &aim).await,
                Move::Scrap => {
                    if let Err(fault) = self.scrap(&stack, &aim).await {
                        return self.refused(&id, logical, target, &reason(&fault));
                    }
                }
                Move::Restore => {
                    if let Err(fault) = self.restore(&stack, logical).await {
                        return self.refused(&id, logical, target, &reason(&fault));
                    }
                }
            }
            stack = self.stacks.described(&id)?;
        }
    }

    fn wanted(
        &self,
        stack: &Stack,
        logical: &str,
        course: &Course,
        target: &Target,
    ) -> Result<(&dyn ResourceType, Value), String> {
        let kind = self.kind(&target.kind)?;
        let evaluated = course.evaluated(logical, &|reference| self.resolve(stack, reference))?;
        Ok((kind, properties(kind, &evaluated, &stack.definition)?))
    }

    /// Writes that a resource cannot be made or changed.
    fn refused(&self, id: &str, logical: &str, target: &Target, reason: &str) -> Result<(), Fault> {
        let stands = self.stacks.change(id, |stack| {
            let resource = target.entry(stack, logical);
            Ok(resource.made.is_some())
        })?;
        let status = if stands {
            Status::UpdateFailed
        } else {
            Status::CreateFailed
        };
        self.failed(id, logical, status, reason)
    }

    async fn make(&self, stack: &Stack, aim: &Aim<'_>) -> Result<(), Fault> {
        let intent = match self.intend(stack, aim)? {
            Ok(intent) => intent,
            Err(reason) => return self.refused(aim.id, aim.logical, aim.target, &reason),
        };
        // Written before: it may have been made before the sandbox ended.
        let again = stack
            .resources
            .get(aim.logical)
            .is_some_and(|it| it.intent.is_some())
            && intent.absent;
        let physical = &intent.physical;
        if !intent.absent {
            match aim.kind.exists(physical, aim.properties).await {
                Ok(false) => {}
                Ok(true) => return self.taken(aim, physical),
                Err(fault) => {
                    return self.refused(aim.id, aim.logical, aim.target, &reason(&fault));
                }
            }
            self.stacks.change(aim.id, |stack| {
                let resource = aim.target.entry(stack, aim.logical);
                if let Some(intent) = &mut resource.intent {
                    intent.absent = true;
                }
                Ok(())
            })?;
        }
        match aim.kind.create(physical, aim.properties, again).await {
            Err(fault) if is_taken(&fault) && !again => return self.taken(aim, physical),
            Err(fault) => return self.refused(aim.id, aim.logical, aim.target, &reason(&fault)),
            Ok(()) => {}
        }
        self.record(aim, physical).await
    }

    /// Decides the id of a thing that is to be made, and writes it down.
    fn intend(&self, stack: &Stack, aim: &Aim<'_>) -> Result<Result<Intent, String>, Fault> {
        let resource = stack.resources.get(aim.logical);
        if let Some(intent) = resource.and_then(|resource| resource.intent.as_ref()) {
            return Ok(Ok(intent.clone()));
        }
        let naming = aim.kind.naming();
        let given = naming.given(aim.properties).map(str::to_owned);
        let by_chance = given.is_none();
        let name = given.unwrap_or_else(|| naming.generate(&stack.name, aim.logical));
        let physical = aim.kind.physical_id(&name, aim.properties);
        let current = resource.and_then(Resource::stands_as);
        if current == Some(physical.as_str()) {
            return Ok(Err(format!(
                "CloudFormation cannot update a stack when a custom-named resource requires \
                 replacing. Rename {name} and update the stack again."
            )));
        }
        let intent = Intent {
            turn: stack.turn,
            physical,
            properties: aim.properties.clone(),
            absent: by_chance,
        };
        self.stacks.change(aim.id, |stack| {
            aim.target.entry(stack, aim.logical).intent = Some(intent.clone());
            match current {
                None => stack.tell_of(aim.logical, Status::CreateInProgress, None),
                Some(_) => stack.tell_of(
                    aim.logical,
                    Status::UpdateInProgress,
                    Some(
                        "Requested update requires the creation of a new physical resource; \
                         hence creating one.",
                    ),
                ),
            }
            Ok(())
        })?;
        Ok(Ok(intent))
    }

    /// Somebody else has a thing with that id: it is not the stack's to remove.
    fn taken(&self, aim: &Aim<'_>, physical: &str) -> Result<(), Fault> {
        self.stacks.change(aim.id, |stack| {
            aim.target.entry(stack, aim.logical).intent = None;
            Ok(())
        })?;
        let reason = format!(
            "Resource of type '{}' with identifier '{physical}' already exists.",
            aim.target.kind
        );
        self.refused(aim.id, aim.logical, aim.target, &reason)
    }

    /// Writes that the thing is made.
    async fn record(&self, aim: &Aim<'_>, physical: &str) -> Result<(), Fault> {
        let attributes = match aim.kind.attributes(physical, aim.properties).await {
            Ok(attributes) => attributes,
            Err(fault) => return self.refused(aim.id, aim.logical, aim.target, &reason(&fault)),
        };
        self.stacks.change(aim.id, |stack| {
            aim.leave_replaced(stack);
            let resource = aim.target.entry(stack, aim.logical);
            resource.physical = Some(physical.to_owned());
            resource.intent = None;
            let (under_way, complete) = match resource.made {
                None => (Status::CreateInProgress, Status::CreateComplete),
                Some(_) => (Status::UpdateInProgress, Status::UpdateComplete),
            };
            resource.made = Some(Made {
                physical: physical.to_owned(),
                properties: aim.properties.clone(),
                attributes,
            });
            stack.tell_of(aim.logical, under_way, Some("Resource creation Initiated"));
            aim.complete(stack, complete);
            Ok(())
        })
    }

    /// Changes the thing in place.
    async fn alter(&self, stack: &Stack, aim: &Aim<'_>) -> Result<(), Fault> {
        let resource = stack.resources.get(aim.logical);
        let Some((resource, made)) = resource.and_then(|it| Some((it, it.made.as_ref()?))) else {
            return Ok(());
        };
        if resource.attempt.is_none() {
            self.stacks.change(aim.id, |stack| {
                let properties = aim.properties.clone();
                let turn = stack.turn;
                aim.target.entry(stack, aim.logical).attempt = Some(Attempt { turn, properties });
                stack.tell_of(aim.logical, Status::UpdateInProgress, None);
                Ok(())
            })?;
        }
        let physical = &made.physical;
        let updated = aim
            .kind
            .update(physical, &made.properties, aim.properties)
            .await;
        let attributes = match updated {
            Ok(()) => aim.kind.attributes(physical, aim.properties).await,
            Err(fault) => Err(fault),
        };
        let attributes = match attributes {
            Ok(attributes) => attributes,
            Err(fault) => return self.refused(aim.id, aim.logical, aim.target, &reason(&fault)),
        };
        self.stacks.change(aim.id, |stack| {
            let resource = aim.target.entry(stack, aim.logical);
            resource.attempt = None;
            if let Some(made) = &mut resource.made {
                made.properties = aim.properties.clone();
                made.attributes = attributes;
            }
            aim.complete(stack, Status::UpdateComplete);
            Ok(())
        })
    }

    /// Removes what an earlier operation began and failed to make.
    async fn scrap(&self, stack: &Stack, aim: &Aim<'_>) -> Result<(), Fault> {
        let resource = stack.resources.get(aim.logical);
        if let Some(rest) = resource.and_then(|resource| resource.leave_intended(aim.logical)) {
            aim.kind.delete(&rest.physical, &rest.properties).await?;
        }
        self.stacks.change(aim.id, |stack| {
            aim.target.entry(stack, aim.logical).intent = None;
            Ok(())
        })
    }
}

impl Aim<'_> {
    /// Before another thing takes its place. What stood before the update is needed until its end,
    /// and known from there, but for what was changed in place since. What a failed update made since
    /// is known from nowhere else.
    fn leave_replaced(&self, stack: &mut Stack) {
        let Some(current) = stack.resources.get(self.logical).cloned() else {
            return;
        };
        let before = stack.before.as_mut();
        let earlier = before.and_then(|before| before.resources.get_mut(self.logical));
        match (earlier, &current.made) {
            (Some(earlier), Some(made)) if earlier.stands_as() == Some(&made.physical) => {
                let is_same = earlier.made.as_ref() == Some(made);
                earlier.attempt = (!is_same).then(|| Attempt {
                    turn: stack.turn,
                    properties: made.properties.clone(),
                });
            }
            _ => {
                let keep = self.target.terms.keeps_replaced();
                stack.leftovers.extend(current.leave(self.logical, keep));
            }
        }
    }

    /// Writes that the step is done.
    fn complete(&self, stack: &mut Stack, status: Status) {
        self.settle(stack);
        let rolls_back = stack.operation.as_ref().is_some_and(|operation| {
            operation.is_halted() && operation.on_failure != OnFailure::DoNothing
        });
        if !rolls_back {
            stack.tell_of(self.logical, status, None);
            return;
        }
        let (status, reason) = match status {
            Status::CreateComplete => (Status::CreateFailed, "Resource creation cancelled"),
            _ => (Status::UpdateFailed, "Resource update cancelled"),
        };
        stack.tell_of(self.logical, status, Some(reason));
        if let Some(operation) = &mut stack.operation {
            operation.failed.insert(self.logical.to_owned(), status);
        }
    }

    fn settle(&self, stack: &mut Stack) {
        self.target.entry(stack, self.logical).terms = self.target.terms.clone();
        done(stack, self.logical);
    }
}

impl Target {
    /// The stack's resource of that name, planned where there is none.
    fn entry<'a>(&self, stack: &'a mut Stack, logical: &str) -> &'a mut Resource {
        let planned = || Resource::planned(&self.kind, self.terms.clone());
        stack
            .resources
            .entry(logical.to_owned())
            .or_insert_with(planned)
    }
}
