//! Runs Cargo as a child process: its arguments, its environment, its end.

use std::collections::HashMap;
use std::env;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use futures_util::TryStreamExt;
use tokio::process::Command;

use super::build_lock;
use super::cargo_report::{Report, said};
use super::error::BundleError;
use super::event::{BuildEvent, Toolchain};
use super::project::{Function, Project};
use super::shared::{self, Layout};
use super::toolchain::{inherited_variables, program};

/// Where events go; called from one task at a time.
pub(super) type Listener<'a> = &'a (dyn Fn(BuildEvent) + Sync);

/// What to build, and how.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub project: &'a Project,
    pub functions: &'a [Function],
    pub toolchain: Toolchain,
    pub layout: Layout,
    /// Given to `--target`; the toolchain's own machine for `None`.
    pub target: Option<&'a str>,
    pub release: bool,
    pub color: bool,
}

/// What was built.
#[derive(Debug, Default)]
pub(super) struct Programs {
    /// The path of each, by the name of its binary.
    pub paths: HashMap<String, PathBuf>,
    /// Whether crates of others than the workspace were compiled for them.
    pub have_new_crates: bool,
}

/// Builds. Dropping the future kills Cargo.
pub(super) async fn run(run: Run<'_>, listener: Listener<'_>) -> Result<Programs, BundleError> {
    let start = Instant::now();
    listener(BuildEvent::Started {
        toolchain: run.toolchain,
        functions: run.functions.len(),
    });
    let mut child = command(run).spawn().map_err(|error| not_started(&error))?;
    // Both are piped, so both are there.
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(output_lost(&io::Error::other("its output is missing")));
    };
    let mut report = Report::new(run.project, listener);
    let mut said = pin!(said(output, errors));
    while !report.is_built
        && let Some(piece) = said.try_next().await.map_err(|error| output_lost(&error))?
    {
        report.take(piece);
    }
    let status = match report.is_built {
        true => build_lock::release(child, report.folder()).await,
        false => child.wait().await.map(Some),
    };
    let status = status.map_err(|error| output_lost(&error))?;
    if let Some(status) = status
        && !status.success()
    {
        return Err(match report.errors {
            none if none.is_empty() && was_interrupted(status) => BundleError::Interrupted,
            none if none.is_empty() => failed(status, &report.failure),
            errors => BundleError::Compile { errors },
        });
    }
    listener(BuildEvent::Finished {
        compiled: report.compiled,
        elapsed: start.elapsed(),
    });
    Ok(report.programs)
}

/// Lets the next build compile the project's own package again.
pub(super) async fn clean(project: &Project) -> Result<(), BundleError> {
    let mut command = cargo_in(project);
    command.args(["clean", "--package", &project.id.repr, "--target-dir"]);
    command.arg(&project.target_directory).kill_on_drop(true);
    let output = command
        .output()
        .await
        .map_err(|error| not_started(&error))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(failed(
            output.status,
            &String::from_utf8_lossy(&output.stderr),
        )),
    }
}

/// Cargo, for this project.
fn cargo_in(project: &Project) -> Command {
    let mut command = Command::new(program());
    for name in inherited_variables() {
        command.env_remove(name);
    }
    command
        .env("CARGO_BUILD_BUILD_DIR", &project.build_directory)
        .env("CARGO_TERM_COLOR", "never")
        .current_dir(&project.root)
        .stdin(Stdio::null());
    command
}

fn command(run: Run<'_>) -> Command {
    let mut command = cargo_in(run.project);
    command.arg(match run.toolchain {
        Toolchain::Cargo => "build",
        Toolchain::Zigbuild => "zigbuild",
    });
    command.arg(if run.color {
        "--message-format=json-diagnostic-rendered-ansi"
    } else {
        "--message-format=json"
    });
    // Cargo would choose the same folder; named so that artifacts and bundles are surely together.
    command
        .arg("--target-dir")
        .arg(&run.project.target_directory);
    if run.release {
        command.arg("--release");
    }
    if let Some(target) = run.target {
        command.args(["--target", target]);
    }
    // With `--package`, Cargo unifies the features of that package alone, and compiles shared
    // dependencies again with other features than the workspace's other commands.
    if !run.project.by_default {
        command.args(["--package", &run.project.package]);
    }
    for function in run.functions {
        command.args(["--bin", &function.binary]);
    }
    if run.layout == Layout::Shared
        && let Ok(program) = env::current_exe()
    {
        command
            .env(shared::WRAPPER, program)
            .env(shared::FOLDER, shared::folder(run.project));
    }
    command
        // The progress bar is the only place where Cargo says how much there is to do.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "160")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[cfg(unix)]
fn was_interrupted(status: ExitStatus) -> bool {
    const SIGINT: i32 = 2;
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGINT)
}

#[cfg(not(unix))]
fn was_interrupted(_status: ExitStatus) -> bool {
    false
}

fn failed(status: ExitStatus, failure: &str) -> BundleError {
    let detail = failure.trim().trim_start_matches("error: ");
    let detail = match detail {
        "" => format!("it exited with {status}"),
        detail => detail.to_owned(),
    };
    BundleError::of_cargo(&detail)
}

fn output_lost(error: &io::Error) -> BundleError {
    let detail = format!("its output was lost ({error})");
    BundleError::Cargo { detail }
}

fn not_started(error: &io::Error) -> BundleError {
    match error.kind() {
        io::ErrorKind::NotFound => BundleError::NoCargo,
        _ => BundleError::Cargo {
            detail: format!("it could not start ({error})"),
        },
    }
}

#[cfg(test)]
#[path = "cargo_tests.rs"]
mod tests;
