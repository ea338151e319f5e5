//! What is there, and what was built for it.

use super::Deploy;
use super::wanted::Wanted;
use crate::bundle::{Architecture, BuildOptions, Layout, Platform};
use crate::cloud::{Cloud, NamedValues};
use crate::commands::adoption::owner;
use crate::commands::bundles::{Built, OnBuild, architecture, bundles, layout, platform};
use crate::context::Context;
use crate::deploy::{self, ARCHITECTURE, Observed, Owner, Template};
use crate::error::Error;
use crate::game;

/// What is there, and what was built for it.
pub(super) struct Found {
    pub cloud: Cloud,
    pub observed: Observed,
    pub built: Built,
    pub owner: Owner,
    /// Whether somebody else's stack may become the owner's.
    pub adopts: bool,
    /// Whether the bundles are for the architecture of the deployed functions.
    pub same_architecture: bool,
}

impl Deploy {
    /// Looks at the stack, builds the functions, and finds out whether the stack may be changed.
    pub(super) async fn found(
        &self,
        context: &Context,
        stack: &str,
        wanted: &Wanted,
        on_build: &OnBuild<'_>,
    ) -> Result<Found, Error> {
        let functions = &wanted.functions;
        let names: Vec<String> = functions.iter().map(|f| f.name.clone()).collect();
        let template = wanted.template.as_ref();
        let adopts = self.adoption.adopts();
        // The build takes longest, so all else is done at the same time. An error of the observation is returned
        // after the announcement, which says which target refused.
        let platform = platform(context)?;
        // Other targets than the sandbox may ask for a code first.
        let asked = match platform {
            Platform::Lambda => Some(context.cloud().await?),
            Platform::ThisMachine => None,
        };
        let known = async {
            let cloud = match asked {
                Some(cloud) => cloud,
                None => context.cloud().await?,
            };
            let observing = deploy::observe(&cloud, stack, &names, template.is_some(), adopts);
            let observed = async { Ok(observing.await) };
            let announced = tokio::try_join!(observed, context.announce(&cloud, stack));
            let (observed, caller) = announced?;
            let observed = observed?;
            if let Some(stack) = &observed.stack {
                deploy::check_lab(stack, wanted.project.lab.as_deref())?;
            }
            check_settings(&wanted.parameters, &observed, template)?;
            Ok::<_, Error>((cloud, observed, caller))
        };
        let layout = match template {
            Some(template) => layout(platform, self.release, template),
            None => layout(
                platform,
                self.release,
                &self.projects.template(&wanted.project.template)?,
            ),
        };
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
        // Cargo is started first: reading the certificates that are trusted takes longer than that.
        let (mut built, (cloud, observed, caller)) =
            tokio::try_join!(build(wanted.architecture, layout), known)?;
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
            cloud,
            same_architecture: same_architecture || !wanted.architecture_is_given,
            observed,
            built,
            owner,
            adopts,
        })
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
