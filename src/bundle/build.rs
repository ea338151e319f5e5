//! Builds functions for Lambda: chooses the toolchain, and checks that the runtime can start them.

use std::collections::HashMap;
use std::path::PathBuf;

use super::architecture::Architecture;
use super::cargo::{self, Listener, Run};
use super::compiled::Compiled;
use super::elf;
use super::error::BundleError;
use super::event::{BuildEvent, Toolchain};
use super::project::{Function, Project};
use super::shared::{self, Layout};
use super::sources::{Sources, listed};
use super::{toolchain, zigbuild};

/// Lambda's operating system, as Rust names it.
const LINUX: &str = "linux";

/// Where functions will run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// A Linux with the glibc of Lambda's runtime.
    Lambda,
    /// The sandbox starts functions on this machine, whatever its operating system.
    ThisMachine,
}

/// How functions are built.
#[derive(Clone, Copy, Debug)]
pub struct BuildOptions {
    pub architecture: Architecture,
    pub platform: Platform,
    /// Cargo's release profile instead of the one for development.
    pub release: bool,
    pub layout: Layout,
    /// Whether the compiler's messages carry ANSI colours.
    pub color: bool,
}

/// A binary that the runtime can start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    pub function: Function,
    pub path: PathBuf,
    /// The library that it shares with other functions, if it needs one.
    pub library: Option<PathBuf>,
    /// The files that it was compiled from; none if that is not known.
    pub sources: Sources,
    /// The kind of build, as the name of a folder: `dev` or `release`, after the target where that is
    /// not this machine's: `aarch64-unknown-linux-gnu-dev`.
    pub flavor: String,
}

/// Builds `functions` of the project with one call of Cargo; the artifacts have the same order.
///
/// Plain Cargo builds for this machine, and for Lambda too if this is a Linux of that architecture.
/// `cargo-zigbuild` builds for another machine, and when a binary requires this machine's glibc and that
/// is newer than the runtime's.
/// Dropping the future ends the build; Cargo keeps the finished steps. Without functions, nothing is built.
pub async fn build(
    project: &Project,
    functions: &[Function],
    options: BuildOptions,
    on_event: &(dyn Fn(BuildEvent) + Sync),
) -> Result<Vec<Artifact>, BundleError> {
    if functions.is_empty() {
        return Ok(Vec::new());
    }
    let build = Build {
        project,
        functions,
        options,
        listener: on_event,
    };
    if !options.are_for_this_machine() {
        return build.cross().await;
    }
    match build.native().await {
        Err(BundleError::NewGlibc { needs, .. }) if zigbuild::is_installed() => {
            on_event(BuildEvent::TooNew { needs });
            build.cross().await
        }
        built => built,
    }
}

impl BuildOptions {
    /// Whether plain Cargo builds what is wanted, which then runs on this machine too.
    pub fn are_for_this_machine(self) -> bool {
        self.are_native(std::env::consts::OS)
    }

    /// Whether a build for this machine, which has the operating system `os`, is what is wanted.
    fn are_native(self, os: &str) -> bool {
        let runs_here = os == LINUX || self.platform == Platform::ThisMachine;
        runs_here && Architecture::host() == Some(self.architecture)
    }
}

/// A build, whatever its toolchain.
struct Build<'a> {
    project: &'a Project,
    functions: &'a [Function],
    options: BuildOptions,
    listener: Listener<'a>,
}

impl Build<'_> {
    /// Builds with `cargo-zigbuild`, for another machine or an older glibc.
    async fn cross(&self) -> Result<Vec<Artifact>, BundleError> {
        let architecture = self.options.architecture;
        if !zigbuild::is_installed() {
            return Err(BundleError::NoZigbuild {
                host: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
                architecture,
            });
        }
        let triple = architecture.triple();
        let library = toolchain::standard_library(&self.project.root, triple).await;
        if library.is_some_and(|folder| !folder.is_dir()) {
            return Err(BundleError::NoTarget { triple });
        }
        self.with(Toolchain::Zigbuild, Layout::Static).await
    }

    /// Builds with plain Cargo. Functions that cannot share a library, as they should, are built so that each
    /// has all that it needs. That is remembered: Cargo runs twice to find it out.
    async fn native(&self) -> Result<Vec<Artifact>, BundleError> {
        let all_in_each = self.with(Toolchain::Cargo, Layout::Static);
        if self.options.layout == Layout::Static || shared::has_failed(self.project) {
            return all_in_each.await;
        }
        if let Some(built) = self.shared().await? {
            return Ok(built);
        }
        let built = all_in_each.await?;
        shared::remember_failure(self.project);
        (self.listener)(BuildEvent::NotShared);
        Ok(built)
    }

    /// The functions with the libraries that they share; `None` if that fails here.
    async fn shared(&self) -> Result<Option<Vec<Artifact>>, BundleError> {
        let mut built = self.with(Toolchain::Cargo, Layout::Shared).await;
        // Somebody deleted a library: what was linked against it is linked again.
        if built.as_ref().is_ok_and(|it| !have_their_libraries(it))
            && cargo::clean(self.project).await.is_ok()
        {
            built = self.with(Toolchain::Cargo, Layout::Shared).await;
        }
        match built {
            Ok(built) => Ok(share_a_library(&built).then_some(built)),
            // The compiler may not take a wrapper.
            Err(BundleError::Cargo { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn with(
        &self,
        toolchain: Toolchain,
        layout: Layout,
    ) -> Result<Vec<Artifact>, BundleError> {
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
            layout,
            target: target.as_deref(),
            release: self.options.release,
            color: self.options.color,
        };
        let kind = match layout {
            Layout::Static => flavor.clone(),
            Layout::Shared => format!("{flavor}-shared"),
        };
        let mut compiled = Compiled::of(self.project, &kind, self.functions);
        compiled.show_to_cargo()?;
        let programs = cargo::run(run, self.listener).await?;
        if programs.have_new_crates {
            // Of another compiler perhaps.
            shared::forget_failure(self.project);
        }
        self.checked(&programs.paths, &flavor, &mut compiled)
    }

    fn checked(
        &self,
        programs: &HashMap<String, PathBuf>,
        flavor: &str,
        compiled: &mut Compiled,
    ) -> Result<Vec<Artifact>, BundleError> {
        let libraries = shared::folder(self.project);
        let artifact = |function: &Function| {
            let path = programs.get(&function.binary).ok_or_else(|| {
                let binary = function.binary.clone();
                BundleError::NoExecutable { binary }
            })?;
            // What Cargo built for another system than Linux is for this machine: it is no ELF file.
            if std::env::consts::OS == LINUX || !self.options.are_for_this_machine() {
                elf::check(path, self.options.architecture)?;
            }
            Ok(Artifact {
                function: function.clone(),
                path: path.clone(),
                library: match self.options.layout {
                    Layout::Shared => shared::needed(path, &libraries)?,
                    Layout::Static => None,
                },
                sources: compiled.learn(&function.name, path, &listed(&path.with_extension("d"))),
                flavor: flavor.to_owned(),
            })
        };
        self.functions.iter().map(artifact).collect()
    }
}

/// Whether the library of each is there, if it needs one.
fn have_their_libraries(built: &[Artifact]) -> bool {
    let mut needed = built.iter().filter_map(|it| it.library.as_ref());
    needed.all(|library| library.is_file())
}

/// Whether a library serves some of them. One that is linked in another way needs none.
fn share_a_library(built: &[Artifact]) -> bool {
    have_their_libraries(built) && built.iter().any(|it| it.library.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_cargo_builds_what_this_machine_runs() {
        let here = Architecture::host().expect("a machine of Lambda's");
        let mut others = Architecture::ALL.into_iter().filter(|it| *it != here);
        let elsewhere = others.next().expect("there are two");
        for (architecture, platform, os, native) in [
            (here, Platform::Lambda, "linux", true),
            (here, Platform::ThisMachine, "linux", true),
            (here, Platform::Lambda, "macos", false),
            (here, Platform::ThisMachine, "macos", true),
            (elsewhere, Platform::Lambda, "linux", false),
            (elsewhere, Platform::ThisMachine, "macos", false),
        ] {
            let options = BuildOptions {
                architecture,
                platform,
                release: false,
                layout: Layout::Static,
                color: false,
            };
            assert_eq!(options.are_native(os), native, "{options:?} on {os}");
        }
    }
}
