//! Works on stacks. What is to be done next is read from the stack's record and from nothing else, and
//! what was done is written there before anything builds on it: so an operation goes on after the
//! sandbox was killed as if nothing had been, and there is one way for both.
//!
//! An operation goes through phases ([`Phase`]), each a number of steps that wait for one another
//! ([`work`]). A step makes or changes a resource ([`apply`]), changes it back ([`revert`]) or
//! removes it ([`remove`]). When no step is left, the phase is over ([`transition`]).

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

use tokio::task::JoinSet;

pub use apply::changed_properties;
pub use desired_state::{DesiredResource, DesiredState, properties};
pub use start::{start_apply, start_delete, start_rollback};

use super::resources::{ResourceType, Types};
use super::stack::{Phase, Stack, Status};
use super::stacks::Stacks;
use crate::fault::Fault;
use crate::journal::Journal;

/// How many resources of one stack are worked on at once.
const CONCURRENCY: usize = 8;

#[derive(Debug)]
pub struct Engine {
    pub stacks: Stacks,
    pub types: Types,
    journal: Option<Arc<Journal>>,
    running: AtomicUsize,
}

impl Engine {
    /// Without a journal nobody is told of the sandbox's own failures.
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

    /// Goes on with the operation of the stack with this id, whoever asked for it, and whether they
    /// still wait.
    pub fn start(self: &Arc<Self>, id: &str) {
        let (engine, id) = (self.clone(), id.to_owned());
        self.running.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let ended = tokio::spawn({
                let (engine, id) = (engine.clone(), id.clone());
                async move { engine.run(&id).await }
            });
            let failure = match ended.await {
                Ok(Ok(())) => None,
                Ok(Err(fault)) => Some(fault.to_string()),
                Err(error) => Some(error.to_string()),
            };
            if let (Some(failure), Some(journal)) = (failure, &engine.journal) {
                let goes_on = "it goes on at the next start";
                journal.note(&format!("the work on {id} broke off; {goes_on}: {failure}"));
            }
            engine.running.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// Goes on with all operations that were under way when the last sandbox ended.
    pub fn resume(self: &Arc<Self>) -> Result<(), Fault> {
        for stack in self.stacks.all_living()? {
            if stack.operation.is_some() {
                self.start(&stack.id);
            }
        }
        Ok(())
    }

    /// Works until the operation is over. An error is the sandbox's own: the stack is as it was
    /// written last, and can be gone on with.
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
            let desired_state = Arc::new(self.desired_state(&stack, phase));
            self.work(id, &desired_state).await?;
            self.finish_phase(id, &desired_state)?;
        }
    }

    fn desired_state(&self, stack: &Stack, phase: Phase) -> Result<DesiredState, String> {
        match phase {
            Phase::Apply => {
                let text = self.stacks.text(stack, stack.definition.text);
                let desired_state = text.and_then(|text| DesiredState::of(stack, &text));
                desired_state.map_err(|fault| fault.message)
            }
            _ => Ok(DesiredState::default()),
        }
    }

    /// All steps of the phase that can be done.
    async fn work(
        self: &Arc<Self>,
        id: &str,
        desired_state: &Arc<Result<DesiredState, String>>,
    ) -> Result<(), Fault> {
        if desired_state.is_err() {
            return Ok(());
        }
        let mut steps = JoinSet::new();
        let mut begun = BTreeSet::new();
        loop {
            let stack = self.stacks.described(id)?;
            let mut ready = desired_state.as_ref().as_ref().map_or_else(
                |_| Vec::new(),
                |desired_state| steps::ready(&stack, desired_state.resources()),
            );
            ready.retain(|step| !begun.contains(step));
            for step in ready
                .into_iter()
                .take(CONCURRENCY.saturating_sub(steps.len()))
            {
                begun.insert(step.clone());
                let (engine, desired_state, id) =
                    (self.clone(), desired_state.clone(), id.to_owned());
                steps.spawn(async move { engine.step(&id, &step, &desired_state).await });
            }
            match steps.join_next().await {
                None => return Ok(()),
                Some(Ok(done)) => done?,
                Some(Err(error)) => return Err(Fault::internal(error.to_string())),
            }
        }
    }

    async fn step(
        &self,
        id: &str,
        step: &str,
        desired_state: &Result<DesiredState, String>,
    ) -> Result<(), Fault> {
        let stack = self.stacks.described(id)?;
        match (stack.phase(), desired_state) {
            (Some(Phase::Apply), Ok(desired_state)) => self.apply(stack, step, desired_state).await,
            (Some(Phase::Rollback), _) => self.revert(stack, step).await,
            (Some(_), _) => self.remove(stack, step).await,
            (None, _) => Ok(()),
        }
    }

    /// The type of a resource of a stack; it had one when the stack took it.
    fn kind(&self, name: &str) -> Result<&dyn ResourceType, String> {
        match self.types.get(name) {
            Some(kind) => Ok(&**kind),
            None => Err(format!("the sandbox has no resource type {name} any more")),
        }
    }

    /// Writes that the step failed, and why.
    fn record_failure(
        &self,
        id: &str,
        logical_id: &str,
        status: Status,
        reason: &str,
    ) -> Result<(), Fault> {
        self.stacks.change(id, |stack| {
            stack.set_resource_status(logical_id, status, Some(reason));
            if let Some(operation) = &mut stack.operation {
                operation.failed.insert(logical_id.to_owned(), status);
            }
            Ok(())
        })
    }
}

/// Marks a step of the operation under way as done.
fn done(stack: &mut Stack, step: &str) {
    if let Some(operation) = &mut stack.operation {
        operation.done.insert(step.to_owned());
    }
}

/// What a service said against a resource, as events word it.
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
