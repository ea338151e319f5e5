//! Puts together what Cargo says on its two streams while it builds.

use std::path::Path;

use futures_util::{Stream, TryStreamExt, stream};
use tokio::io::{self, AsyncRead, AsyncReadExt};

use super::cargo::{Listener, Programs};
use super::cargo_output::{ErrorLine, OutputLine, package_name, parse_error, parse_output};
use super::event::{BuildEvent, Level};
use super::project::Project;

/// A piece of one of the streams.
pub(super) enum Said {
    Output(String),
    /// A line, or a state of the progress bar.
    Error(String),
}

/// The pieces of both streams, as they come.
pub(super) fn said(
    output: impl AsyncRead + Unpin,
    errors: impl AsyncRead + Unpin,
) -> impl Stream<Item = io::Result<Said>> {
    stream::select(
        pieces(output, b"\n").map_ok(Said::Output),
        // A state of the progress bar ends with a carriage return alone.
        pieces(errors, b"\r\n").map_ok(Said::Error),
    )
}

/// The texts between the bytes in `ends`.
fn pieces(
    stream: impl AsyncRead + Unpin,
    ends: &'static [u8],
) -> impl Stream<Item = io::Result<String>> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let pending = Vec::with_capacity(64 * 1024);
    stream::try_unfold(
        (stream, pending),
        move |(mut stream, mut pending)| async move {
            loop {
                if let Some(end) = pending.iter().position(|byte| ends.contains(byte)) {
                    let piece = text(&pending[..end]);
                    pending.drain(..=end);
                    return Ok(Some((piece, (stream, pending))));
                }
                if stream.read_buf(&mut pending).await? == 0 {
                    let rest = text(&pending);
                    pending.clear();
                    return Ok((!rest.is_empty()).then_some((rest, (stream, pending))));
                }
            }
        },
    )
}

/// What was said until now. What concerns the person who builds goes to the listener at once.
pub(super) struct Report<'a> {
    project: &'a Project,
    events: Deduplicated<'a>,
    pub programs: Programs,
    pub compiled: usize,
    /// The compiler's messages.
    pub errors: Vec<String>,
    /// Cargo's own text from its first error on.
    pub failure: String,
    /// Whether Cargo said that everything is built.
    pub is_built: bool,
}

impl<'a> Report<'a> {
    pub fn new(project: &'a Project, listener: Listener<'a>) -> Self {
        Self {
            project,
            events: Deduplicated::new(listener),
            programs: Programs::default(),
            compiled: 0,
            errors: Vec::new(),
            failure: String::new(),
            is_built: false,
        }
    }

    /// The folder with the programs.
    pub fn folder(&self) -> Option<&Path> {
        self.programs.paths.values().next()?.parent()
    }

    pub fn take(&mut self, said: Said) {
        match said {
            Said::Output(line) => self.take_output(parse_output(&line)),
            Said::Error(line) => self.take_error(parse_error(&line)),
        }
    }

    fn take_output(&mut self, line: OutputLine) {
        match line {
            OutputLine::Artifact {
                package,
                target,
                executable,
                fresh,
            } => {
                if let Some(executable) = executable
                    && package == self.project.id
                {
                    self.programs.paths.insert(target, executable);
                }
                if !fresh {
                    self.compiled += 1;
                    self.programs.have_new_crates |= !self.project.members.contains(&package);
                    let package = package_name(&package).to_owned();
                    self.events.emit(BuildEvent::Compiled { package });
                }
            }
            OutputLine::Message {
                package,
                level,
                rendered,
            } => {
                let is_error = level == Level::Error;
                if is_error {
                    self.errors.push(rendered.clone());
                }
                // Warnings of dependencies are not for the person who builds.
                if is_error || self.project.members.contains(&package) {
                    self.events.emit(BuildEvent::Message { level, rendered });
                }
            }
            OutputLine::End { is_built } => self.is_built = is_built,
            OutputLine::Other => {}
        }
    }

    fn take_error(&mut self, line: ErrorLine) {
        match line {
            ErrorLine::Event(event) => self.events.emit(event),
            ErrorLine::Text(text) if self.failure.is_empty() && !text.starts_with("error") => {
                self.events.emit(BuildEvent::Remark { text });
            }
            ErrorLine::Text(text) => {
                self.failure.push_str(&text);
                self.failure.push('\n');
            }
            ErrorLine::Empty => {}
        }
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

#[cfg(test)]
#[path = "cargo_report_tests.rs"]
mod tests;
