//! `mafia deploy`

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;

use super::adoption::{Adoption, owner};
use crate::bundle::{self, Architecture, BuildOptions, Bundle, Function, Project, Workspace};
use crate::cloud::{Cloud, LONGEST_TEMPLATE};
use crate::context::Context;
use crate::deploy::{self, ARCHITECTURE, Deployment, Observed, Request};
use crate::error::Error;
use crate::render;
use crate::wording::count;
use crate::workspace::current_folder;

/// Build the functions and update your stack
#[derive(Args, Debug, Default)]
#[command(after_help = "\
What it does depends on what has changed:
  no stack yet            creates the stack with CloudFormation
  template or parameters  creates and executes a change set
  only code               patches the changed functions, in parallel
  nothing                 does nothing
If an earlier deployment left a failed stack, it recovers the stack first. It asks before it changes a stack that belongs to somebody else.

The game's template has the parameters Players, Mafia and Architecture, and for
accounts with rules PermissionsBoundary, RolePath and FunctionRole.")]
pub struct Deploy {
    /// Build and patch only this function, such as day-turn
    #[arg(short, long, value_name = "NAME")]
    function: Option<String>,
    /// Use CloudFormation even if nothing seems to have changed, and undo changes made by hand
    #[arg(long, conflicts_with = "function")]
    full: bool,
    /// Show what would change, but change nothing
    #[arg(long)]
    dry_run: bool,
    /// Set a parameter of the template; others keep their values
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = parameter, conflicts_with = "function")]
    parameters: Vec<(String, String)>,
    /// Build with Cargo's release profile: smaller bundles, slower builds
    #[arg(long)]
    release: bool,
    #[command(flatten)]
    adoption: Adoption,
}

impl Deploy {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let (_, deployment) = self.deploy(context, context.stack()?).await?;
        context.printer.result(&deployment, render::deployment)
    }

    /// Deploys to `stack`; returns the target and the outcome.
    pub(super) async fn deploy(
        &self,
        context: &Context,
        stack: &str,
    ) -> Result<(Cloud, Deployment), Error> {
        let project = Workspace::discover(&current_folder()?)?.project(None)?;
        let functions = project.select(self.function.as_deref())?;
        if self.function.is_none()
            && let Some(unlisted) = render::unlisted(&project)
        {
            context.printer.note(&unlisted);
        }
        let names: Vec<String> = functions.iter().map(|f| f.name.clone()).collect();
        let given = self
            .parameters
            .iter()
            .find(|(name, _)| name == ARCHITECTURE);
        let given = given.map(|(_, name)| architecture(name)).transpose()?;
        let assumed = given.or_else(Architecture::host).ok_or_else(|| {
            Error::usage("Lambda does not support this machine's architecture").hint(format!(
                "choose another one with --parameter {ARCHITECTURE}=arm64"
            ))
        })?;

        let template = match self.function {
            Some(_) => None,
            None => Some(template(&project.template)?),
        };
        let workshop = context.workshop_of(stack)?.to_owned();
        let cloud = context.cloud().await?;
        // The build takes longest, so it runs at the same time. An error of the observation is returned
        // after the announcement, which says which target refused.
        let with_template = template.is_some();
        let observed = async { Ok(deploy::observe(&cloud, stack, &names, with_template).await) };
        let announced = async { tokio::try_join!(observed, context.announce(&cloud, stack)) };
        let known = async {
            let (observed, caller) = announced.await?;
            Ok::<_, Error>((observed?, caller))
        };
        let ((observed, caller), mut bundles) =
            tokio::try_join!(known, self.bundles(context, &project, &functions, assumed),)?;
        // After the build: only then has every workspace a lock file, which marks it as one.
        let owner = owner(caller.as_ref())?;
        if let Some(found) = &observed.stack
            && !self.dry_run
        {
            self.adoption.check(context, found, &owner).await?;
        }
        if given.is_none()
            && let Some(actual) = deployed_architecture(&observed)?
            && actual != assumed
        {
            bundles = self.bundles(context, &project, &functions, actual).await?;
        }

        let observed = BTreeMap::from([(stack.to_owned(), observed)]);
        let emit = |event| context.printer.deploy_event(&event);
        let request = Request {
            stacks: vec![stack.to_owned()],
            workshop,
            project,
            template,
            parameters: self.parameters.iter().cloned().collect(),
            architecture: assumed,
            full: self.full,
            dry_run: self.dry_run,
            owner,
            since: context.started,
        };
        let mut outcomes = deploy::deploy(&cloud, &request, &bundles, observed, &emit).await;
        match outcomes.pop() {
            Some(outcome) => Ok((cloud, outcome.result?)),
            None => Err(Error::failed("nothing deployed: no stack given")),
        }
    }

    async fn bundles(
        &self,
        context: &Context,
        project: &Project,
        functions: &[Function],
        architecture: Architecture,
    ) -> Result<Vec<Bundle>, Error> {
        let options = BuildOptions {
            architecture,
            release: self.release,
            color: context.printer.colors(),
        };
        let on_event = |event| context.printer.build_event(&event);
        let artifacts = bundle::build(project, functions, options, &on_event).await?;
        let project = project.clone();
        let zipping = format!("zipping {}", count(artifacts.len(), "function"));
        context.printer.progress(&zipping);
        let zipped = tokio::task::spawn_blocking(move || bundle::bundle(&project, &artifacts));
        let bundles = zipped
            .await
            .map_err(|error| Error::failed(format!("cannot zip the functions: {error}")))??;
        for bundle in &bundles {
            context
                .printer
                .note_verbose(&render::bundle_entries(bundle));
        }
        context.printer.progress("comparing with what is deployed");
        Ok(bundles)
    }
}

/// The text of the template; an error when it is empty or too long for CloudFormation.
fn template(path: &Path) -> Result<String, Error> {
    let read = std::fs::read_to_string(path);
    let path = bundle::shown(path);
    let text =
        read.map_err(|error| Error::usage(format!("cannot read the template {path}: {error}")))?;
    if text.trim().is_empty() {
        return Err(Error::usage(format!("the template {path} is empty"))
            .hint("restore the workshop's template"));
    }
    if text.len() > LONGEST_TEMPLATE {
        let size = text.len();
        return Err(
            Error::usage(format!("the template {path} is too large: {size} bytes")).hint(format!(
                "CloudFormation allows {LONGEST_TEMPLATE} bytes; remove comments or resources"
            )),
        );
    }
    Ok(text)
}

fn architecture(name: &str) -> Result<Architecture, Error> {
    name.parse().map_err(|error: bundle::UnknownArchitecture| {
        Error::usage(error.to_string()).hint("omit the parameter to keep the current architecture")
    })
}

fn deployed_architecture(observed: &Observed) -> Result<Option<Architecture>, Error> {
    let stack = observed.stack.as_ref();
    stack
        .and_then(|stack| stack.parameters.get(ARCHITECTURE))
        .map(|name| architecture(name))
        .transpose()
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, such as Players=8".to_owned()),
    }
}
