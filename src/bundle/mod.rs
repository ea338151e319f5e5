//! From a Cargo workspace to reproducible Lambda bundles.
//!
//! [`Project::discover`] finds out what is to be built, [`build`] builds it with one call of Cargo and
//! refuses what the runtime could not start, and [`bundle`] puts each binary and the project's files
//! into a zip whose bytes depend on nothing but their contents.
//!
//! This module knows no AWS, no command line and no terminal: it returns values, and what happens on
//! the way is told through [`BuildEvent`]s.

mod architecture;
mod archive;
mod build;
mod cargo;
mod digest;
mod elf;
mod error;
mod kept;
mod messages;
mod project;
mod zigbuild;

#[cfg(test)]
mod tests;

pub use architecture::{Architecture, UnknownArchitecture};
pub use archive::{Bundle, Entry, Made, bundle};
pub use build::{Artifact, BuildOptions, build};
pub use digest::Digest;
pub use elf::{Elf, Glibc, Machine, RUNTIME, RUNTIME_GLIBC, check, inspect};
pub use error::{BundleError, ErrorKind, INSTALL_ZIGBUILD, shown};
pub use messages::{BuildEvent, Level, Toolchain};
pub use project::{Function, Project};
