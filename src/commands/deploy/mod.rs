//! `mafia deploy`

mod applied;
mod found;
mod wanted;

use std::sync::Arc;

use clap::Args;

use super::adoption::Adoption;
use super::bundles::OnBuild;
use super::game_stack::with_game;
use super::heard::Heard;
use super::kept_code;
use super::lab;
use super::next::{Done, LabStack, has_trial};
use super::project::Projects;
use super::quickbuild::quickbuild;
use super::undo::Undo;
use super::values::{function, parameter};
use crate::bundle::KeptCode;
use crate::cloud::Cloud;
use crate::context::Context;
use crate::deploy::{
    self, Alone, Claim, Deployment, Destination, FunctionCode, Release, Template, Workshop,
};
use crate::error::Error;
use crate::functions::FindError;
use crate::game::{self, GameClient};
use crate::invocation::quoted;
use crate::render;
use applied::{deployed, shared_stack};
use found::Found;

/// Build the functions and update your stack
#[derive(Args, Debug, Default)]
#[command(
    override_usage = "mafia deploy [OPTIONS] [FUNCTION]...",
    after_help = "\
Examples:
  mafia deploy
  mafia deploy night-turn
  mafia deploy -p Players=8 -p Mafia=2
  mafia deploy --quickbuild --explain
  mafia deploy --lab word-count -p SlackToken=a-secret-of-mine",
    after_long_help = "\
What it does depends on what has changed:
  no stack yet            creates the stack with CloudFormation
  template or parameters  creates and executes a change set
  only code or a page     patches the changed functions, uploads the files
  nothing                 does nothing

It recovers a failed stack first, and asks before it changes somebody else's.

The game's template has the parameters Players, Mafia, Api and Architecture, and for accounts \
with rules PermissionsBoundary, RolePath and FunctionRole. A stack keeps the values that it has."
)]
pub struct Deploy {
    /// Build and patch only these functions, such as day-turn or 4
    #[arg(value_name = "FUNCTION", value_parser = function)]
    functions: Vec<String>,
    /// Another way to name a function
    #[arg(long, hide = true, value_name = "FUNCTION")]
    function: Vec<String>,
    /// Use CloudFormation even if nothing seems to have changed, and undo changes made by hand
    #[arg(long, conflicts_with_all = ["functions", "function"])]
    full: bool,
    /// Show what would change, but change nothing
    #[arg(long)]
    dry_run: bool,
    /// Set a parameter of the template
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = parameter, conflicts_with_all = ["functions", "function"])]
    parameters: Vec<(String, String)>,
    /// Deploy another lab, such as word-count
    #[arg(long, value_name = "LAB", conflicts_with = "undo")]
    lab: Option<String>,
    /// Send only what changed, to the lab quickbuild
    #[arg(long, conflicts_with = "undo")]
    quickbuild: bool,
    /// Compare the ways of the code: bytes and seconds
    #[arg(long, requires = "quickbuild")]
    explain: bool,
    /// Build with Cargo's release profile: small, slow
    #[arg(long)]
    release: bool,
    /// Do what `undo` does
    #[arg(long, conflicts_with_all = ["function", "full", "parameters", "release"])]
    undo: bool,
    #[command(flatten)]
    adoption: Adoption,
    #[arg(skip)]
    projects: Arc<Projects>,
}

impl Deploy {
    /// What deploys the lab, or the game, of these projects.
    pub(super) fn of_lab(lab: Option<&str>, projects: Arc<Projects>) -> Self {
        Self {
            lab: lab.map(str::to_owned),
            projects,
            ..Self::default()
        }
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if self.undo {
            let undo = Undo {
                functions: self.functions,
                dry_run: self.dry_run,
                adoption: self.adoption,
            };
            return undo.run(context).await;
        }
        match self.lab.as_deref() {
            None => self.deploy_and_show(context).await,
            Some(lab) => self.deploy_and_show(&context.of_lab(lab)?).await,
        }
    }

    async fn deploy_and_show(&self, context: &Context) -> Result<(), Error> {
        let (_, deployment) = self.deploy(context, context.stack()?).await?;
        let arguments = self.arguments();
        let lab = lab::standing().and_then(|it| it.id);
        let lab = lab.filter(|_| self.lab.is_none());
        let stack = &deployment.stack;
        let done = match (self.lab.as_deref(), &lab) {
            _ if deployment.dry_run => Done::Foreseen(&arguments),
            (Some(lab), _) if has_trial(lab) => Done::DeployedLab(LabStack { lab, stack }),
            (_, Some(lab)) => Done::DeployedInLab(lab),
            (_, None) => Done::Deployed(&deployment),
        };
        let next = done.next(context);
        context
            .printer
            .result_and_next(&deployment, next, render::deployment)
    }

    /// The arguments of the deployment that was foreseen, as they have to be typed.
    fn arguments(&self) -> String {
        let mut arguments = String::new();
        for function in self.functions.iter().chain(&self.function) {
            arguments.push_str(&format!(" {}", quoted(function)));
        }
        for (is_given, flag) in [
            (self.full, " --full"),
            (self.quickbuild, " --quickbuild"),
            (self.explain, " --explain"),
            (self.release, " --release"),
        ] {
            arguments.push_str(if is_given { flag } else { "" });
        }
        if let Some(lab) = &self.lab {
            arguments.push_str(&format!(" --lab {}", quoted(lab)));
        }
        for (name, value) in &self.parameters {
            arguments.push_str(&format!(" -p {}", quoted(&format!("{name}={value}"))));
        }
        arguments
    }

    /// Deploys to `stack`; returns the target and the outcome.
    pub(super) async fn deploy(
        &self,
        context: &Context,
        stack: &str,
    ) -> Result<(Cloud, Deployment), Error> {
        let on_build = |event| context.printer.build_event(&event);
        self.deploy_heard(context, stack, &on_build).await
    }

    /// The same; the events of the build go to `on_build`.
    pub(super) async fn deploy_heard(
        &self,
        context: &Context,
        stack: &str,
        on_build: &OnBuild<'_>,
    ) -> Result<(Cloud, Deployment), Error> {
        let wanted = match self.wanted(context, stack) {
            Ok(wanted) => wanted,
            Err(error) => return Err(self.of_another_lab(context, stack).await.unwrap_or(error)),
        };
        if self.quickbuild && wanted.functions.is_empty() {
            return Err(nothing_to_patch());
        }
        context.given_workshop(stack)?;
        let found = self.found(context, stack, &wanted, on_build).await?;
        if wanted.template.is_none() && found.observed.stack.is_none() {
            return Err(FindError::NoStack {
                stack: stack.to_owned(),
                target: found.cloud.target().to_string(),
            }
            .into());
        }
        let Found {
            cloud,
            observed,
            built,
            owner,
            adopts,
            same_architecture,
        } = found;
        let lab = wanted.project.lab.as_deref();
        let template = wanted.template.as_ref();
        let given = wanted.parameters.clone();
        let parameters = with_game(&cloud, stack, lab, template, &observed, given).await?;
        let kept = KeptCode::of(&wanted.project);
        let files = kept_code::files(&kept, stack, &observed, &built.bundles);
        let alone = self.alone(template);
        let differences = kept_code::differences(&kept, stack, &observed, &built.bundles, &alone);
        if !self.dry_run {
            kept_code::keep(context, &kept, &observed, stack, &built, same_architecture);
        }
        let quickbuild = self.quickbuild.then(|| {
            let lab = wanted.project.lab.as_deref();
            let functions = &wanted.functions;
            quickbuild(stack, lab, &kept, &observed, functions, self.explain)
        });
        let shared = shared_stack(context, &cloud, stack, lab, &observed).await?;
        let release = Release {
            project: Some(wanted.project),
            workshop: Workshop::named(&shared),
            template: wanted.template,
            code: built.bundles.iter().map(FunctionCode::from).collect(),
            library: built.library,
            site: wanted.site,
            architecture: wanted.architecture,
            full: self.full,
            dry_run: self.dry_run,
            may_lose_data: context.options.yes,
            to_many: false,
        };
        let destination = Destination {
            stack: stack.to_owned(),
            parameters,
            claim: Claim::of(owner, adopts),
            since: context.started,
        };
        let before = observed.stack.clone();
        let quickbuild = quickbuild.as_ref();
        let deploying = deployed(context, &cloud, release, &destination, observed, quickbuild);
        let mut deployment = deploying.await?;
        if let Some(before) = before.filter(|_| !self.dry_run) {
            kept_code::keep_without_code(context, &kept, &before, &deployment);
        }
        if !self.dry_run && deployment.changes_code_of(game::DAY_TURN) {
            Heard::of(context, &GameClient::new(&cloud, stack)).forget_day();
        }
        for function in &mut deployment.functions {
            function.files = files.get(&function.function).cloned();
            function.difference = differences.get(&function.function).cloned();
        }
        Ok((cloud, deployment))
    }

    /// Why a function that does not share the library does not. Without the `template`, functions are deployed alone.
    fn alone(&self, template: Option<&Template>) -> Alone {
        let plain = template.map_or_else(Vec::new, deploy::without_layers);
        match template {
            _ if self.release => Alone::Release,
            None => Alone::OtherLibrary,
            Some(_) if !plain.is_empty() => Alone::NoLayers(plain),
            Some(_) => Alone::Linking,
        }
    }

    /// Functions that the package does not have can be those of the lab that the stack is of: the error that
    /// says so.
    async fn of_another_lab(&self, context: &Context, stack: &str) -> Option<Error> {
        let has_functions = !self.functions.is_empty() || !self.function.is_empty();
        if !has_functions || context.options.invocation.typed("stack").is_none() {
            return None;
        }
        let found = context.cloud().await.ok()?.stack(stack).await.ok()??;
        let checked = deploy::check_lab(&found, self.lab.as_deref());
        checked.err().map(Error::from)
    }
}

/// A package can have a web site alone.
fn nothing_to_patch() -> Error {
    Error::usage("--quickbuild is for the code of functions, and this package has none")
        .hint("omit it: run `mafia deploy`")
}
