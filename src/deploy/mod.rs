//! Deploys a workspace to stacks by the shortest safe path, and deletes them.
//!
//! Operations work on a set of stacks. [`observe`] reads a stack's state; [`deploy`] takes the next step
//! that the pure [`plan`] decides for each stack, until nothing is left to do. The state is remote: no
//! local file says what is deployed.

mod artifacts;
mod backoff;
mod bundle_key;
mod cause;
pub mod clean;
mod configuration;
mod conflict;
mod declared;
#[cfg(test)]
mod denied_tests;
mod deployer;
mod drift;
mod earlier;
mod error;
mod event;
mod failed_polls;
mod leftover;
mod list;
mod log_groups;
mod mismatch;
#[cfg(test)]
mod on_sandbox;
mod outcome;
mod owner;
mod ownership;
mod patch;
pub mod plan;
mod removed;
#[cfg(test)]
mod script_tests;
mod snippet;
mod stack;
mod stack_request;
mod template;
mod template_use;
mod template_values;
mod undo;
mod waiter;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures_util::future::{try_join, try_join_all};
use futures_util::{StreamExt, stream};

pub use artifacts::{ArtifactBucket, artifact_bucket};
pub use bundle_key::ARTIFACT_BUCKET;
pub use cause::Cause;
pub use configuration::Changed;
pub use drift::{Drifted, drifted};
pub use error::{DeployError, Operation, StackFailure, StackRole};
pub use event::{Emit, Event, EventKind, Recovery};
pub use leftover::{BUCKET, FUNCTION, Kept, LOG_GROUP, Leftover, TABLE};
pub use list::{ListedStack, list, seconds_since_1970};
pub use mismatch::Mismatch;
pub use outcome::{Action, Deployment, FunctionOutcome, Outcome, RestoredFunction, Undone};
pub use owner::Owner;
pub use ownership::{check_owner, owner_of, role};
pub use plan::Observed;
pub use removed::{Fate, Removed};
pub use template::{NewDefault, Template};
pub use undo::{Undo, undo};

use crate::bundle::{Architecture, Bundle, Project};
use crate::cloud::{Cloud, NamedValues, Phase, Stack, TemplateStage};
use crate::names::{LONGEST_FUNCTION_NAME, function_name};
use deployer::Deployer;
use event::Reporter;

/// How many stacks are deployed at the same time.
const MAX_CONCURRENT_STACKS: usize = 8;
/// The template's parameter for the architecture that functions are built for.
pub const ARCHITECTURE: &str = "Architecture";
/// How the names of parameters for code end.
const CODE: &str = "Code";
/// The template's parameter for a role that the functions have instead of one of their own.
pub const FUNCTION_ROLE: &str = "FunctionRole";

/// The desired state of every stack of a deployment.
#[derive(Clone, Debug)]
pub struct Request {
    pub stacks: Vec<String>,
    /// The name of the shared stack of the class.
    pub workshop: String,
    /// Where the bundles come from.
    pub project: Project,
    /// The template's text; `None` to compare only the code.
    pub template: Option<String>,
    /// The parameters that were given; all others keep their values.
    pub parameters: NamedValues,
    /// What the bundles are built for. It becomes the parameter of a new stack only.
    pub architecture: Architecture,
    pub full: bool,
    pub dry_run: bool,
    /// Whether an update may delete or replace what holds data.
    pub may_lose_data: bool,
    /// Who deploys. The stacks become this owner's.
    pub owner: Owner,
    /// Whether somebody else's stacks may become this owner's.
    pub adopts: bool,
    /// When the person started to wait.
    pub since: Instant,
}

/// The game's stack of that name, if there is one; a stack that is not a game is an error, unless it has
/// only lost its tags and somebody `adopts` it.
pub async fn game(cloud: &Cloud, name: &str, adopts: bool) -> Result<Option<Stack>, DeployError> {
    match cloud.stack(name).await? {
        Some(stack) => ownership::check_game(&stack, adopts).map(|()| Some(stack)),
        None => Ok(None),
    }
}

/// The state of the game's stack and of its functions; a stack that is not a game is an error, as in
/// [`game`]. The template is read too, unless only code is compared.
pub async fn observe(
    cloud: &Cloud,
    stack: &str,
    functions: &[String],
    with_template: bool,
    adopts: bool,
) -> Result<Observed, DeployError> {
    let names: Vec<String> = functions.iter().map(|f| function_name(stack, f)).collect();
    if let Some(long) = names.iter().find(|name| name.len() > LONGEST_FUNCTION_NAME) {
        return Err(DeployError::LongFunctionName {
            function: long.clone(),
        });
    }
    let deployed = try_join_all(names.iter().map(|name| async {
        let found = cloud.function(name).await?;
        Ok::<_, DeployError>((name.clone(), found))
    }));
    let described = async {
        let found = game(cloud, stack, adopts).await?;
        let template = match &found {
            Some(stack) if with_template && stack.status.phase() == Phase::Updatable => {
                Some(cloud.template(&stack.id, TemplateStage::AsSent).await?)
            }
            _ => None,
        };
        Ok((found, template))
    };
    let ((stack, template), deployed) = try_join(described, deployed).await?;
    let missing = deployed.iter().filter(|(_, found)| found.is_none());
    let missing: Vec<String> = missing.map(|(name, _)| name.clone()).collect();
    let deleted = match &stack {
        Some(stack) if stack.status.phase() == Phase::Updatable && !missing.is_empty() => {
            deleted(cloud, stack, &missing).await?
        }
        _ => BTreeSet::new(),
    };
    Ok(Observed {
        stack,
        functions: deployed.into_iter().collect(),
        template,
        deleted,
    })
}

/// Those of the `missing` functions that the stack believes to have.
async fn deleted(
    cloud: &Cloud,
    stack: &Stack,
    missing: &[String],
) -> Result<BTreeSet<String>, DeployError> {
    let resources = cloud.resources(&stack.id).await?.into_iter();
    let ours = resources.filter(|it| it.status.is_success() && missing.contains(&it.physical_id));
    Ok(ours.map(|resource| resource.physical_id).collect())
}

/// Deploys `bundles` to every stack of the request; returns how each deployment ended.
///
/// `observed` are the known states of the stacks, by name; the other stacks are observed first.
pub async fn deploy(
    cloud: &Cloud,
    request: &Request,
    bundles: &[Bundle],
    mut observed: BTreeMap<String, Observed>,
    emit: Emit<'_>,
) -> Vec<Outcome> {
    let work = request.stacks.iter().map(|stack| {
        let observed = observed.remove(stack);
        let deployer = Deployer {
            cloud,
            request,
            bundles,
            report: Reporter { stack, emit },
            emit,
        };
        async move {
            let result = deployer.run(observed).await;
            Outcome {
                stack: stack.clone(),
                result,
            }
        }
    });
    stream::iter(work)
        .buffered(MAX_CONCURRENT_STACKS)
        .collect()
        .await
}

/// Deploys `bundles` to the only stack of the request.
pub async fn deploy_one(
    cloud: &Cloud,
    request: &Request,
    bundles: &[Bundle],
    observed: BTreeMap<String, Observed>,
    emit: Emit<'_>,
) -> Result<Deployment, DeployError> {
    let mut outcomes = deploy(cloud, request, bundles, observed, emit).await;
    outcomes.pop().expect("one stack has one outcome").result
}
