//! Checks of this machine: Cargo, a C compiler, a project, a way to build for Lambda.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::Check;
use crate::bundle::{Architecture, Crates, INSTALL_ZIGBUILD, Project, RUNTIME, Workspace, crates};
use crate::error::Error;
use crate::wording::count;

/// The checks that need no target. `folder` is in the project.
pub fn local_checks(folder: Result<&Path, Error>) -> Vec<Check> {
    let project = folder.and_then(project);
    let crates = project
        .as_ref()
        .ok()
        .map(|it| Check::new("crates", crates_of(it)));
    let project = project.map(|project| {
        let functions = count(project.functions.len(), "function");
        format!("{functions} in {}", project.root.display())
    });
    let checks = [
        Check::new("toolchain", toolchain()),
        Check::new("C compiler", c_compiler()),
        Check::new("project", project),
    ];
    let architecture = Check::new("architecture", architecture());
    checks
        .into_iter()
        .chain(crates)
        .chain([architecture])
        .collect()
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

/// The compiler that Rust links every program with. It also compiles the dependencies that are in C.
const C_COMPILER: &str = "cc";

fn c_compiler() -> Result<String, Error> {
    let refused = |detail: &str| {
        Error::usage(format!("`{C_COMPILER}` cannot build a C program: {detail}"))
            .hint(INSTALL_C_COMPILER)
    };
    let built = tempfile::tempdir().and_then(|folder| build_c_program(C_COMPILER, folder.path()));
    match built {
        Ok(None) => Ok(format!("`{C_COMPILER}` builds programs")),
        Ok(Some(complaint)) => Err(refused(&complaint)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(refused("it is not installed"))
        }
        Err(error) => Err(refused(&error.to_string())),
    }
}

const INSTALL_C_COMPILER: &str = "install a C compiler: `sudo apt install gcc libc6-dev` (Debian, \
    Ubuntu), `sudo dnf install gcc` (Fedora, Amazon Linux), `xcode-select --install` (macOS)";

/// Compiles and links a program in `folder`; returns the compiler's first line when it refuses.
fn build_c_program(compiler: &str, folder: &Path) -> io::Result<Option<String>> {
    let source = "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n";
    fs::write(folder.join("main.c"), source)?;
    let output = Command::new(compiler)
        .args(["main.c", "-o", "main"])
        .current_dir(folder)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("no reason given");
    Ok((!output.status.success()).then(|| first.to_owned()))
}

fn project(folder: &Path) -> Result<Project, Error> {
    Ok(Workspace::discover(folder)?.project(None)?)
}

fn crates_of(project: &Project) -> Result<String, Error> {
    match crates(&project.root) {
        Crates::Here => Ok("all are on this machine".to_owned()),
        Crates::Downloadable => Ok("the first build downloads them".to_owned()),
        Crates::Unknown => Ok("not known before a build".to_owned()),
        Crates::Missing { detail } => Err(Error::blocked(format!(
            "not all are on this machine, and they cannot be downloaded: {detail}"
        ))
        .hint(
            "check your connection to the internet, then run `cargo fetch` in the workshop folder",
        )
        .hint("or make a workshop folder that needs none: see `mafia init --help`")),
    }
}

fn architecture() -> Result<String, Error> {
    match Architecture::host() {
        Some(architecture) if cfg!(target_os = "linux") => {
            Ok(format!("{architecture}, supported by {RUNTIME}"))
        }
        _ => match Command::new("cargo-zigbuild").arg("--version").output() {
            Ok(_) => Ok(format!(
                "{} on {}, builds for Lambda with cargo-zigbuild",
                std::env::consts::ARCH,
                std::env::consts::OS
            )),
            Err(_) => Err(Error::usage(format!(
                "{} on {} needs cargo-zigbuild to build for Lambda, not for the sandbox",
                std::env::consts::ARCH,
                std::env::consts::OS
            ))
            .hint(INSTALL_ZIGBUILD)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_compiler_that_refuses_is_told_from_one_that_builds() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        assert_eq!(build_c_program(C_COMPILER, folder.path())?, None);
        let refusal = build_c_program("false", folder.path())?;
        assert_eq!(refusal.as_deref(), Some("no reason given"));
        let missing = build_c_program("no-such-compiler", folder.path());
        assert_eq!(
            missing.map_err(|error| error.kind()),
            Err(io::ErrorKind::NotFound)
        );
        Ok(())
    }
}
