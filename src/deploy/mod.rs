//! Makes stacks match a workspace, by the shortest safe path, and takes them away again.
//!
//! Operations work on a set of stacks, of which one is the plain case: [`observe`] looks at them,
//! [`deploy`] asks the pure [`plan`] for each stack's next step and takes it until nothing is left
//! to do. The truth is remote: no local file decides what is deployed.

mod artifacts;
mod cause;
pub mod clean;
mod contest;
mod error;
mod event;
mod marks;
mod outcome;
mod pace;
mod patch;
pub mod plan;
mod settle;
mod stack;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join, try_join_all};
use futures_util::{StreamExt, stream};

pub use artifacts::{artifact_bucket, template_digest};
pub use cause::Cause;
pub use error::{DeployError, Operation, Role, StackFailure};
pub use event::{Emit, Event, Happening, Recovery};
pub use outcome::{Action, Deployment, FunctionOutcome, Outcome};
pub use plan::Site;

use crate::bundle::{Architecture, Bundle};
use crate::cloud::{Cloud, Names, ParameterValue, Stack, StackRequest};
use contest::{Contest, contested};
use event::Reporter;
use plan::{Step, Wanted, next_step, outdated};

/// Stacks that are worked on at the same time.
const AT_ONCE: usize = 8;
/// The template's parameter for the architecture that functions are built for.
pub const ARCHITECTURE: &str = "Architecture";
const ARTIFACT_BUCKET: &str = "ArtifactBucket";

/// What every stack of a deployment should become.
#[derive(Clone, Debug)]
pub struct Request {
    pub stacks: Vec<String>,
    /// The stack that holds what the class shares.
    pub workshop: String,
    /// The template's text; `None` to look at nothing but code.
    pub template: Option<String>,
    /// The parameters that were given; all others stay as they are.
    pub parameters: Names,
    /// What the bundles are built for; a stack that exists keeps its own unless a parameter says.
    pub architecture: Architecture,
    pub full: bool,
    pub dry_run: bool,
    /// When the person began to wait.
    pub since: Instant,
}

/// A function's name in a stack: `<stack>-01-new-game`.
pub fn function_name(stack: &str, function: &str) -> String {
    format!("{stack}-{function}")
}

/// `04-day-turn` of `mafia-ann-04-day-turn`: the part that commands take.
pub fn short_name(function: &str) -> &str {
    let number = function
        .match_indices('-')
        .rev()
        .map(|(at, _)| &function[at + 1..])
        .find(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    number.unwrap_or(function)
}

/// The game's stack of that name, if there is one; a stack that is not a game is an error.
pub async fn game(cloud: &Cloud, name: &str) -> Result<Option<Stack>, DeployError> {
    match cloud.stack(name).await? {
        Some(stack) => marks::own_game(&stack).map(|()| Some(stack)),
        None => Ok(None),
    }
}

/// Looks at the game's stack and the functions in it; a stack that is not a game is an error.
pub async fn observe(
    cloud: &Cloud,
    stack: &str,
    functions: &[String],
) -> Result<Site, DeployError> {
    let names: Vec<String> = functions.iter().map(|f| function_name(stack, f)).collect();
    let deployed = try_join_all(names.iter().map(|name| async {
        let found = cloud.function(name).await?;
        Ok::<_, DeployError>((name.clone(), found))
    }));
    let (stack, deployed) = try_join(game(cloud, stack), deployed).await?;
    Ok(Site {
        stack,
        functions: deployed.into_iter().collect(),
    })
}

/// Deploys `bundles` to every stack of the request, and tells how each ended.
///
/// `sites` is what was observed of the stacks, by name; a stack without one is looked at first.
pub async fn deploy(
    cloud: &Cloud,
    request: &Request,
    bundles: &[Bundle],
    mut sites: BTreeMap<String, Site>,
    emit: Emit<'_>,
) -> Vec<Outcome> {
    let work = request.stacks.iter().map(|stack| {
        let site = sites.remove(stack);
        let deployer = Deployer {
            cloud,
            request,
            bundles,
            report: Reporter { stack, emit },
            emit,
        };
        async move {
            let result = deployer.run(site).await;
            Outcome {
                stack: stack.clone(),
                result,
            }
        }
    });
    stream::iter(work).buffered(AT_ONCE).collect().await
}

/// One stack's way from how it is to how it should be.
struct Deployer<'a> {
    cloud: &'a Cloud,
    request: &'a Request,
    bundles: &'a [Bundle],
    report: Reporter<'a>,
    emit: Emit<'a>,
}

impl Deployer<'_> {
    fn stack(&self) -> &str {
        self.report.stack
    }

    async fn run(&self, site: Option<Site>) -> Result<Deployment, DeployError> {
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

    /// The stack as CloudFormation should make it, with the bundles where it finds them.
    async fn stack_request(
        &self,
        before: Option<&Stack>,
        digest: &Option<String>,
    ) -> Result<StackRequest, DeployError> {
        let template = self.request.template.clone().unwrap_or_default();
        let summary = self
            .cloud
            .validate_template(&template)
            .await
            .map_err(|error| stack::refused(error, self.stack()))?;
        if let Some(unknown) = self
            .request
            .parameters
            .keys()
            .find(|p| !summary.parameters.contains(p))
        {
            return Err(DeployError::UnknownParameter {
                parameter: unknown.clone(),
                known: self.settable(summary.parameters),
            });
        }
        let mut values = self.request.parameters.clone();
        if before.is_none() && summary.parameters.iter().any(|p| p == ARCHITECTURE) {
            let built_for = self.request.architecture.to_string();
            values.entry(ARCHITECTURE.to_owned()).or_insert(built_for);
        }
        if self.request.dry_run {
            // Where bundles would go is not worth a bucket; the names alone change nothing.
            return Ok(self.request_with(template, &summary.parameters, values, before, digest));
        }
        let bucket = artifacts::bucket(self.cloud, &self.request.workshop, self.emit).await?;
        let keys = artifacts::upload(self.cloud, &bucket, self.bundles, self.report).await?;
        values.insert(ARTIFACT_BUCKET.to_owned(), bucket);
        values.extend(
            keys.into_iter()
                .map(|(function, key)| (code_parameter(&function), key)),
        );
        Ok(self.request_with(template, &summary.parameters, values, before, digest))
    }

    /// The parameters that are left to people.
    fn settable(&self, mut parameters: Vec<String>) -> Vec<String> {
        let functions = self.bundles.iter().map(|b| &b.function.name);
        let code: Vec<String> = functions.map(|name| code_parameter(name)).collect();
        parameters.retain(|name| name != ARTIFACT_BUCKET && !code.contains(name));
        parameters
    }

    fn request_with(
        &self,
        template: String,
        parameters: &[String],
        mut values: Names,
        before: Option<&Stack>,
        digest: &Option<String>,
    ) -> StackRequest {
        let value = |name: &String| match values.remove(name) {
            Some(value) => Some((name.clone(), ParameterValue::Is(value))),
            None if before.is_some_and(|stack| stack.parameters.contains_key(name)) => {
                Some((name.clone(), ParameterValue::Previous))
            }
            // Its default; without one, CloudFormation says which parameter is missing.
            None => None,
        };
        StackRequest {
            name: self.stack().to_owned(),
            parameters: parameters.iter().filter_map(value).collect(),
            tags: marks::game(
                &self.request.workshop,
                digest.as_deref().unwrap_or_default(),
            ),
            template,
        }
    }
}

/// The template's parameter for the key of a function's code: `01-new-game` has `NewGameCode`.
fn code_parameter(function: &str) -> String {
    let words = function
        .split('-')
        .skip_while(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let mut name: String = words
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters)
        })
        .collect();
    name.push_str("Code");
    name
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn the_short_name_of_a_function_is_what_commands_take() {
        assert_eq!(short_name("mafia-ann-04-day-turn"), "04-day-turn");
        assert_eq!(short_name("mafia-2-ann-01-new-game"), "01-new-game");
        assert_eq!(short_name("something"), "something");
    }
}
