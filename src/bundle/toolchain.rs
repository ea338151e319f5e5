//! The Rust toolchain: which Cargo is run, without which variables, and where its standard libraries
//! are.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// The Cargo to run: the one that started this program, if any, or else the one on the PATH.
pub(super) fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The variables that Cargo sets for a program that it starts. They must not be passed on: build
/// scripts that depend on them (ring's does) would run again, and what depends on those would be
/// compiled again.
pub(super) fn inherited_variables() -> impl Iterator<Item = OsString> {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| is_inherited(name))
}

fn is_inherited(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"].contains(&&*name)
        || name == "CARGO_TARGET_TMPDIR"
}

/// The folder of the toolchain for the standard library of `triple`; it exists when the library is
/// installed. `None` when `rustc` cannot be asked: Cargo then reports what is missing.
pub(super) async fn standard_library(root: &Path, triple: &str) -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", triple])
        .current_dir(root)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| folder.trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_sets_for_a_program_is_told_from_what_a_person_sets_for_cargo() {
        for inherited in [
            "CARGO_PKG_VERSION",
            "CARGO_MANIFEST_DIR",
            "CARGO_BIN_EXE_mafia",
            "CARGO_BIN_NAME",
            "CARGO_CRATE_NAME",
            "CARGO_PRIMARY_PACKAGE",
            "CARGO_TARGET_TMPDIR",
        ] {
            assert!(is_inherited(inherited.as_ref()), "{inherited}");
        }
        for own in [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_JOBS",
            "CARGO",
            "RUSTFLAGS",
            "PATH",
        ] {
            assert!(!is_inherited(own.as_ref()), "{own}");
        }
    }
}
