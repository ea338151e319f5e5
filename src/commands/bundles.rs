//! What a deployment sends: the functions, built for where they will run and zipped, and the template.

use std::path::Path;

use crate::bundle::{
    self, Architecture, Artifact, BuildEvent, BuildOptions, Bundle, BundleError, Function, Layout,
    Library, Platform, Project,
};
use crate::cloud::LONGEST_TEMPLATE;
use crate::context::Context;
use crate::deploy::{self, ARCHITECTURE, Template, with_api_digest};
use crate::error::Error;
use crate::lab::ready::{Ready, ready};
use crate::render;
use crate::target::{self, Choice};
use crate::wording::count;

/// What hears of the events of a build.
pub(super) type OnBuild<'a> = dyn Fn(BuildEvent) + Sync + 'a;

/// What a deployment sends of the functions.
pub(super) struct Built {
    pub bundles: Vec<Bundle>,
    /// What they share.
    pub library: Option<Library>,
}

/// Builds and zips the functions. Those of the finished game may be ready built.
pub(super) async fn bundles(
    context: &Context,
    project: &Project,
    functions: &[Function],
    options: BuildOptions,
    on_build: &OnBuild<'_>,
) -> Result<Built, Error> {
    let artifacts = artifacts(context, project, functions, options, on_build).await?;
    let project = project.clone();
    let zipping = format!("zipping {}", count(artifacts.len(), "function"));
    context.printer.progress(&zipping);
    let zipped = tokio::task::spawn_blocking(move || {
        let library = bundle::library(&project, &artifacts)?;
        let mut bundles = bundle::bundle(&project, &artifacts)?;
        for (bundle, artifact) in bundles.iter_mut().zip(&artifacts) {
            let library = library.as_ref().filter(|_| artifact.library.is_some());
            bundle.library = library.map(|library| library.digest.clone());
        }
        Ok::<_, BundleError>(Built { bundles, library })
    });
    let built = zipped
        .await
        .map_err(|error| Error::failed(format!("cannot zip the functions: {error}")))??;
    for bundle in &built.bundles {
        context
            .printer
            .note_verbose(&render::bundle_entries(bundle));
    }
    context.printer.progress("comparing with what is deployed");
    Ok(built)
}

async fn artifacts(
    context: &Context,
    project: &Project,
    functions: &[Function],
    options: BuildOptions,
    on_build: &OnBuild<'_>,
) -> Result<Vec<Artifact>, Error> {
    match ready(project, functions, options) {
        Ready::Built(artifacts) => {
            context
                .printer
                .note_verbose("the functions are ready built");
            Ok(artifacts)
        }
        Ready::Edited(path) => {
            let built = bundle::build(project, functions, options, on_build).await;
            built.map_err(|error| match error {
                BundleError::NoCargo => Error::from(error).hint(format!(
                    "only the finished game needs no Rust, and {path} differs from it"
                )),
                error => error.into(),
            })
        }
        Ready::Nothing => Ok(bundle::build(project, functions, options, on_build).await?),
    }
}

/// The template, with a digest of its API; an error when it is empty or too long for CloudFormation.
pub(super) fn template(path: &Path) -> Result<Template, Error> {
    Ok(with_api_digest(Template::new(template_text(path)?)))
}

/// The text of the template, as it is in its file.
pub(super) fn template_text(path: &Path) -> Result<String, Error> {
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

/// Whether the functions share a library: in the sandbox, if the template is made for it. Those that are
/// `optimised` each have all that they need.
pub(super) fn layout(platform: Platform, optimised: bool, template: &Template) -> Layout {
    let is_wanted = platform == Platform::ThisMachine && !optimised;
    match is_wanted && deploy::takes_library(template) {
        true => Layout::shared(),
        false => Layout::Static,
    }
}

/// Where the functions will run. The sandbox starts them on this machine, which need not be a Linux.
pub(super) fn platform(context: &Context) -> Result<Platform, Error> {
    Ok(match target::choice(&context.options)? {
        Choice::Sandbox(_) => Platform::ThisMachine,
        Choice::Configured(_) => Platform::Lambda,
    })
}

pub(super) fn architecture(name: &str) -> Result<Architecture, Error> {
    name.parse().map_err(|error: bundle::UnknownArchitecture| {
        Error::usage(error.to_string()).hint("omit the parameter to keep the current architecture")
    })
}

pub(super) fn architecture_of_this_machine() -> Result<Architecture, Error> {
    Architecture::host().ok_or_else(|| {
        Error::usage("Lambda does not support this machine's architecture").hint(format!(
            "choose another one with --parameter {ARCHITECTURE}=arm64"
        ))
    })
}
