//! Takes one stack from its observed to its desired state, step by step.

mod dry_run;
mod notices;
mod web_site;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::bundle_key::ARTIFACT_BUCKET;
use super::conflict::ConflictRetries;
use super::declared::{self, Conditional};
use super::event::{EventKind, Reporter};
use super::library::{LIBRARY, library_value};
use super::plan::{
    Desired, Observed, Step, changed, changed_outputs, defaults, next_step, outdated,
};
use super::prepared::Prepared;
use super::release::{Destination, FunctionCode, Release};
use super::stack::{Execution, Update};
use super::template::Template;
use super::template_values::Values;
use super::together::Together;
use super::waiter::wait_for_running_operation;
use super::{
    Action, DeployError, Deployment, Recovery, bucket_names, drifted, mismatch, observe, patch,
    stack,
};
use crate::bundle::Project;
use crate::cloud::limits::Work;
use crate::cloud::{Against, Cloud, Drift, NamedValues, Stack, StackRequest, UpdateStatus};
use crate::names::{code_parameter, function_name};

/// The deployment of one stack.
pub(super) struct Deployer<'a> {
    pub prepared: &'a Prepared<'a>,
    pub destination: &'a Destination,
    pub report: Reporter<'a>,
}

impl Deployer<'_> {
    pub fn stack(&self) -> &str {
        self.report.stack
    }

    pub fn release(&self) -> &Release {
        self.prepared.release
    }

    fn cloud(&self) -> &Cloud {
        self.prepared.cloud
    }

    pub async fn run(&self, observed: Option<Observed>) -> Result<Deployment, DeployError> {
        self.check_parameters()?;
        let code = self.code();
        let library = library_value(self.release().library.as_ref());
        let mut desired = Desired {
            stack: self.stack(),
            template: self.release().template.as_ref(),
            parameters: &self.destination.parameters,
            code: &code,
            library: &library,
            full: self.release().full,
            claim: &self.destination.claim,
            conditional: BTreeMap::new(),
        };
        let mut observed = match observed {
            Some(observed) => observed,
            None => self.observe(&desired).await?,
        };
        self.say_what_is_kept(&observed, &desired);
        let mut outcome =
            Deployment::new(self.stack(), &self.release().code, self.release().dry_run);
        let mut retries = ConflictRetries::new(self.report);
        loop {
            desired.conditional = self.conditional(&observed)?;
            let step = match next_step(&observed, &desired) {
                Err(DeployError::FunctionMissing { stack, function }) => {
                    self.check_fit(observed.updatable())?;
                    return Err(self.missing(&observed, stack, function));
                }
                step => step?,
            };
            if matches!(step, Step::Nothing | Step::Patch(_)) {
                self.check_fit(observed.updatable())?;
            }
            if self.release().dry_run {
                let first = observed.stack.as_ref().map(|stack| stack.status.clone());
                if let Some(status) = first.filter(|_| step.comes_first()) {
                    let how = step.recovery();
                    self.report.emit(EventKind::WouldComeFirst { status, how });
                }
                self.report_obstacles(&step, &observed, outcome.recovered.is_some())
                    .await?;
                self.dry_run(&step, &observed, &desired, &mut outcome)
                    .await?;
                if step == Step::Recover(Recovery::DeleteAndCreate) {
                    observed = Observed::default();
                    continue;
                }
                break;
            }
            match step {
                Step::Nothing => break,
                Step::Create => {
                    let request = self.stack_request(None, &[]).await?;
                    let created = stack::create(self.cloud(), &request, self.report).await?;
                    outcome.record(Action::Created, &desired.functions());
                    if created.by_us && self.release().to_many {
                        break;
                    }
                    desired.full = false;
                }
                Step::Update(against) => {
                    let existing = self.existing(&observed)?;
                    let defaults = defaults(&observed, &desired);
                    let request = self.stack_request(Some(existing), &defaults).await?;
                    let execution = if self.release().may_lose_data {
                        Execution::Always
                    } else {
                        Execution::UnlessDataIsLost
                    };
                    match self.update(existing, &request, against, execution).await? {
                        Update::Superseded => retries.wait().await?,
                        updated => {
                            match updated {
                                Update::Done(changes) => {
                                    outcome.outputs = changed_outputs(&observed, &desired);
                                    let outdated = outdated(&observed, &desired);
                                    outcome.record_update(changes, &outdated);
                                    outcome.record_new(&outdated, &observed);
                                }
                                _ if changed(&observed).is_empty() => {}
                                _ => self.report.emit(EventKind::NotRestored),
                            }
                            if against == Against::Reality {
                                self.check_restored(existing).await?;
                            }
                            desired.only_code();
                        }
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
                    wait_for_running_operation(self.cloud(), self.existing(&observed)?, self.report)
                        .await?
                }
                Step::Recover(how) => {
                    if how == Recovery::DeleteAndCreate {
                        let parameters = &self.existing(&observed)?.parameters;
                        let load = self.prepared.load(Work::Delete, parameters);
                        self.cloud().pace(&load).await;
                    }
                    stack::recover(self.cloud(), self.existing(&observed)?, how, self.report)
                        .await?;
                    outcome.record_recovery(how);
                }
            }
            observed = self.observe(&desired).await?;
        }
        self.say_what_is_not_deployed(&observed, &desired, &mut outcome);
        if let Some(site) = self.site(&observed, &outcome).await? {
            outcome.record_site(site);
        }
        outcome.milliseconds = self.destination.since.elapsed().as_millis();
        Ok(outcome)
    }

    /// Parameters whose values come from here cannot be given.
    fn check_parameters(&self) -> Result<(), DeployError> {
        let refused = |parameter: &str, what: String| {
            Err(DeployError::OwnParameter {
                parameter: parameter.to_owned(),
                what,
            })
        };
        let given = &self.destination.parameters;
        if given.contains_key(ARTIFACT_BUCKET) {
            return refused(
                ARTIFACT_BUCKET,
                "it is the class's bucket for code".to_owned(),
            );
        }
        if given.contains_key(LIBRARY) {
            return refused(LIBRARY, "it is where the functions' library is".to_owned());
        }
        for FunctionCode { function, .. } in &self.release().code {
            let parameter = code_parameter(function);
            if given.contains_key(&parameter) {
                return refused(&parameter, format!("it is where the code of {function} is"));
            }
        }
        Ok(())
    }

    /// The parameters that are given or that the stack has.
    fn values(&self, existing: Option<&Stack>) -> NamedValues {
        let existing = existing.map(|stack| stack.parameters.clone());
        let mut values = existing.unwrap_or_default();
        values.extend(self.destination.parameters.clone());
        values
    }

    /// The template and the package that have to fit together.
    fn fitting(&self) -> (Option<&Template>, Option<&Project>) {
        let release = self.release();
        (release.template.as_ref(), release.project.as_ref())
    }

    /// Checks that package and template fit together. `existing` is the stack, unless it is created anew.
    pub(super) fn check_fit(&self, existing: Option<&Stack>) -> Result<(), DeployError> {
        let (Some(template), Some(project)) = self.fitting() else {
            return Ok(());
        };
        let values = self.values(existing);
        mismatch::check(project, template, self.stack(), &values)?;
        bucket_names::check(template, self.stack(), &values)
    }

    /// The functions that the template has only under a condition, by their full names. Each function of
    /// the template has its code from a parameter that exists.
    fn conditional(
        &self,
        observed: &Observed,
    ) -> Result<BTreeMap<String, Conditional>, DeployError> {
        let Some(template) = &self.release().template else {
            return Ok(BTreeMap::new());
        };
        let values = self.values(observed.updatable());
        if let Some(project) = &self.release().project {
            mismatch::check_declared(project, template, self.stack(), &values)?;
        }
        let values = Values::new(template, self.stack(), &values);
        Ok(declared::conditional(template, &values))
    }

    /// The digest of each function's code, by the function's full name.
    fn code(&self) -> BTreeMap<String, String> {
        let code = self.release().code.iter().map(|code| {
            let name = function_name(self.stack(), &code.function);
            (name, code.digest.to_string())
        });
        code.collect()
    }

    async fn observe(&self, desired: &Desired<'_>) -> Result<Observed, DeployError> {
        let functions: Vec<String> = self.release().functions();
        let with_template = desired.template.is_some();
        let adopts = desired.claim.adopts;
        observe(
            self.cloud(),
            self.stack(),
            &functions,
            with_template,
            adopts,
        )
        .await
    }

    /// An error if something is still missing. Not every server that speaks AWS's protocols restores it.
    pub(super) async fn check_restored(&self, stack: &Stack) -> Result<(), DeployError> {
        let mut gone = drifted(self.cloud(), stack).await?;
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
    ) -> Result<Update, DeployError> {
        stack::update(
            self.cloud(),
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

    /// Why the function of this full name does not exist.
    fn missing(&self, observed: &Observed, stack: String, function: String) -> DeployError {
        let project = self.release().project.as_ref();
        let functions = project.into_iter().flat_map(|project| &project.functions);
        let mut ours = functions.filter(|it| function_name(&stack, &it.name) == function);
        match (project, ours.next()) {
            (Some(project), Some(ours)) if !observed.deleted.contains(&function) => {
                let template = self.release().template.as_ref();
                mismatch::missing_function(project, template, &stack, ours)
            }
            _ => DeployError::FunctionMissing { stack, function },
        }
    }

    async fn patch(
        &self,
        names: &[String],
        observed: &Observed,
    ) -> Result<Vec<(String, Option<Duration>)>, DeployError> {
        let found = |name: &String| observed.functions.get(name).cloned().flatten();
        let has_failed = |name| {
            let found = found(name);
            found.is_some_and(|it| matches!(it.update, UpdateStatus::Failed(_)))
        };
        if names.iter().any(has_failed) {
            self.prepared.restore_library(self.report).await?;
        }
        let code = self.release().code.iter();
        let named = code.map(|code| (function_name(self.stack(), &code.function), code));
        let patched = named.filter(|(name, _)| names.contains(name));
        let together = &Together::new();
        let patches = patched.map(|(name, code)| async move {
            let known = found(&name);
            let took =
                patch::patch(self.prepared, together, &name, code, known, self.report).await?;
            Ok::<_, DeployError>((name, took))
        });
        // A failure does not cancel the other patches half-way.
        join_all(patches).await.into_iter().collect()
    }
}
