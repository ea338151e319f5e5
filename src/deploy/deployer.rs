//! Takes one stack from its observed to its desired state, step by step.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::artifacts::LazyBucket;
use super::conflict::{ConflictRetries, conflict};
use super::event::{Emit, EventKind, Reporter};
use super::plan::{Desired, Observed, Step, defaults, next_step, outdated};
use super::stack::Execution;
use super::waiter::wait_for_running_operation;
use super::{
    Action, DeployError, Deployment, Request, artifacts, drifted, mismatch, observe, patch, stack,
};
use crate::bundle::Bundle;
use crate::cloud::{Against, Change, Cloud, Drift, Stack, StackRequest};
use crate::names::function_name;

/// The deployment of one stack.
pub(super) struct Deployer<'a> {
    pub cloud: &'a Cloud,
    pub request: &'a Request,
    pub bundles: &'a [Bundle],
    pub report: Reporter<'a>,
    pub emit: Emit<'a>,
}

impl Deployer<'_> {
    pub fn stack(&self) -> &str {
        self.report.stack
    }

    pub async fn run(&self, observed: Option<Observed>) -> Result<Deployment, DeployError> {
        let code = self.code();
        let mut desired = Desired {
            stack: self.stack(),
            template: self.request.template.as_deref(),
            parameters: &self.request.parameters,
            code: &code,
            full: self.request.full,
            owner: &self.request.owner,
        };
        let mut observed = match observed {
            Some(observed) => observed,
            None => self.observe(&desired).await?,
        };
        for default in defaults(&observed, &desired) {
            if !default.applies {
                self.report.emit(EventKind::Kept(default));
            }
        }
        let mut outcome = Deployment::new(self.stack(), self.bundles, self.request.dry_run);
        let mut retries = ConflictRetries::new(self.report);
        loop {
            let step = match next_step(&observed, &desired) {
                Err(DeployError::FunctionMissing { function, .. }) => {
                    return Err(self.missing(&observed, &function).await?);
                }
                step => step?,
            };
            if self.request.dry_run {
                self.dry_run(&step, &observed, &desired, &mut outcome)
                    .await?;
                break;
            }
            match step {
                Step::Nothing => break,
                Step::Create => {
                    let request = self.stack_request(None, &[]).await?;
                    stack::create(self.cloud, &request, self.report).await?;
                    outcome.record(Action::Created, &code.keys().cloned().collect::<Vec<_>>());
                    desired.full = false;
                }
                Step::Update(against) => {
                    let existing = self.existing(&observed)?;
                    let defaults = defaults(&observed, &desired);
                    let request = self.stack_request(Some(existing), &defaults).await?;
                    let execution = if self.request.may_lose_data {
                        Execution::Always
                    } else {
                        Execution::UnlessDataIsLost
                    };
                    match self.update(existing, &request, against, execution).await? {
                        Some(changes) => {
                            outcome.record_update(changes, &outdated(&observed, &desired));
                            if against == Against::Reality {
                                self.check_restored(existing).await?;
                            }
                            desired.only_code();
                        }
                        None => retries.wait().await?,
                    }
                }
                Step::Patch(names) => {
                    for (name, took) in self.patch(&names, &observed).await? {
                        if let Some(took) = took {
                            outcome.record_patch(&name, took);
                        }
                    }
                    // Each patch has checked its own result.
                    break;
                }
                Step::Wait => {
                    wait_for_running_operation(self.cloud, self.existing(&observed)?, self.report)
                        .await?
                }
                Step::Recover(how) => {
                    stack::recover(self.cloud, self.existing(&observed)?, how, self.report).await?;
                    outcome.record_recovery(how);
                }
            }
            observed = self.observe(&desired).await?;
        }
        if self.request.template.is_some() {
            self.report_unlisted(&observed);
        }
        outcome.milliseconds = self.request.since.elapsed().as_millis();
        Ok(outcome)
    }

    /// The digest of each function's code, by the function's full name.
    fn code(&self) -> BTreeMap<String, String> {
        let code = self.bundles.iter().map(|bundle| {
            let name = function_name(self.stack(), &bundle.function.name);
            (name, bundle.digest.to_string())
        });
        code.collect()
    }

    async fn observe(&self, desired: &Desired<'_>) -> Result<Observed, DeployError> {
        let functions: Vec<String> = self
            .bundles
            .iter()
            .map(|b| b.function.name.clone())
            .collect();
        let with_template = desired.template.is_some();
        observe(self.cloud, self.stack(), &functions, with_template).await
    }

    /// An error if something is still missing. Not every server that speaks AWS's protocols restores it.
    async fn check_restored(&self, stack: &Stack) -> Result<(), DeployError> {
        let mut gone = drifted(self.cloud, stack).await?;
        gone.retain(|resource| resource.drift == Drift::Deleted);
        if gone.is_empty() {
            return Ok(());
        }
        Err(DeployError::ResourcesGone {
            stack: stack.name.clone(),
            gone,
        })
    }

    async fn update(
        &self,
        existing: &Stack,
        request: &StackRequest,
        against: Against,
        execution: Execution,
    ) -> Result<Option<Vec<Change>>, DeployError> {
        stack::update(
            self.cloud,
            existing,
            request,
            against,
            execution,
            self.report,
        )
        .await
    }

    fn existing<'s>(&self, observed: &'s Observed) -> Result<&'s Stack, DeployError> {
        observed
            .stack
            .as_ref()
            .ok_or_else(|| DeployError::StackDisappeared {
                stack: self.stack().to_owned(),
            })
    }

    /// Reports the functions that the stack got from here once, and the package does not have any more.
    fn report_unlisted(&self, observed: &Observed) {
        let values = observed.stack.iter().flat_map(|s| s.parameters.values());
        let listed = |name: &str| {
            self.request
                .project
                .functions
                .iter()
                .any(|f| f.name == name)
        };
        for function in values.filter_map(|value| artifacts::function_of(value)) {
            if !listed(function) {
                let function = function.to_owned();
                self.report.emit(EventKind::Unlisted { function });
            }
        }
    }

    /// Why the function of this full name does not exist.
    async fn missing(&self, observed: &Observed, name: &str) -> Result<DeployError, DeployError> {
        let stack = self.existing(observed)?;
        let is_it = |b: &&Bundle| function_name(&stack.name, &b.function.name) == name;
        let Some(bundle) = self.bundles.iter().find(is_it) else {
            return Err(DeployError::FunctionMissing {
                stack: stack.name.clone(),
                function: name.to_owned(),
            });
        };
        Ok(mismatch::missing_function(
            &self.request.project,
            self.request.template.as_deref(),
            stack,
            &bundle.function,
            &self.cloud.resources(&stack.id).await?,
        ))
    }

    async fn patch(
        &self,
        names: &[String],
        observed: &Observed,
    ) -> Result<Vec<(String, Option<Duration>)>, DeployError> {
        let named = self
            .bundles
            .iter()
            .map(|b| (function_name(self.stack(), &b.function.name), b));
        let patched: Vec<_> = named.filter(|(name, _)| names.contains(name)).collect();
        let bucket = LazyBucket::new(self.cloud, &self.request.workshop, self.emit);
        let bucket = &bucket;
        let patches = patched.into_iter().map(|(name, bundle)| async move {
            let known = observed.functions.get(&name).cloned().flatten();
            let took = patch::patch(self.cloud, &name, bundle, bucket, known, self.report).await?;
            Ok::<_, DeployError>((name, took))
        });
        // A failure does not cancel the other patches half-way.
        join_all(patches).await.into_iter().collect()
    }

    /// Records what a step would do. At most a change set is created, and deleted again.
    async fn dry_run(
        &self,
        step: &Step,
        observed: &Observed,
        desired: &Desired<'_>,
        outcome: &mut Deployment,
    ) -> Result<(), DeployError> {
        match step {
            Step::Nothing | Step::Wait => {}
            Step::Recover(how) => outcome.record_recovery(*how),
            Step::Patch(names) => outcome.record(Action::Patched, names),
            Step::Create => {
                self.stack_request(None, &[]).await?;
                outcome.record(
                    Action::Created,
                    &desired.code.keys().cloned().collect::<Vec<_>>(),
                );
            }
            Step::Update(against) => {
                let existing = self.existing(observed)?;
                let defaults = defaults(observed, desired);
                let request = self.stack_request(Some(existing), &defaults).await?;
                let changes = self
                    .update(existing, &request, *against, Execution::Never)
                    .await?;
                outcome.record_update(changes.ok_or_else(|| conflict(self.stack()))?, &[]);
                outcome.record(Action::Patched, &outdated(observed, desired));
            }
        }
        Ok(())
    }
}
