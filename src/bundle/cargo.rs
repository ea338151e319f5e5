//! One run of Cargo as a child process: its arguments, its environment, its two streams.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

use super::error::BundleError;
use super::messages::{
    BuildEvent, ErrorLine, Level, OutputLine, Toolchain, package_name, parse_error, parse_output,
};
use super::project::{Function, Project};

/// Where events go; called from one task at a time.
pub(super) type Listener<'a> = &'a (dyn Fn(BuildEvent) + Sync);

/// The Cargo to run: that which started this program, if one did, and else the one on the PATH.
pub(super) fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Variables that a Cargo which started this program has set for it. Build scripts (ring's is one)
/// are run again when these change, so that passing them on would compile much for nothing.
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

/// What to build, and how.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub project: &'a Project,
    pub functions: &'a [Function],
    pub toolchain: Toolchain,
    /// Given to `--target`; the toolchain's own machine for `None`.
    pub target: Option<&'a str>,
    pub release: bool,
    pub color: bool,
}

/// What a run leaves.
#[derive(Default)]
struct Outcome {
    /// By binary.
    executables: HashMap<String, PathBuf>,
    compiled: usize,
    errors: usize,
}

/// Builds, and returns the programs by the names of their binaries. Dropping the future kills Cargo.
pub(super) async fn run(
    run: Run<'_>,
    listener: Listener<'_>,
) -> Result<HashMap<String, PathBuf>, BundleError> {
    let start = Instant::now();
    listener(BuildEvent::Started {
        toolchain: run.toolchain,
        functions: run.functions.len(),
    });
    let mut child = command(run).spawn().map_err(|error| not_started(&error))?;
    // Both were asked for, so both are there.
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(lost(&io::Error::other("its output is missing")));
    };
    let listener = Mutex::new(Repeats::new(listener));
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
        outcome.map_err(|e| lost(&e))?,
        failure.map_err(|e| lost(&e))?,
    );
    let status = child.wait().await.map_err(|error| lost(&error))?;
    if !status.success() {
        return Err(match outcome.errors {
            0 if was_interrupted(status) => BundleError::Interrupted,
            0 => failed(status, &failure),
            errors => BundleError::Compile { errors },
        });
    }
    emit(BuildEvent::Finished {
        compiled: outcome.compiled,
        elapsed: start.elapsed(),
    });
    Ok(outcome.executables)
}

fn command(run: Run<'_>) -> Command {
    let mut command = Command::new(program());
    command.arg(match run.toolchain {
        Toolchain::Cargo => "build",
        Toolchain::Zigbuild => "zigbuild",
    });
    command.arg(if run.color {
        "--message-format=json-diagnostic-rendered-ansi"
    } else {
        "--message-format=json"
    });
    // What it would take anyway, said so that artifacts and bundles are together in any case.
    command
        .arg("--target-dir")
        .arg(&run.project.target_directory);
    if run.release {
        command.arg("--release");
    }
    if let Some(target) = run.target {
        command.args(["--target", target]);
    }
    // Naming the package would narrow the features of shared dependencies, which would then be
    // compiled once more than the workspace's other commands need.
    if !run.project.by_default {
        command.args(["--package", &run.project.package]);
    }
    for function in run.functions {
        command.args(["--bin", &function.binary]);
    }
    for name in inherited_variables() {
        command.env_remove(name);
    }
    command
        .env("CARGO_TERM_COLOR", "never")
        // The progress bar is the only place where Cargo says how much there is to do.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "160")
        .current_dir(&run.project.root)
        .stdin(Stdio::null())
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
                    let package = package_name(&package).to_owned();
                    emit(BuildEvent::Compiled { package });
                }
                if let Some(executable) = executable
                    && package == project.id
                {
                    outcome.executables.insert(target, executable);
                }
            }
            OutputLine::Message {
                package,
                level,
                rendered,
            } => {
                let is_error = level == Level::Error;
                outcome.errors += usize::from(is_error);
                // What others' crates could do better isn't for the reader of this build.
                if is_error || project.members.contains(&package) {
                    emit(BuildEvent::Message { level, rendered });
                }
            }
            OutputLine::Other => {}
        }
    }
    Ok(outcome)
}

/// Emits what Cargo says, and returns its own account of a failure: all from the first error on.
async fn read_errors(
    mut stream: impl AsyncRead + Unpin,
    emit: &impl Fn(BuildEvent),
) -> io::Result<String> {
    let mut failure = String::new();
    let mut pending = Vec::new();
    let mut open = true;
    while open {
        open = stream.read_buf(&mut pending).await? > 0;
        // The progress bar ends its states with a carriage return, and only that.
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

/// Holds back what equals the last of its kind: Cargo draws its bar again and again, and may wait for
/// one lock several times.
struct Repeats<'a> {
    listener: Listener<'a>,
    last: Option<BuildEvent>,
}

impl<'a> Repeats<'a> {
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
    BundleError::Cargo { detail }
}

fn lost(error: &io::Error) -> BundleError {
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

/// Where the toolchain keeps, or would keep, the standard library for `triple`. `None` when it
/// cannot tell: Cargo then says what is missing.
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
