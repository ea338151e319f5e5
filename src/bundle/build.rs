//! Builds functions for Lambda: decides with what, and refuses what the runtime could not start.

use std::path::PathBuf;

use super::architecture::Architecture;
use super::cargo::{self, Listener, Run};
use super::elf;
use super::error::BundleError;
use super::messages::{BuildEvent, Toolchain};
use super::project::{Function, Project};
use super::zigbuild;

/// How functions are built.
#[derive(Clone, Copy, Debug)]
pub struct BuildOptions {
    pub architecture: Architecture,
    /// Cargo's release profile instead of the one for development.
    pub release: bool,
    /// Whether the compiler's messages carry ANSI colours.
    pub color: bool,
}

/// A binary that the runtime can start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    pub function: Function,
    pub path: PathBuf,
    /// The kind of build, as the name of a folder: `dev`, `release`, or with the target before it
    /// where that is not this machine's: `aarch64-unknown-linux-gnu-dev`.
    pub flavor: String,
}

/// Builds `functions` of the project with one call of Cargo; the artifacts have the same order.
///
/// On the architecture of this machine, with Linux, that is plain Cargo. If this machine's glibc is
/// newer than the runtime's and a binary needs it, or for another machine, it is `cargo-zigbuild`.
/// Dropping the future ends the build; Cargo keeps what is whole.
pub async fn build(
    project: &Project,
    functions: &[Function],
    options: BuildOptions,
    on_event: &(dyn Fn(BuildEvent) + Sync),
) -> Result<Vec<Artifact>, BundleError> {
    if runs_here(options.architecture) {
        let built = build_with(Toolchain::Cargo, project, functions, options, on_event).await;
        match built {
            Err(BundleError::NewGlibc { .. }) if zigbuild::is_installed() => {}
            built => return built,
        }
    } else if !zigbuild::is_installed() {
        return Err(BundleError::NoZigbuild {
            host: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            architecture: options.architecture,
        });
    }
    let triple = options.architecture.triple();
    let library = cargo::standard_library(&project.root, triple).await;
    if library.is_some_and(|folder| !folder.is_dir()) {
        return Err(BundleError::NoTarget { triple });
    }
    build_with(Toolchain::Zigbuild, project, functions, options, on_event).await
}

fn runs_here(architecture: Architecture) -> bool {
    std::env::consts::OS == "linux" && Architecture::host() == Some(architecture)
}

async fn build_with(
    toolchain: Toolchain,
    project: &Project,
    functions: &[Function],
    options: BuildOptions,
    listener: Listener<'_>,
) -> Result<Vec<Artifact>, BundleError> {
    let profile = if options.release { "release" } else { "dev" };
    let (target, flavor) = match toolchain {
        Toolchain::Cargo => (None, profile.to_owned()),
        Toolchain::Zigbuild => (
            Some(zigbuild::target(options.architecture)),
            format!("{}-{profile}", options.architecture.triple()),
        ),
    };
    let run = Run {
        project,
        functions,
        toolchain,
        target: target.as_deref(),
        release: options.release,
        color: options.color,
    };
    let mut executables = cargo::run(run, listener).await?;
    functions
        .iter()
        .map(|function| {
            let path = executables.remove(&function.binary).ok_or_else(|| {
                let binary = function.binary.clone();
                BundleError::NoExecutable { binary }
            })?;
            elf::check(&path, options.architecture)?;
            Ok(Artifact {
                function: function.clone(),
                path,
                flavor: flavor.clone(),
            })
        })
        .collect()
}
