//! What can go wrong between the sources and a bundle, as data.

use std::io;
use std::path::{Path, PathBuf};

use super::architecture::Architecture;
use super::elf::{Glibc, RUNTIME, RUNTIME_GLIBC};

/// Whom an error asks to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for, the workspace's settings or the machine's tools have to change.
    Configuration,
    /// The request was sound, but the work failed.
    Failed,
}

/// Each displays as what happened; [`BundleError::hint`] says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("`cargo` was not found on the PATH")]
    NoCargo,

    #[error("`{}` is not inside a Cargo workspace", folder.display())]
    NotAWorkspace { folder: PathBuf },

    /// `cargo metadata` refused; `detail` is its own account.
    #[error("Cargo cannot read the workspace of `{}`: {detail}", folder.display())]
    Workspace { folder: PathBuf, detail: String },

    #[error(
        "no package of the workspace `{}` has a section `[package.metadata.mafia]`",
        root.display()
    )]
    NoProject { root: PathBuf },

    #[error(
        "several packages of the workspace `{}` have functions: {}",
        root.display(),
        packages.join(", ")
    )]
    SeveralProjects {
        root: PathBuf,
        packages: Vec<String>,
    },

    #[error("`[package.metadata.mafia]` in `{}` is not valid: {detail}", manifest.display())]
    Metadata { manifest: PathBuf, detail: String },

    /// `key` is the setting that names the file: `template` or `files`.
    #[error(
        "`{}` does not exist, but `{key}` in `{}` names it",
        path.display(),
        manifest.display()
    )]
    MissingFile {
        manifest: PathBuf,
        key: &'static str,
        path: PathBuf,
    },

    #[error("there is no function `{name}`")]
    UnknownFunction {
        name: String,
        known: Vec<String>,
        nearest: Option<String>,
    },

    #[error(
        "this machine ({host}) cannot build for Linux on {architecture} without `cargo-zigbuild`"
    )]
    NoZigbuild {
        host: String,
        architecture: Architecture,
    },

    #[error("the Rust toolchain has no standard library for the target `{triple}`")]
    NoTarget { triple: &'static str },

    /// The compiler's messages have been emitted as events.
    #[error("the functions do not compile: {}", errors_found(*errors))]
    Compile { errors: usize },

    /// Cargo failed without a word from the compiler; `detail` is its own account.
    #[error("Cargo could not build the functions: {detail}")]
    Cargo { detail: String },

    #[error("Cargo built `{binary}`, but did not say where the program is")]
    NoExecutable { binary: String },

    #[error("`{}` is {found}, not a Linux program", path.display())]
    NotElf { path: PathBuf, found: &'static str },

    #[error("`{}` is for {found}, but the functions run on {wanted}", path.display())]
    WrongArchitecture {
        path: PathBuf,
        found: String,
        wanted: Architecture,
    },

    #[error(
        "`{}` needs glibc {needs}, but {RUNTIME} has {RUNTIME_GLIBC}: it would not start",
        path.display()
    )]
    NewGlibc { path: PathBuf, needs: Glibc },

    #[error("`{}` is not a sound ELF file: {detail}", path.display())]
    BrokenElf { path: PathBuf, detail: String },

    #[error("`{}` cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },

    #[error("`{}` cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },

    #[error("no room on the disk to write `{}`", path.display())]
    DiskFull { path: PathBuf, source: io::Error },

    #[error("`{}` cannot be put into a zip: {source}", path.display())]
    Zip {
        path: PathBuf,
        source: zip::result::ZipError,
    },
}

impl BundleError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoCargo
            | Self::NotAWorkspace { .. }
            | Self::Workspace { .. }
            | Self::NoProject { .. }
            | Self::SeveralProjects { .. }
            | Self::Metadata { .. }
            | Self::MissingFile { .. }
            | Self::UnknownFunction { .. }
            | Self::NoZigbuild { .. }
            | Self::NoTarget { .. } => ErrorKind::Configuration,
            Self::Compile { .. }
            | Self::Cargo { .. }
            | Self::NoExecutable { .. }
            | Self::NotElf { .. }
            | Self::WrongArchitecture { .. }
            | Self::NewGlibc { .. }
            | Self::BrokenElf { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::DiskFull { .. }
            | Self::Zip { .. } => ErrorKind::Failed,
        }
    }

    /// The next step, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoCargo => {
                "install Rust from https://rustup.rs, then open a new terminal".to_owned()
            }
            Self::NotAWorkspace { .. } => {
                "run it in the folder of the workshop, where `Cargo.toml` is".to_owned()
            }
            Self::Workspace { .. } => "`cargo metadata` shows the same error".to_owned(),
            Self::NoProject { .. } => "add `template` and `functions` in that section to the \
                 package that has the functions, as `labs/game/Cargo.toml` does"
                .to_owned(),
            Self::SeveralProjects { .. } => {
                "run it in the folder of the package that you mean".to_owned()
            }
            Self::Metadata { manifest, .. } | Self::MissingFile { manifest, .. } => {
                format!("correct `{}`, or restore what it names", manifest.display())
            }
            Self::UnknownFunction { known, nearest, .. } => unknown_function_hint(known, nearest),
            Self::NoZigbuild { architecture, .. } => {
                format!("{INSTALL_ZIGBUILD}; {}", other_ways(*architecture))
            }
            Self::NoTarget { triple } => format!("run `rustup target add {triple}`"),
            Self::Compile { .. } => {
                "mend the errors that the compiler shows, then run the same command again"
                    .to_owned()
            }
            Self::Cargo { detail } => cargo_hint(detail).to_owned(),
            Self::NoExecutable { binary } => {
                format!("`cargo build --bin {binary}` shows what it does instead")
            }
            Self::NotElf { .. } => format!("build for Linux: {INSTALL_ZIGBUILD}"),
            Self::WrongArchitecture { wanted, .. } => format!(
                "remove `build.target` from Cargo's configuration, or deploy with the \
                 architecture that it builds for instead of {wanted}"
            ),
            Self::NewGlibc { .. } => format!(
                "{INSTALL_ZIGBUILD}, and run the same command again; or build on a Linux with \
                 glibc {RUNTIME_GLIBC} or older, such as Amazon Linux 2023"
            ),
            Self::BrokenElf { path, .. } => {
                format!("delete `{}` and build again", path.display())
            }
            Self::DiskFull { path, .. } => disk_full_hint(path),
            Self::Read { path, .. } => {
                format!(
                    "check that `{}` is there, and yours to read",
                    path.display()
                )
            }
            Self::Write { path, .. } => {
                let folder = path.parent().unwrap_or(path).display();
                format!("check that `{folder}` is a folder that you may write to")
            }
            Self::Zip { .. } => return None,
        };
        Some(hint)
    }

    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::Read { path, source }
    }

    /// A failed write of `path`; a lack of room is told apart, because it has a remedy of its own.
    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::DiskFull { path, source },
            _ => Self::Write { path, source },
        }
    }
}

const INSTALL_ZIGBUILD: &str =
    "install the cross-builder with `pip install cargo-zigbuild` (Zig comes with it)";

fn other_ways(architecture: Architecture) -> String {
    match Architecture::host() {
        Some(host) if host != architecture && std::env::consts::OS == "linux" => {
            format!("or deploy the functions on {host}, which needs no cross-building")
        }
        _ => format!("or build on a Linux machine with {architecture}"),
    }
}

fn unknown_function_hint(known: &[String], nearest: &Option<String>) -> String {
    let known = known.join(", ");
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`? The functions are {known}"),
        None => format!("the functions are {known}"),
    }
}

fn cargo_hint(detail: &str) -> &'static str {
    if detail.contains("SIGKILL") {
        "the machine ran out of memory; build less at a time with CARGO_BUILD_JOBS=1"
    } else if detail.contains("No space left on device") {
        "free some room on the disk, then run the same command again"
    } else {
        "`cargo build` in the folder of the workspace shows the same"
    }
}

fn disk_full_hint(path: &Path) -> String {
    let folder = path.parent().unwrap_or(path).display();
    format!(
        "free some room on the disk of `{folder}` (or set CARGO_TARGET_DIR to a folder on another \
         one), then run the same command again"
    )
}

fn errors_found(errors: usize) -> String {
    match errors {
        1 => "1 error".to_owned(),
        many => format!("{many} errors"),
    }
}
