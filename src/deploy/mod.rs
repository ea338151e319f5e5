//! Deploys a workspace to stacks by the shortest safe path, and deletes them.
//!
//! A [`Release`] is the same for many stacks, and [`Prepared`] once for all that share an account; a
//! [`Destination`] is one of the stacks. [`observe`] reads a stack's state; [`deploy`] takes the next step
//! that the pure [`plan`] decides for it, until nothing is left to do. The state is remote: no local file
//! says what is deployed.

mod addition;
mod api_digest;
mod artifacts;
mod backoff;
mod bucket_names;
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
mod error;
mod event;
mod failed_polls;
mod insertion;
mod library;
mod list;
mod membership;
mod mismatch;
mod obstacles;
#[cfg(test)]
mod on_sandbox;
mod outcome;
mod owner;
mod ownership;
mod parameters;
mod patch;
pub mod plan;
mod prepared;
mod quickbuild;
mod release;
mod removed;
#[cfg(test)]
mod script_tests;
mod shared_stack;
mod site;
mod snippet;
mod stack;
mod stack_request;
mod template;
mod template_use;
mod template_values;
mod template_work;
mod together;
mod undo;
mod waiter;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all};

pub use addition::{Addition, AdditionError, Part, PartKind};
pub use api_digest::with_api_digest;
pub use artifacts::{ArtifactBucket, artifact_bucket, bucket_of, games_of};
pub use bundle_key::ARTIFACT_BUCKET;
pub use cause::{Cause, cause_of};
pub use clean::{BUCKET, FUNCTION, Kept, LOG_GROUP, Leftover, ROLE, STACK, TABLE};
pub use configuration::Changed;
pub use declared::Conditional;
pub use drift::{Drifted, drifted};
pub use error::{DeployError, Operation, StackFailure, StackRole};
pub use event::{Emit, Event, EventKind, Recovery};
pub use library::{
    LIBRARY, has_library, library_key, library_of, library_value, takes_library, without_layers,
};
pub use list::{ListedStack, list, seconds_since_1970};
pub use membership::{CLASS, EXPIRES, Membership, STUDENT};
pub use mismatch::Mismatch;
pub use obstacles::Taken;
pub use outcome::{
    Action, Alone, Deployment, Difference, FunctionOutcome, RestoredFunction, Undone,
};
pub use owner::Owner;
pub use ownership::{
    check as check_claim, check_lab, check_owner, is_workshop, lab_of, owner_of, role, workshop_of,
};
pub use plan::Observed;
pub use prepared::Prepared;
pub use quickbuild::{QuickBuild, Way};
pub use release::{Claim, Destination, FunctionCode, Release, Workshop};
pub use removed::{Fate, Removed};
pub use site::{
    FileAction, FileOutcome, SITE_ADDRESS, SiteOutcome, WantedSite, compared as compared_site,
};
pub use template::{NewDefault, Template, asks_for_the_same};
pub use undo::{Undo, library_to_restore, patches_of, undo};
pub use ways::Ways;

use crate::cloud::{Cloud, CloudError, DeployedFunction, Phase, Stack, TemplateStage};
use crate::names::{LONGEST_FUNCTION_NAME, function_name};
use deployer::Deployer;
use template_values::Values;

/// The template's parameter for the architecture that functions are built for.
pub const ARCHITECTURE: &str = "Architecture";
/// How the names of parameters for code end.
const CODE: &str = "Code";
/// The game's parameter for an API in front of the functions: `yes` or `no`.
pub const API: &str = "Api";
/// The parameter for the stack of the game, in a template of a lab that plays it.
pub const GAME_STACK: &str = "GameStack";
/// The output with the address of an API, in a template that has one.
pub const API_ADDRESS: &str = "ApiUrl";
/// The template's parameter for a role that the functions have instead of one of their own.
pub const FUNCTION_ROLE: &str = "FunctionRole";

/// The game's stack of that name, if there is one; a stack that is not a game is an error, unless it has
/// only lost its tags and somebody `adopts` it.
pub async fn game(cloud: &Cloud, name: &str, adopts: bool) -> Result<Option<Stack>, DeployError> {
    match cloud.stack(name).await? {
        Some(stack) => ownership::check_game(&stack, adopts).map(|()| Some(stack)),
        None => Ok(None),
    }
}

/// The functions that the deployed template of `stack` has only under a condition, by their full names.
pub async fn conditional(
    cloud: &Cloud,
    stack: &Stack,
) -> Result<BTreeMap<String, Conditional>, CloudError> {
    let text = cloud.template(&stack.id, TemplateStage::AsSent).await?;
    let template = Template::new(text);
    let values = Values::new(&template, &stack.name, &stack.parameters);
    Ok(declared::conditional(&template, &values))
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
    let names = function_names(stack, functions)?;
    let deployed = deployed(cloud, &names);
    let described = async {
        let found = game(cloud, stack, adopts).await?;
        let template = template_of(cloud, found.as_ref().filter(|_| with_template)).await?;
        Ok((found, template))
    };
    let ((stack, template), functions) = try_join(described, deployed).await?;
    whole(cloud, stack, template, functions).await
}

/// The same for a stack that is known already.
pub async fn observe_known(
    cloud: &Cloud,
    stack: &Stack,
    functions: &[String],
) -> Result<Observed, DeployError> {
    let names = function_names(&stack.name, functions)?;
    let described = template_of(cloud, Some(stack));
    let (template, functions) = try_join(described, deployed(cloud, &names)).await?;
    whole(cloud, Some(stack.clone()), template, functions).await
}

/// The full names of a stack's functions.
fn function_names(stack: &str, functions: &[String]) -> Result<Vec<String>, DeployError> {
    let names: Vec<String> = functions.iter().map(|f| function_name(stack, f)).collect();
    if let Some(long) = names.iter().find(|name| name.len() > LONGEST_FUNCTION_NAME) {
        return Err(DeployError::LongFunctionName {
            function: long.clone(),
        });
    }
    Ok(names)
}

type Functions = BTreeMap<String, Option<DeployedFunction>>;

async fn deployed(cloud: &Cloud, names: &[String]) -> Result<Functions, DeployError> {
    let deployed = names.iter().map(|name| async {
        let found = cloud.function(name).await?;
        Ok::<_, DeployError>((name.clone(), found))
    });
    Ok(try_join_all(deployed).await?.into_iter().collect())
}

/// The template of a stack that can be updated.
async fn template_of(
    cloud: &Cloud,
    stack: Option<&Stack>,
) -> Result<Option<Template>, DeployError> {
    match stack.filter(|stack| stack.status.phase() == Phase::Updatable) {
        Some(stack) => {
            let text = cloud.template(&stack.id, TemplateStage::AsSent).await?;
            Ok(Some(Template::new(text)))
        }
        None => Ok(None),
    }
}

async fn whole(
    cloud: &Cloud,
    stack: Option<Stack>,
    template: Option<Template>,
    functions: Functions,
) -> Result<Observed, DeployError> {
    let missing = functions.iter().filter(|(_, found)| found.is_none());
    let missing: Vec<String> = missing.map(|(name, _)| name.clone()).collect();
    let deleted = match &stack {
        Some(stack) if stack.status.phase() == Phase::Updatable && !missing.is_empty() => {
            deleted(cloud, stack, &missing).await?
        }
        _ => BTreeSet::new(),
    };
    Ok(Observed {
        stack,
        functions,
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

/// Deploys a release to one stack. `observed` is its state, if it is known already.
pub async fn deploy(
    prepared: &Prepared<'_>,
    destination: &Destination,
    observed: Option<Observed>,
) -> Result<Deployment, DeployError> {
    let deployer = Deployer {
        prepared,
        destination,
        report: prepared.report(&destination.stack),
    };
    let mut deployment = deployer.run(observed).await?;
    if prepared.quickbuild.is_some_and(|it| it.explains) && !prepared.release.dry_run {
        ways::compare(prepared, &mut deployment).await?;
    }
    Ok(deployment)
}
