//! The shared library of a workspace's functions: what they depend on and do not change with each edit, linked
//! once. A function is then linked in a moment, and is small.
//!
//! Cargo builds as always, with this program around the compiler of the workspace's packages
//! ([`programs`]). For a function it is the linker too ([`link`]): it links all crates but the function's own
//! package into a library, unless that is there, and the function against it. Where that fails, it links as
//! it would without all this.
//!
//! The library's name has a digest of its contents, and functions need it under that name: a function cannot
//! meet another library than its own. Linux alone has what this needs of a linker and a loader.

mod link;
mod programs;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::cache::write_atomically;
use super::elf;
use super::error::BundleError;
use super::project::Project;

pub(super) use link::is_whole;
pub use programs::run_as_compiler;
pub(super) use programs::{FOLDER, WRAPPER};

/// Begins the names of libraries.
const NAME: &str = "libmafia-";
/// The file that says which version of this program has failed to link a library here.
const FAILED: &str = "failed";

/// How the programs of functions are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Each has all that it needs.
    Static,
    /// They share a library, if they can.
    Shared,
}

impl Layout {
    /// `Shared` where this system can, unless this program was replaced while it runs.
    pub fn shared() -> Self {
        let is_there = std::env::current_exe().is_ok_and(|program| program.is_file());
        match std::env::consts::OS {
            "linux" if is_there => Self::Shared,
            _ => Self::Static,
        }
    }
}

/// Where a workspace's libraries are.
pub(super) fn folder(project: &Project) -> PathBuf {
    project.target_directory.join("mafia/library")
}

/// The library that a program needs, in `folder`; `None` for a program that needs none.
pub(super) fn needed(program: &Path, folder: &Path) -> Result<Option<PathBuf>, BundleError> {
    let library = ours(elf::needed(program)?);
    Ok(library.map(|name| folder.join(name)))
}

/// The name of the library that a program with these bytes needs; `None` if it needs none.
pub(super) fn needed_by(program: &[u8]) -> io::Result<Option<String>> {
    Ok(ours(elf::needed_by(program)?))
}

fn ours(libraries: Vec<String>) -> Option<String> {
    let mut libraries = libraries.into_iter();
    libraries.find(|name| name.starts_with(NAME))
}

/// Whether it is known that functions cannot share a library here.
pub(super) fn has_failed(project: &Project) -> bool {
    let version = fs::read(folder(project).join(FAILED));
    version.is_ok_and(|version| version == env!("CARGO_PKG_VERSION").as_bytes())
}

/// Lets [`has_failed`] be true. If it cannot be written, the next build tries again.
pub(super) fn remember_failure(project: &Project) {
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    let _ = write_atomically(&folder(project).join(FAILED), version);
}

pub(super) fn forget_failure(project: &Project) {
    let _ = fs::remove_file(folder(project).join(FAILED));
}
