//! Checks of this machine: Cargo, a project, a way to build for Lambda.

use std::path::Path;
use std::process::Command;

use super::Check;
use crate::bundle::{Architecture, INSTALL_ZIGBUILD, RUNTIME, Workspace};
use crate::error::Error;
use crate::wording::count;

/// The checks that need no target. `folder` is in the project.
pub fn local_checks(folder: Result<&Path, Error>) -> Vec<Check> {
    vec![
        Check::new("toolchain", toolchain()),
        Check::new("project", folder.and_then(project)),
        Check::new("architecture", architecture()),
    ]
}

fn toolchain() -> Result<String, Error> {
    let version = Command::new("cargo").arg("--version").output();
    match version {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        _ => Err(Error::usage("cannot run `cargo --version`")
            .hint("install Rust from https://rustup.rs")),
    }
}

fn project(folder: &Path) -> Result<String, Error> {
    let project = Workspace::discover(folder)?.project(None)?;
    Ok(format!(
        "{} in {}",
        count(project.functions.len(), "function"),
        project.root.display()
    ))
}

fn architecture() -> Result<String, Error> {
    match Architecture::host() {
        Some(architecture) if cfg!(target_os = "linux") => {
            Ok(format!("{architecture}, supported by {RUNTIME}"))
        }
        _ => match Command::new("cargo-zigbuild").arg("--version").output() {
            Ok(_) => Ok(format!(
                "{}, builds with cargo-zigbuild",
                std::env::consts::ARCH
            )),
            Err(_) => Err(Error::usage(format!(
                "{} on {} needs cargo-zigbuild to build for Lambda",
                std::env::consts::ARCH,
                std::env::consts::OS
            ))
            .hint(INSTALL_ZIGBUILD)),
        },
    }
}
