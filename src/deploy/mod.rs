//! Makes stacks match a workspace, by the shortest safe path, and takes them away again.
//!
//! Operations work on a set of stacks, of which one is the plain case: [`observe`] looks at them,
//! [`deploy`] asks the pure [`plan`] for each stack's next step and takes it until nothing is left
//! to do. The truth is remote: no local file decides what is deployed.

mod artifacts;
mod cause;
pub mod clean;
mod contest;
mod deployer;
mod error;
mod event;
mod marks;
mod outcome;
mod pace;
mod patch;
pub mod plan;
mod settle;
mod stack;
mod stack_request;

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::future::{try_join, try_join_all};
use futures_util::{StreamExt, stream};

pub use artifacts::{artifact_bucket, template_digest};
pub use cause::Cause;
pub use error::{DeployError, Operation, Role, StackFailure};
pub use event::{Emit, Event, Happening, Recovery};
pub use outcome::{Action, Deployment, FunctionOutcome, Outcome};
pub use plan::Site;

use crate::bundle::{Architecture, Bundle};
use crate::cloud::{Cloud, NamedValues, Stack};
use crate::names::function_name;
use deployer::Deployer;
use event::Reporter;

/// Stacks that are worked on at the same time.
const AT_ONCE: usize = 8;
/// The template's parameter for the architecture that functions are built for.
pub const ARCHITECTURE: &str = "Architecture";

/// What every stack of a deployment should become.
#[derive(Clone, Debug)]
pub struct Request {
    pub stacks: Vec<String>,
    /// The stack that holds what the class shares.
    pub workshop: String,
    /// The template's text; `None` to look at nothing but code.
    pub template: Option<String>,
    /// The parameters that were given; all others stay as they are.
    pub parameters: NamedValues,
    /// What the bundles are built for; a stack that exists keeps its own unless a parameter says.
    pub architecture: Architecture,
    pub full: bool,
    pub dry_run: bool,
    /// When the person began to wait.
    pub since: Instant,
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
