//! Builds functions for Lambda: decides with what, and refuses what the runtime could not start.

use std::collections::HashMap;
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
    let build = Build {
        project,
        functions,
        options,
        listener: on_event,
    };
    if !runs_here(options.architecture) {
        return build.elsewhere().await;
    }
    match build.with(Toolchain::Cargo).await {
        Err(BundleError::NewGlibc { needs, .. }) if zigbuild::is_installed() => {
            on_event(BuildEvent::TooNew { needs });
            build.elsewhere().await
        }
        built => built,
    }
}

fn runs_here(architecture: Architecture) -> bool {
    std::env::consts::OS == "linux" && Architecture::host() == Some(architecture)
}

/// One wish to build, and the ways to fulfil it.
struct Build<'a> {
    project: &'a Project,
    functions: &'a [Function],
    options: BuildOptions,
    listener: Listener<'a>,
}

impl Build<'_> {
    /// Builds for another machine than this one.
    async fn elsewhere(&self) -> Result<Vec<Artifact>, BundleError> {
        let architecture = self.options.architecture;
        if !zigbuild::is_installed() {
            return Err(BundleError::NoZigbuild {
                host: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
                architecture,
            });
        }
        let triple = architecture.triple();
        let library = cargo::standard_library(&self.project.root, triple).await;
        if library.is_some_and(|folder| !folder.is_dir()) {
            return Err(BundleError::NoTarget { triple });
        }
        self.with(Toolchain::Zigbuild).await
    }

    async fn with(&self, toolchain: Toolchain) -> Result<Vec<Artifact>, BundleError> {
        let profile = if self.options.release {
            "release"
        } else {
            "dev"
        };
        let (target, flavor) = match toolchain {
            Toolchain::Cargo => (None, profile.to_owned()),
            Toolchain::Zigbuild => (
                Some(zigbuild::target(self.options.architecture)),
                format!("{}-{profile}", self.options.architecture.triple()),
            ),
        };
        let run = Run {
            project: self.project,
            functions: self.functions,
            toolchain,
            target: target.as_deref(),
            release: self.options.release,
            color: self.options.color,
        };
        let programs = cargo::run(run, self.listener).await?;
        self.checked(&programs, &flavor)
    }

    fn checked(
        &self,
        programs: &HashMap<String, PathBuf>,
        flavor: &str,
    ) -> Result<Vec<Artifact>, BundleError> {
        let artifact = |function: &Function| {
            let path = programs.get(&function.binary).ok_or_else(|| {
                let binary = function.binary.clone();
                BundleError::NoExecutable { binary }
            })?;
            elf::check(path, self.options.architecture)?;
            Ok(Artifact {
                function: function.clone(),
                path: path.clone(),
                flavor: flavor.to_owned(),
            })
        };
        self.functions.iter().map(artifact).collect()
    }
}
