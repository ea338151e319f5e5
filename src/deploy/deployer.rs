//! One stack's way from how it is to how it should be, step by step.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::contest::{Contest, contested};
use super::event::{Emit, Reporter};
use super::plan::{Site, Step, Wanted, next_step, outdated};
use super::{
    Action, DeployError, Deployment, Request, observe, patch, settle, stack, template_digest,
};
use crate::bundle::Bundle;
use crate::cloud::{Cloud, Stack};
use crate::names::function_name;

/// One stack's way from how it is to how it should be.
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

    pub async fn run(&self, site: Option<Site>) -> Result<Deployment, DeployError> {
        let digest = self.request.template.as_deref().map(template_digest);
        let code = self.code();
        let mut wanted = Wanted {
            stack: self.stack(),
            template_digest: digest.as_deref(),
            parameters: &self.request.parameters,
            code: &code,
            full: self.request.full,
        };
        let mut site = match site {
            Some(site) => site,
            None => self.look().await?,
        };
        let mut done = Deployment::new(self.stack(), self.bundles, self.request.dry_run);
        let mut contest = Contest::new(self.report);
        loop {
            let step = next_step(&site, &wanted)?;
            if self.request.dry_run {
                self.foresee(&step, &site, &wanted, &mut done).await?;
                break;
            }
            match step {
                Step::Nothing => break,
                Step::Create => {
                    let request = self.stack_request(None, &digest).await?;
                    stack::create(self.cloud, &request, self.report).await?;
                    done.did(Action::Created, &code.keys().cloned().collect::<Vec<_>>());
                    wanted.full = false;
                }
                Step::Update => {
                    let before = self.existing(&site)?;
                    let request = self.stack_request(Some(before), &digest).await?;
                    match stack::update(self.cloud, before, &request, false, self.report).await? {
                        Some(changes) => {
                            done.updated(changes, &outdated(&site, &wanted));
                            wanted.only_code();
                        }
                        None => contest.goes_on().await?,
                    }
                }
                Step::Patch(names) => {
                    for (name, took) in self.patch(&names, &site).await? {
                        if let Some(took) = took {
                            done.patched(&name, took);
                        }
                    }
                    // Each patch has looked at its own outcome.
                    break;
                }
                Step::Wait => settle::join(self.cloud, self.existing(&site)?, self.report).await?,
                Step::Recover(how) => {
                    stack::recover(self.cloud, self.existing(&site)?, how, self.report).await?;
                    done.recovered(how);
                }
            }
            site = self.look().await?;
        }
        done.took(self.request.since.elapsed());
        Ok(done)
    }

    /// Full name and digest of each function's code.
    fn code(&self) -> BTreeMap<String, String> {
        let code = self.bundles.iter().map(|bundle| {
            let name = function_name(self.stack(), &bundle.function.name);
            (name, bundle.digest.to_string())
        });
        code.collect()
    }

    async fn look(&self) -> Result<Site, DeployError> {
        let functions: Vec<String> = self
            .bundles
            .iter()
            .map(|b| b.function.name.clone())
            .collect();
        observe(self.cloud, self.stack(), &functions).await
    }

    fn existing<'s>(&self, site: &'s Site) -> Result<&'s Stack, DeployError> {
        site.stack.as_ref().ok_or_else(|| DeployError::Vanished {
            stack: self.stack().to_owned(),
        })
    }

    async fn patch(
        &self,
        names: &[String],
        site: &Site,
    ) -> Result<Vec<(String, Option<Duration>)>, DeployError> {
        let named = self
            .bundles
            .iter()
            .map(|b| (function_name(self.stack(), &b.function.name), b));
        let patches =
            named
                .filter(|(name, _)| names.contains(name))
                .map(|(name, bundle)| async move {
                    let seen = site.functions.get(&name).cloned().flatten();
                    let took = patch::patch(self.cloud, &name, bundle, seen, self.report).await?;
                    Ok::<_, DeployError>((name, took))
                });
        // Each is left to end, so that one failure does not cut off the others half-way.
        join_all(patches).await.into_iter().collect()
    }

    /// Notes what a step would do; only a change set is asked for, and deleted again.
    async fn foresee(
        &self,
        step: &Step,
        site: &Site,
        wanted: &Wanted<'_>,
        done: &mut Deployment,
    ) -> Result<(), DeployError> {
        let digest = wanted.template_digest.map(str::to_owned);
        match step {
            Step::Nothing | Step::Wait => {}
            Step::Recover(how) => done.recovered(*how),
            Step::Patch(names) => done.did(Action::Patched, names),
            Step::Create => {
                self.stack_request(None, &digest).await?;
                done.did(
                    Action::Created,
                    &wanted.code.keys().cloned().collect::<Vec<_>>(),
                );
            }
            Step::Update => {
                let before = self.existing(site)?;
                let request = self.stack_request(Some(before), &digest).await?;
                let changes =
                    stack::update(self.cloud, before, &request, true, self.report).await?;
                done.updated(changes.ok_or_else(|| contested(self.stack()))?, &[]);
                done.did(Action::Patched, &outdated(site, wanted));
            }
        }
        Ok(())
    }
}
