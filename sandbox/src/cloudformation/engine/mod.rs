//! Works on stacks. The records alone say what is to be done next, and what was done is written before
//! anything depends on it. So an operation continues after a kill in the same way as without one.
//!
//! An operation goes through phases ([`Phase`]), each a number of steps that wait for one another
//! ([`steps`]). A step creates or updates a resource ([`apply`]), returns it to what it was
//! ([`rollback`]) or deletes it ([`delete`]), and writes only that resource. When no step is left, the
//! phase is over ([`transition`]).

mod apply;
mod delete;
mod desired_state;
mod rollback;
mod start;
mod steps;
mod transition;

#[cfg(test)]
pub mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;

pub use apply::changed_properties;
pub use desired_state::{desired_state, properties};
pub use start::{start_apply, start_delete, start_rollback};

use super::resources::{ResourceType, Types};
use super::stack::{Phase, Resource, Stack, Status, StepState};
use super::stacks::Stacks;
use super::template::{DesiredState, Reference, Template};
use crate::fault::Fault;
use crate::journal::Journal;
use steps::Steps;

/// How many resources of one stack are worked on at once.
const CONCURRENCY: usize = 8;
/// Before work that broke off is gone on with.
const TRY_AGAIN: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 2000 });

#[derive(Debug)]
pub struct Engine {
    pub stacks: Stacks,
    pub types: Types,
    journal: Option<Arc<Journal>>,
    running: AtomicUsize,
}

impl Engine {
    /// Without a journal the sandbox's own failures are not noted anywhere.
    pub fn new(stacks: Stacks, types: Types, journal: Option<Arc<Journal>>) -> Arc<Self> {
        Arc::new(Self {
            stacks,
            types,
            journal,
            running: AtomicUsize::new(0),
        })
    }

    pub fn is_busy(&self) -> bool {
        self.running.load(Ordering::SeqCst) > 0
    }

    /// Continues the operation of the stack with this id in the background, until it is over. Work that
    /// breaks off, such as on a full disk, is gone on with after a pause.
    pub fn start(self: &Arc<Self>, id: &str) {
        let (engine, id) = (self.clone(), id.to_owned());
        self.running.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let mut noted = None;
            while let Err(failure) = engine.try_run(&id).await {
                if noted.as_ref() != Some(&failure)
                    && let Some(journal) = &engine.journal
                {
                    journal.note(&format!(
                        "the work on {id} broke off, trying again: {failure}"
                    ));
                }
                noted = Some(failure);
                sleep(TRY_AGAIN).await;
            }
            engine.running.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// As [`run`](Self::run), also where it panics.
    async fn try_run(self: &Arc<Self>, id: &str) -> Result<(), String> {
        let (engine, id) = (self.clone(), id.to_owned());
        let ended = tokio::spawn(async move { engine.run(&id).await });
        match ended.await {
            Ok(ended) => ended.map_err(|fault| fault.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Continues all operations that were under way when the last sandbox ended.
    pub fn resume(self: &Arc<Self>) -> Result<(), Fault> {
        for stack in self.stacks.with_operation()? {
            self.start(&stack.id);
        }
        Ok(())
    }

    /// Works until the operation is over. An error is the sandbox's own failure: the records are as they
    /// were written last, and the operation can be continued.
    pub async fn run(self: &Arc<Self>, id: &str) -> Result<(), Fault> {
        loop {
            let Some(stack) = self.stacks.find(id)? else {
                return Ok(());
            };
            let Some(phase) = stack.phase() else {
                return match stack.status {
                    Status::DeleteComplete => self.stacks.forget_old(),
                    _ => Ok(()),
                };
            };
            let desired_state = match phase {
                Phase::Apply => self.desired_state(&stack).map_err(|fault| fault.message),
                _ => Ok(DesiredState::default()),
            };
            let desired_state = desired_state.map(Arc::new);
            if let Ok(desired_state) = &desired_state {
                self.run_steps(id, desired_state).await?;
            }
            self.finish_phase(id, desired_state.as_deref())?;
        }
    }

    fn desired_state(&self, stack: &Stack) -> Result<DesiredState, Fault> {
        let template = Template::parse(&self.stacks.template(stack)?)?;
        desired_state(&template, &stack.definition, &stack.name, &stack.id)
    }

    /// The metadata of a resource with its functions evaluated, as far as they can be.
    pub fn metadata(&self, stack: &Stack, logical_id: &str) -> Result<Option<Value>, Fault> {
        let desired_state = self.desired_state(stack)?;
        let find = |logical_id: &str| self.stacks.resource(stack, logical_id);
        let metadata = desired_state.metadata(logical_id, &|it| self.resolve(find, it));
        Ok(metadata.ok().flatten())
    }

    /// Does all steps of the phase that can be done.
    async fn run_steps(
        self: &Arc<Self>,
        id: &str,
        desired_state: &Arc<DesiredState>,
    ) -> Result<(), Fault> {
        let state = self.stacks.state(id)?;
        let mut steps = Steps::of(&state, &desired_state.resources);
        let mut running = JoinSet::new();
        let mut started = BTreeSet::new();
        loop {
            // Steps record their failures there, and clients that they want an end.
            let operation = self.stacks.get(id)?.operation;
            let open = operation.filter(|operation| !operation.is_halted());
            let mut ready = open.map_or_else(Vec::new, |it| steps.ready(&it.failed));
            ready.retain(|step| !started.contains(step));
            for step in ready
                .into_iter()
                .take(CONCURRENCY.saturating_sub(running.len()))
            {
                started.insert(step.clone());
                let (engine, desired_state, id) =
                    (self.clone(), desired_state.clone(), id.to_owned());
                running.spawn(async move {
                    let result = engine.run_step(&id, &step, &desired_state).await;
                    result.map(|()| step)
                });
            }
            match running.join_next().await {
                None => return Ok(()),
                Some(Ok(step)) => steps.finish(step?),
                Some(Err(error)) => return Err(Fault::internal(error.to_string())),
            }
        }
    }

    async fn run_step(
        &self,
        id: &str,
        name: &str,
        desired_state: &DesiredState,
    ) -> Result<(), Fault> {
        let state = self.stacks.step(id, name)?;
        match state.stack.phase() {
            Some(Phase::Apply) => self.apply(state, desired_state).await,
            Some(Phase::Rollback) => self.rollback(state).await,
            Some(Phase::Delete | Phase::Cleanup | Phase::RollbackCleanup) => {
                self.delete(&state).await
            }
            None => Ok(()),
        }
    }

    /// The type of a resource of a stack.
    fn kind(&self, name: &str) -> Result<&dyn ResourceType, String> {
        match self.types.get(name) {
            Some(kind) => Ok(&**kind),
            None => Err(format!("the sandbox has no resource type {name} any more")),
        }
    }

    /// As [`Stacks::change_step`], of the step that `state` was read for.
    fn change_step(
        &self,
        state: &StepState,
        change: impl FnOnce(&mut StepState),
    ) -> Result<(), Fault> {
        let (id, name) = (&state.stack.id, &state.name);
        self.stacks.change_step(id, name, change)
    }

    /// Writes that the step failed, and why.
    fn record_failure(&self, state: &StepState, status: Status, reason: &str) -> Result<(), Fault> {
        self.change_step(state, |state| {
            state.set_status(status, Some(reason));
            state.record_failure(status);
        })
    }

    /// What `Ref`, `Fn::GetAtt` and `Fn::ImportValue` evaluate to now. `find` gets a resource of the
    /// stack by its logical id.
    pub fn resolve(
        &self,
        find: impl Fn(&str) -> Result<Option<Resource>, Fault>,
        reference: Reference<'_>,
    ) -> Result<Value, String> {
        let actual = |logical_id: &str| {
            let resource = find(logical_id).map_err(|fault| fault.message)?;
            let actual = resource.and_then(|resource| resource.actual);
            actual.ok_or_else(|| format!("Resource {logical_id} does not exist yet"))
        };
        match reference {
            Reference::Ref(logical_id) => Ok(Value::String(actual(logical_id)?.physical_id)),
            Reference::Att(logical_id, name) => {
                let attribute = actual(logical_id)?.attributes.remove(name);
                attribute.ok_or_else(|| {
                    format!(
                        "Resource {logical_id} does not support attribute type {name} in Fn::GetAtt"
                    )
                })
            }
            Reference::Import(name) => {
                let export = self.stacks.export(name).map_err(|fault| fault.message)?;
                let export = export.ok_or_else(|| format!("No export named {name} found."))?;
                Ok(Value::String(export.value))
            }
        }
    }
}

/// A service's fault, in the words of CloudFormation's events.
fn reason(fault: &Fault) -> String {
    let code = match fault.status.as_u16() {
        403 => "AccessDenied",
        404 => "NotFound",
        409 => "ResourceConflict",
        429 => "Throttling",
        500.. => "ServiceInternalError",
        _ => "InvalidRequest",
    };
    format!(
        "Resource handler returned message: \"{} (Service error: {})\" (HandlerErrorCode: {code})",
        fault.message, fault.code
    )
}
