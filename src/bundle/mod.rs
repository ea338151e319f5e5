//! From a Cargo workspace to reproducible Lambda bundles.
//!
//! [`Workspace::discover`] finds out what there is to build, [`build`] builds it with one call of
//! Cargo and checks that the runtime can start it, and [`bundle`] puts each binary and the project's
//! files into a zip whose bytes depend only on their contents.
//!
//! This module knows no AWS, no command line and no terminal. It returns values, and emits
//! [`BuildEvent`]s while it works.

mod architecture;
mod archive;
mod build;
mod build_lock;
mod cache;
mod cargo;
mod cargo_output;
mod cargo_report;
mod compiled;
mod crates;
mod digest;
mod elf;
mod error;
mod event;
mod file_times;
mod kept;
mod known;
mod library;
mod outline;
mod patches;
mod project;
mod runtime;
mod shared;
mod site;
mod sources;
mod toolchain;
mod watched;
mod without_cargo;
mod workspace;
mod zigbuild;

#[cfg(test)]
mod tests;

pub use architecture::{Architecture, UnknownArchitecture};
pub use archive::{Bundle, Entry, Origin, bundle};
pub use build::{Artifact, BuildOptions, Platform, build};
pub use cache::last_builds;
pub use crates::{Crates, crates, vendor};
pub use digest::{Digest, in_a_path};
pub use elf::{Elf, Machine, check, inspect};
pub use error::{BundleError, ErrorKind, INSTALL_ZIGBUILD, shown};
pub use event::{BuildEvent, Level, Toolchain};
pub use kept::KeptCode;
pub use known::KnownWorkspace;
pub use library::{KeptLibrary, Library, kept_libraries, library};
pub use mafia_zip_patch::{changes_to_json, difference};
pub use outline::Outline;
pub use patches::{CodeChange, CodePatch, CodeUndo, LibraryChange, Restored};
pub use project::{Function, Project};
pub use runtime::{Glibc, RUNTIME, RUNTIME_GLIBC};
pub use shared::{Layout, run_as_compiler};
pub use site::{CONFIG, Site, SiteFile, content_type};
pub use sources::{Sources, changed_files, digests};
pub use watched::Watched;
pub use workspace::Workspace;
