//! The events of a build.

use std::time::Duration;

use super::runtime::Glibc;

/// The program that builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    Cargo,
    /// `cargo-zigbuild`, for another machine or an older glibc than this machine's.
    Zigbuild,
}

/// The severity of a compiler message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Note,
}

/// What happens during a build, in the order in which it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum BuildEvent {
    /// Cargo is started.
    Started {
        toolchain: Toolchain,
        functions: usize,
    },
    /// Cargo waits for another Cargo to release `lock` ("build directory", "package cache").
    Waiting { lock: String },
    /// A step in Cargo's words, such as "Downloading" "2 crates" or "Compiling" "serde v1.0.228".
    Step { verb: String, subject: String },
    /// `done` of `total` steps are done, including those from earlier builds; `current` is what Cargo
    /// says it compiles now.
    Progress {
        done: usize,
        total: usize,
        current: String,
    },
    /// One step was done in this build: a crate, a binary or a build script of `package`.
    Compiled { package: String },
    /// A message of the compiler as text; ends with a newline.
    Message { level: Level, rendered: String },
    /// A remark of Cargo's own, such as a warning about a manifest; one line without its newline.
    Remark { text: String },
    /// The binaries require the glibc `needs`, which is newer than the runtime's: they are built again
    /// with `cargo-zigbuild`.
    TooNew { needs: Glibc },
    /// The functions cannot share a library here: each was built with all that it needs.
    NotShared,
    /// The build succeeded; `compiled` counts the steps of this build.
    Finished { compiled: usize, elapsed: Duration },
}
