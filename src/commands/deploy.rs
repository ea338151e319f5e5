//! `mafia deploy`

use clap::Args;

use super::adoption::{Adoption, owner};
use super::bundles::{
    Built, OnBuild, architecture, architecture_of_this_machine, bundles, platform, template,
};
use super::game_stack::with_game;
use super::heard::Heard;
use super::kept_code;
use super::lab;
use super::next::Done;
use super::project::project;
use super::quickbuild::quickbuild;
use super::undo::Undo;
use super::values::{function, parameter};
use crate::bundle::{Architecture, BuildOptions, Function, KeptCode, Layout, Platform, Project};
use crate::cloud::{Change, Cloud, NamedValues};
use crate::context::Context;
use crate::deploy::{
    self, ARCHITECTURE, Claim, DeployError, Deployment, Destination, FunctionCode, Observed, Owner,
    Prepared, QuickBuild, Release, Template, WantedSite, Workshop,
};
use crate::error::Error;
use crate::functions::FindError;
use crate::game::{self, GameClient};
use crate::invocation::quoted;
use crate::lab::run::LABS;
use crate::names::without_stack;
use crate::render;

/// Build the functions and update your stack
#[derive(Args, Debug, Default)]
#[command(
    override_usage = "mafia deploy [OPTIONS] [FUNCTION]...",
    after_help = "\
Examples:
  mafia deploy
  mafia deploy night-turn
  mafia deploy -p Players=8 -p Mafia=2
  mafia deploy --lab word-count -p SlackToken=TOKEN",
    after_long_help = "\
What it does depends on what has changed:
  no stack yet            creates the stack with CloudFormation
  template or parameters  creates and executes a change set
  only code or a page     patches the changed functions, uploads the files
  nothing                 does nothing

If an earlier deployment left a failed stack, it recovers the stack first. It asks before it \
changes a stack that belongs to somebody else.

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
}

/// What is to be deployed.
struct Wanted {
    project: Project,
    functions: Vec<Function>,
    /// `None` if only the code of some functions is deployed.
    template: Option<Template>,
    site: Option<WantedSite>,
    parameters: NamedValues,
    /// That of this machine, unless it is given. An existing stack keeps its own.
    architecture: Architecture,
    architecture_is_given: bool,
}

/// What is there, and what was built for it.
struct Found {
    observed: Observed,
    built: Built,
    owner: Owner,
    /// Whether somebody else's stack may become the owner's.
    adopts: bool,
    /// Whether the bundles are for the architecture of the deployed functions.
    same_architecture: bool,
}

impl Deploy {
    /// What deploys the lab, or the game.
    pub(super) fn of_lab(lab: Option<&str>) -> Self {
        Self {
            lab: lab.map(str::to_owned),
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
            Some(lab) => {
                let context = context.of_lab(lab)?;
                let done = self.deploy_and_show(&context).await;
                done.map_err(|error| error.as_typed(&context.options.invocation))
            }
        }
    }

    async fn deploy_and_show(&self, context: &Context) -> Result<(), Error> {
        let (_, deployment) = self.deploy(context, context.stack()?).await?;
        let arguments = self.arguments();
        let lab = lab::standing().and_then(|it| it.id);
        let lab = lab.filter(|_| self.lab.is_none());
        let system = self.lab.as_deref().filter(|lab| LABS.contains(lab));
        let done = match (&lab, system) {
            _ if deployment.dry_run => Done::Foreseen(&arguments),
            (_, Some(system)) => Done::DeployedSystem(system),
            (Some(lab), None) => Done::DeployedInLab(lab),
            (None, None) => Done::Deployed(&deployment),
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
        context.given_workshop(stack)?;
        let cloud = context.cloud().await?;
        let found = self
            .found(context, &cloud, stack, &wanted, on_build)
            .await?;
        if wanted.template.is_none() && found.observed.stack.is_none() {
            return Err(FindError::NoStack {
                stack: stack.to_owned(),
                target: cloud.target().to_string(),
            }
            .into());
        }
        let Found {
            observed,
            built: Built { bundles, library },
            owner,
            adopts,
            same_architecture,
        } = found;
        let lab = wanted.project.lab.as_deref();
        let template = wanted.template.as_ref();
        let given = wanted.parameters.clone();
        let parameters = with_game(&cloud, stack, lab, template, &observed, given).await?;
        let kept = KeptCode::of(&wanted.project);
        let files = kept_code::files(&kept, stack, &observed, &bundles);
        if !self.dry_run {
            kept_code::keep(
                context,
                &kept,
                &observed,
                stack,
                &bundles,
                same_architecture,
            );
        }
        let quickbuild = self.quickbuild.then(|| {
            let lab = wanted.project.lab.as_deref();
            let functions = &wanted.functions;
            quickbuild(stack, lab, &kept, &observed, functions, self.explain)
        });
        let shared = shared_stack(context, &cloud, stack, &observed).await?;
        let release = Release {
            project: Some(wanted.project),
            workshop: Workshop::named(&shared),
            template: wanted.template,
            code: bundles.iter().map(FunctionCode::from).collect(),
            library,
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
        }
        Ok((cloud, deployment))
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

    /// What this folder and the options say.
    fn wanted(&self, context: &Context, stack: &str) -> Result<Wanted, Error> {
        let parameters = self.parameters()?;
        let project = project(self.lab.as_deref())?;
        let selected = self.functions.iter().chain(&self.function);
        let selected: Vec<&str> = selected.map(|name| without_stack(stack, name)).collect();
        let functions = project.select(&selected)?;
        if selected.is_empty()
            && let Some(unlisted) = render::unlisted(&project)
        {
            context.printer.advise(&unlisted);
        }
        let given = parameters.get(ARCHITECTURE);
        let given = given.map(|name| architecture(name)).transpose()?;
        let template = match &selected[..] {
            [] => Some(template(&project.template)?),
            _ => None,
        };
        let site = project.site.as_ref().filter(|_| selected.is_empty());
        Ok(Wanted {
            functions,
            site: site.map(WantedSite::read).transpose()?,
            template,
            parameters,
            architecture: given.map_or_else(architecture_of_this_machine, Ok)?,
            architecture_is_given: given.is_some(),
            project,
        })
    }

    /// Looks at the stack, builds the functions, and finds out whether the stack may be changed.
    async fn found(
        &self,
        context: &Context,
        cloud: &Cloud,
        stack: &str,
        wanted: &Wanted,
        on_build: &OnBuild<'_>,
    ) -> Result<Found, Error> {
        let functions = &wanted.functions;
        let names: Vec<String> = functions.iter().map(|f| f.name.clone()).collect();
        let template = wanted.template.as_ref();
        let adopts = self.adoption.adopts();
        // The build takes longest, so it runs at the same time. An error of the observation is returned
        // after the announcement, which says which target refused.
        let observing = deploy::observe(cloud, stack, &names, template.is_some(), adopts);
        let observed = async { Ok(observing.await) };
        let announced = async { tokio::try_join!(observed, context.announce(cloud, stack)) };
        let known = async {
            let (observed, caller) = announced.await?;
            let observed = observed?;
            if let Some(stack) = &observed.stack {
                deploy::check_lab(stack, wanted.project.lab.as_deref())?;
            }
            check_settings(&wanted.parameters, &observed, template)?;
            Ok::<_, Error>((observed, caller))
        };
        let platform = platform(context)?;
        let build = |architecture, layout| {
            let options = BuildOptions {
                architecture,
                platform,
                release: self.release,
                layout,
                color: context.printer.colors(),
            };
            bundles(context, &wanted.project, functions, options, on_build)
        };
        let ((observed, caller), mut built) = tokio::try_join!(
            known,
            build(wanted.architecture, self.layout(wanted, platform)?)
        )?;
        // After the build: only then has every workspace a lock file, which marks it as one.
        let owner = owner(context, caller.as_ref())?;
        let adopts = match &observed.stack {
            Some(found) => self.adoption.check(context, found, &owner).await?,
            None => adopts,
        };
        let deployed = deployed_architecture(&observed)?;
        let same_architecture = deployed.is_none_or(|it| it == wanted.architecture);
        if let Some(deployed) = deployed
            && !same_architecture
            && !wanted.architecture_is_given
        {
            built = build(deployed, Layout::Static).await?;
        }
        // The code of single functions is deployed without the template, and so without the library.
        let library = built.library.as_ref().map(|library| &library.digest);
        if template.is_none()
            && let Some(stack) = &observed.stack
            && !deploy::has_library(stack, library)
        {
            built = build(wanted.architecture, Layout::Static).await?;
        }
        Ok(Found {
            same_architecture: same_architecture || !wanted.architecture_is_given,
            observed,
            built,
            owner,
            adopts,
        })
    }

    /// Whether the functions share a library: in the sandbox, if the template is made for it.
    fn layout(&self, wanted: &Wanted, platform: Platform) -> Result<Layout, Error> {
        if self.release || platform != Platform::ThisMachine {
            return Ok(Layout::Static);
        }
        let takes_library = match &wanted.template {
            Some(template) => deploy::takes_library(template),
            None => deploy::takes_library(&template(&wanted.project.template)?),
        };
        Ok(match takes_library {
            true => Layout::shared(),
            false => Layout::Static,
        })
    }

    /// The parameters that were given, each once.
    fn parameters(&self) -> Result<NamedValues, Error> {
        let mut parameters = NamedValues::new();
        for (name, value) in &self.parameters {
            if let Some(other) = parameters.insert(name.clone(), value.clone()) {
                return Err(Error::usage(format!(
                    "the parameter {name} is given twice: {other} and {value}"
                ))
                .hint("give each parameter once"));
            }
        }
        Ok(parameters)
    }
}

/// The name of the shared stack. A new stack of a lab takes its artifacts from where the game has them, which
/// is the class's bucket if the game is of a class.
async fn shared_stack(
    context: &Context,
    cloud: &Cloud,
    stack: &str,
    observed: &Observed,
) -> Result<String, Error> {
    let game = match (&observed.stack, context.game()) {
        (None, Some(game)) if context.given_workshop(stack)?.is_none() => cloud.stack(game).await?,
        _ => None,
    };
    let tagged = observed.stack.as_ref().or(game.as_ref());
    context.workshop_of(stack, tagged.and_then(deploy::workshop_of))
}

/// The outcome; asks before data is lost.
async fn deployed(
    context: &Context,
    cloud: &Cloud,
    mut release: Release,
    destination: &Destination,
    observed: Observed,
    quickbuild: Option<&QuickBuild>,
) -> Result<Deployment, Error> {
    let emit = |event| context.printer.deploy_event(&event);
    let first = {
        let prepared = Prepared::new(cloud, &release, &emit).with_quickbuild(quickbuild);
        deploy::deploy(&prepared, destination, Some(observed)).await
    };
    match first {
        Err(DeployError::LosesData { stack, changes })
            if may_lose_data(context, &stack, &changes).await? =>
        {
            release.may_lose_data = true;
            let prepared = Prepared::new(cloud, &release, &emit).with_quickbuild(quickbuild);
            Ok(deploy::deploy(&prepared, destination, None).await?)
        }
        result => Ok(result?),
    }
}

/// Whether a person agrees that data is lost. Without a terminal, nobody does.
async fn may_lose_data(context: &Context, stack: &str, changes: &[Change]) -> Result<bool, Error> {
    let printer = &context.printer;
    if !printer.can_ask() {
        return Ok(false);
    }
    let lost: Vec<Change> = changes.iter().filter(|it| it.loses_data).cloned().collect();
    printer.respond(&format!(
        "The update of stack {stack} loses data:\n  {}",
        render::changes(&lost, render::message_width()).join("\n  ")
    ));
    match printer.ask_yes("May it be lost?").await? {
        Some(true) => Ok(true),
        _ => Err(Error::failed("cancelled, nothing changed")),
    }
}

fn deployed_architecture(observed: &Observed) -> Result<Option<Architecture>, Error> {
    let stack = observed.stack.as_ref();
    stack
        .and_then(|stack| stack.parameters.get(ARCHITECTURE))
        .map(|name| architecture(name))
        .transpose()
}

/// An error when the parameters that were given make a stack with which no game can be played.
fn check_settings(
    given: &NamedValues,
    observed: &Observed,
    template: Option<&Template>,
) -> Result<(), Error> {
    if game::SETTINGS.iter().all(|name| !given.contains_key(*name)) {
        return Ok(());
    }
    let deployed = observed.stack.as_ref();
    let value = |name: &str| {
        let deployed = deployed.and_then(|stack| stack.parameters.get(name));
        let value = given.get(name).or(deployed).cloned();
        value.or_else(|| template?.default(name))
    };
    game::check_settings(value).map_err(Error::from)
}
