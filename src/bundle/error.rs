//! The errors of building and bundling.

use std::io;
use std::path::{Path, PathBuf};

use super::architecture::Architecture;
use super::crates::is_download;
use super::runtime::{Glibc, RUNTIME, RUNTIME_GLIBC};
use crate::wording::{GO_TO_WORKSHOP, TYPE_MORE, known_names};

/// The kind of an error, by what has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line, the workspace's settings or the machine's tools have to change.
    Configuration,
    /// The work failed.
    Failed,
    /// Something outside has to change first.
    Blocked,
    /// The person stopped the work.
    Interrupted,
}

/// Displays as what happened; [`BundleError::hints`] says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("`cargo` was not found on the PATH")]
    NoCargo,

    #[error("`{}` is not inside a workshop folder", folder.display())]
    NotAWorkspace { folder: PathBuf },

    /// `cargo metadata` failed; `detail` is its message.
    #[error("Cargo cannot read the workspace of `{}`: {detail}", folder.display())]
    Workspace { folder: PathBuf, detail: String },

    #[error("the Cargo workspace `{}` has no functions", root.display())]
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

    #[error("there is no lab `{name}`")]
    UnknownLab {
        name: String,
        known: Vec<String>,
        nearest: Option<String>,
    },

    #[error(
        "`[package.metadata.mafia]` in `{}` is not valid: {detail}",
        shown(manifest)
    )]
    Metadata {
        manifest: PathBuf,
        detail: String,
        /// The binary that the section names, if it is one that the package does not have.
        without_program: Option<String>,
    },

    /// `key` is the setting that names the file: `template` or `files`; `problem` a predicate.
    #[error(
        "`{}` {problem}, but `{}` needs a file there",
        shown(path),
        shown(manifest)
    )]
    UnusableFile {
        manifest: PathBuf,
        key: &'static str,
        path: PathBuf,
        problem: &'static str,
    },

    #[error("the binary `{binary}` is not a function yet")]
    UnlistedBinary {
        binary: String,
        /// How it becomes one.
        remedy: String,
    },

    #[error("there is no function `{name}`")]
    UnknownFunction {
        name: String,
        known: Vec<String>,
        nearest: Option<String>,
    },

    #[error("{name} could be {}", functions.join(" or "))]
    AmbiguousFunction {
        name: String,
        functions: Vec<String>,
    },

    #[error("building for {architecture} on this machine ({host}) needs `cargo-zigbuild`")]
    NoZigbuild {
        host: String,
        architecture: Architecture,
    },

    #[error("the Rust toolchain has no standard library for the target `{triple}`")]
    NoTarget { triple: &'static str },

    /// The compiler's messages have been emitted as events.
    #[error("the functions do not compile: {}", errors_found(errors.len()))]
    Compile {
        /// The same messages, perhaps with colours.
        errors: Vec<String>,
    },

    /// Cargo failed without a message of the compiler; `detail` is its own message.
    #[error("Cargo could not build the functions: {detail}")]
    Cargo { detail: String },

    /// Cargo could not get a crate from its registry; `detail` is its message.
    #[error("Cargo could not download the crates: {detail}")]
    Download { detail: String },

    /// Ctrl-C in a terminal reaches Cargo too, perhaps before this program.
    #[error("the build was interrupted")]
    Interrupted,

    #[error("Cargo built `{binary}`, but did not report where the program is")]
    NoExecutable { binary: String },

    #[error("`{}` is {found}, not a Linux program", shown(path))]
    NotElf { path: PathBuf, found: &'static str },

    #[error("`{}` is for {found}, but the functions run on {wanted}", shown(path))]
    WrongArchitecture {
        path: PathBuf,
        found: String,
        wanted: Architecture,
    },

    #[error(
        "`{}` needs glibc {needs}, but {RUNTIME} has {RUNTIME_GLIBC}: it would not start",
        shown(path)
    )]
    NewGlibc { path: PathBuf, needs: Glibc },

    #[error("`{}` is not a valid ELF file: {detail}", shown(path))]
    BrokenElf { path: PathBuf, detail: String },

    #[error("the bundle of {function} has {bytes} bytes uncompressed, but Lambda allows {largest}")]
    TooLarge {
        function: String,
        bytes: u64,
        largest: u64,
    },

    #[error(
        "`{}` is made by the deployment, and cannot be a file of the site",
        shown(path)
    )]
    MadeFile { path: PathBuf },

    #[error(
        "`{}` is a link or no plain file, and cannot be a file of the site",
        shown(path)
    )]
    NoPlainFile { path: PathBuf },

    #[error("the name of `{}` is no text that an address can have", shown(path))]
    UnreadableName { path: PathBuf },
    #[error("the functions' library `{}` is damaged", shown(path))]
    DamagedLibrary { path: PathBuf },

    #[error("cannot read `{}`: {source}", shown(path))]
    Read { path: PathBuf, source: io::Error },

    /// Cargo would overlook it, and compile nothing.
    #[error(
        "`{}` was changed, but its time is from before the last build, so Cargo does not see that; the time \
         cannot be set: {source}",
        shown(path)
    )]
    OldTime { path: PathBuf, source: io::Error },

    #[error("cannot write `{}`: {source}", shown(path))]
    Write { path: PathBuf, source: io::Error },

    #[error("no disk space left to write `{}`", shown(path))]
    DiskFull { path: PathBuf, source: io::Error },

    #[error("cannot add `{}` to a zip: {source}", shown(path))]
    Zip {
        path: PathBuf,
        source: zip::result::ZipError,
    },
}

impl BundleError {
    /// For a complaint of Cargo's.
    pub(super) fn of_cargo(detail: &str) -> Self {
        let detail = detail.trim_start_matches("error: ").to_owned();
        match is_download(&detail) {
            true => Self::Download { detail },
            false => Self::Cargo { detail },
        }
    }

    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoCargo
            | Self::NotAWorkspace { .. }
            | Self::Workspace { .. }
            | Self::NoProject { .. }
            | Self::SeveralProjects { .. }
            | Self::UnknownLab { .. }
            | Self::Metadata { .. }
            | Self::UnusableFile { .. }
            | Self::MadeFile { .. }
            | Self::NoPlainFile { .. }
            | Self::UnreadableName { .. }
            | Self::UnlistedBinary { .. }
            | Self::UnknownFunction { .. }
            | Self::AmbiguousFunction { .. }
            | Self::NoZigbuild { .. }
            | Self::NoTarget { .. } => ErrorKind::Configuration,
            Self::Download { .. } => ErrorKind::Blocked,
            Self::Interrupted => ErrorKind::Interrupted,
            Self::Compile { .. }
            | Self::Cargo { .. }
            | Self::NoExecutable { .. }
            | Self::NotElf { .. }
            | Self::WrongArchitecture { .. }
            | Self::NewGlibc { .. }
            | Self::BrokenElf { .. }
            | Self::TooLarge { .. }
            | Self::DamagedLibrary { .. }
            | Self::Read { .. }
            | Self::OldTime { .. }
            | Self::Write { .. }
            | Self::DiskFull { .. }
            | Self::Zip { .. } => ErrorKind::Failed,
        }
    }

    /// What to do next, one way each; may be empty.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::NoCargo => one("install Rust from https://rustup.rs, then open a new terminal"),
            Self::NotAWorkspace { .. } => one(GO_TO_WORKSHOP),
            Self::Workspace { .. } => one(FIX_WHAT_CARGO_NAMES),
            Self::NoProject { .. } => vec![
                GO_TO_WORKSHOP.to_owned(),
                "or list functions in `[package.metadata.mafia]` in a package's `Cargo.toml`"
                    .to_owned(),
            ],
            Self::SeveralProjects { .. } => vec![
                "go to the folder of one of these packages".to_owned(),
                "or add `default = true` to the `[package.metadata.mafia]` of one of them"
                    .to_owned(),
            ],
            Self::UnknownLab { name, known, .. } if known.len() == 1 => one(format!(
                "this folder has only the game; the other labs are in the project's repository: clone \
                 it, and run `mafia deploy --lab {name}` there"
            )),
            Self::UnknownLab { known, nearest, .. } => {
                known_names("labs", known, nearest.as_deref())
            }
            Self::Metadata {
                manifest,
                without_program: Some(binary),
                ..
            } => vec![
                format!("write the program `src/bin/{binary}.rs`"),
                format!("or remove `{binary}` from `{}`", shown(manifest)),
                format!("or run `mafia add {binary}`, which adds what is missing"),
            ],
            Self::Metadata { manifest, .. } => one(format!("fix `{}`", shown(manifest))),
            Self::UnusableFile {
                manifest,
                key: key @ "files",
                problem: IS_A_FOLDER,
                ..
            } => one(format!(
                "list each file of the folder in `{key}` in `{}`",
                shown(manifest)
            )),
            Self::UnusableFile { manifest, key, .. } => one(format!(
                "restore the file, or fix `{key}` in `{}`",
                shown(manifest)
            )),
            Self::MadeFile { .. } => vec![
                "delete the file, or give it another name".to_owned(),
                "or remove `config` from the package's `[package.metadata.mafia.site]`".to_owned(),
            ],
            Self::NoPlainFile { .. } => one("put a copy of the file there, or take it away"),
            Self::UnreadableName { .. } => one("give the file another name"),
            Self::UnlistedBinary { remedy, .. } => vec![remedy.clone()],
            Self::AmbiguousFunction { .. } => one(TYPE_MORE),
            Self::UnknownFunction { known, .. } if known.is_empty() => {
                one("the package has no functions: run `mafia deploy` to deploy all that it has")
            }
            Self::UnknownFunction { known, nearest, .. } => {
                known_names("functions", known, nearest.as_deref())
            }
            Self::NoZigbuild { architecture, .. } => {
                vec![INSTALL_ZIGBUILD.to_owned(), other_ways(*architecture)]
            }
            Self::NoTarget { triple } => one(format!("run `rustup target add {triple}`")),
            Self::Cargo { detail } => one(cargo_hint(detail)),
            Self::Download { .. } => vec![
                "check your connection to the internet; the first build downloads the crates, later ones need none"
                    .to_owned(),
                "or make a workshop folder that needs none: see `mafia init --help`".to_owned(),
            ],
            Self::NotElf { .. } => one(INSTALL_ZIGBUILD),
            Self::WrongArchitecture { wanted, .. } => vec![
                "remove `build.target` from Cargo's configuration".to_owned(),
                format!("or deploy for the architecture that Cargo builds for, not {wanted}"),
            ],
            Self::NewGlibc { .. } => vec![
                format!("{INSTALL_ZIGBUILD} that builds for glibc {RUNTIME_GLIBC}"),
                "or build on an older Linux, such as Amazon Linux 2023 or Debian 11".to_owned(),
            ],
            Self::BrokenElf { path, .. } => {
                one(format!("delete `{}` and build again", shown(path)))
            }
            Self::DamagedLibrary { .. } => one("run the same command again: it makes the library again"),
            Self::TooLarge { .. } => vec![
                "remove files from `files` in the package's `[package.metadata.mafia]`".to_owned(),
                "or build smaller programs with `mafia deploy --release`".to_owned(),
            ],
            Self::DiskFull { .. } => vec![
                FREE_DISK_SPACE.to_owned(),
                "or set CARGO_TARGET_DIR to build on another disk".to_owned(),
            ],
            Self::Compile { .. } => one("fix the errors above"),
            Self::NoExecutable { binary } => one(format!(
                "run `cargo build --bin {binary}` to see what happens"
            )),
            Self::Read { path, .. } => one(format!(
                "check that `{}` exists and that you can read it",
                shown(path)
            )),
            Self::OldTime { path, .. } => vec![
                format!("put a copy of your own in the place of `{}`", shown(path)),
                "or run `cargo clean`: then everything is compiled again".to_owned(),
            ],
            Self::Write { path, .. } => one(format!(
                "check that `{}` is a folder and that you can write to it",
                shown(path.parent().unwrap_or(path))
            )),
            Self::Interrupted | Self::Zip { .. } => Vec::new(),
        }
    }

    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::Read { path, source }
    }

    /// A failed write of `path`. A full disk is an error of its own, because it has its own hint.
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

/// A problem of a file.
pub(super) const IS_A_FOLDER: &str = "is a folder";
const FIX_WHAT_CARGO_NAMES: &str = "fix what Cargo names, then run the same command again";
const FREE_DISK_SPACE: &str = "free some disk space and run the same command again";
pub const INSTALL_ZIGBUILD: &str = "run `pip install cargo-zigbuild` to install a cross compiler";

fn one(hint: impl Into<String>) -> Vec<String> {
    vec![hint.into()]
}

/// A path as a person in the current folder would write it.
pub fn shown(path: &Path) -> std::path::Display<'_> {
    let here = std::env::current_dir().ok();
    let inside = here.and_then(|here| path.strip_prefix(here).ok());
    inside
        .filter(|inside| !inside.as_os_str().is_empty())
        .unwrap_or(path)
        .display()
}

fn other_ways(architecture: Architecture) -> String {
    match Architecture::host() {
        Some(host) if host != architecture && std::env::consts::OS == "linux" => {
            format!("or run the functions on {host}: `mafia deploy -p Architecture={host}`")
        }
        _ => format!("or build on a Linux machine with {architecture}"),
    }
}

fn cargo_hint(detail: &str) -> &'static str {
    if detail.contains("SIGKILL") {
        "the machine ran out of memory; set CARGO_BUILD_JOBS=1 to build fewer crates at a time"
    } else if detail.contains("No space left on device") {
        FREE_DISK_SPACE
    } else {
        FIX_WHAT_CARGO_NAMES
    }
}

fn errors_found(errors: usize) -> String {
    match errors {
        1 => "1 error".to_owned(),
        many => format!("{many} errors"),
    }
}
