//! Runs Cargo as a child process: its arguments, its environment, its two streams.

use std::collections::HashMap;
use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

use super::cargo_output::{ErrorLine, OutputLine, package_name, parse_error, parse_output};
use super::error::BundleError;
use super::event::{BuildEvent, Level, Toolchain};
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

/// What Cargo reported.
#[derive(Default)]
struct Outcome {
    programs: Programs,
    compiled: usize,
    /// The compiler's messages.
    errors: Vec<String>,
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
    let listener = Mutex::new(Deduplicated::new(listener));
    let emit = |event| {
        if let Ok(mut listener) = listener.lock() {
            listener.emit(event);
        }
    };
    let (outcome, failure) = tokio::join!(
        read_output(output, run.project, &emit),
        read_errors(errors, &emit)
    );
    let (outcome, failure) = (
        outcome.map_err(|e| output_lost(&e))?,
        failure.map_err(|e| output_lost(&e))?,
    );
    let status = child.wait().await.map_err(|error| output_lost(&error))?;
    if !status.success() {
        return Err(match outcome.errors {
            none if none.is_empty() && was_interrupted(status) => BundleError::Interrupted,
            none if none.is_empty() => failed(status, &failure),
            errors => BundleError::Compile { errors },
        });
    }
    emit(BuildEvent::Finished {
        compiled: outcome.compiled,
        elapsed: start.elapsed(),
    });
    Ok(outcome.programs)
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

async fn read_output(
    stream: impl AsyncRead + Unpin,
    project: &Project,
    emit: &impl Fn(BuildEvent),
) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut lines = BufReader::with_capacity(64 * 1024, stream).lines();
    while let Some(line) = lines.next_line().await? {
        match parse_output(&line) {
            OutputLine::Artifact {
                package,
                target,
                executable,
                fresh,
            } => {
                if !fresh {
                    outcome.compiled += 1;
                    outcome.programs.have_new_crates |= !project.members.contains(&package);
                    let package = package_name(&package).to_owned();
                    emit(BuildEvent::Compiled { package });
                }
                if let Some(executable) = executable
                    && package == project.id
                {
                    outcome.programs.paths.insert(target, executable);
                }
            }
            OutputLine::Message {
                package,
                level,
                rendered,
            } => {
                let is_error = level == Level::Error;
                if is_error {
                    outcome.errors.push(rendered.clone());
                }
                // Warnings of dependencies are not for the person who builds.
                if is_error || project.members.contains(&package) {
                    emit(BuildEvent::Message { level, rendered });
                }
            }
            OutputLine::Other => {}
        }
    }
    Ok(outcome)
}

/// Emits what Cargo says; returns its text from the first error on.
async fn read_errors(
    mut stream: impl AsyncRead + Unpin,
    emit: &impl Fn(BuildEvent),
) -> io::Result<String> {
    let mut failure = String::new();
    let mut pending = Vec::new();
    let mut open = true;
    while open {
        open = stream.read_buf(&mut pending).await? > 0;
        // A state of the progress bar ends with a carriage return alone.
        while let Some(end) = pending.iter().position(|byte| b"\r\n".contains(byte)) {
            let line: Vec<_> = pending.drain(..=end).collect();
            take_line(&String::from_utf8_lossy(&line), &mut failure, emit);
        }
    }
    take_line(&String::from_utf8_lossy(&pending), &mut failure, emit);
    Ok(failure)
}

fn take_line(line: &str, failure: &mut String, emit: &impl Fn(BuildEvent)) {
    match parse_error(line) {
        ErrorLine::Event(event) => emit(event),
        ErrorLine::Text(text) if failure.is_empty() && !text.starts_with("error") => {
            emit(BuildEvent::Remark { text });
        }
        ErrorLine::Text(text) => {
            failure.push_str(&text);
            failure.push('\n');
        }
        ErrorLine::Empty => {}
    }
}

/// Drops an event that equals the last one of its kind: Cargo draws its progress bar repeatedly, and
/// may wait for one lock several times.
struct Deduplicated<'a> {
    listener: Listener<'a>,
    last: Option<BuildEvent>,
}

impl<'a> Deduplicated<'a> {
    fn new(listener: Listener<'a>) -> Self {
        Self {
            listener,
            last: None,
        }
    }

    fn emit(&mut self, event: BuildEvent) {
        if matches!(
            event,
            BuildEvent::Progress { .. } | BuildEvent::Waiting { .. }
        ) {
            if self.last.as_ref() == Some(&event) {
                return;
            }
            self.last = Some(event.clone());
        }
        (self.listener)(event);
    }
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
