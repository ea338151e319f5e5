//! Reads Cargo's two streams line by line: JSON on its standard output, text on its standard error.

use std::path::PathBuf;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{Message, PackageId};

use super::event::{BuildEvent, Level};

/// A line of Cargo's standard output.
#[derive(Debug, PartialEq)]
pub(super) enum OutputLine {
    Artifact {
        package: PackageId,
        /// The target's name: that of the binary, where there is an executable.
        target: String,
        executable: Option<PathBuf>,
        fresh: bool,
    },
    Message {
        package: PackageId,
        level: Level,
        rendered: String,
    },
    /// Of the build: no crate is compiled after it.
    End {
        is_built: bool,
    },
    Other,
}

pub(super) fn parse_output(line: &str) -> OutputLine {
    match serde_json::from_str(line) {
        Ok(Message::CompilerArtifact(artifact)) => OutputLine::Artifact {
            package: artifact.package_id,
            target: artifact.target.name,
            executable: artifact.executable.map(PathBuf::from),
            fresh: artifact.fresh,
        },
        Ok(Message::CompilerMessage(message)) => {
            let Diagnostic {
                level,
                message: text,
                rendered,
                ..
            } = message.message;
            match rendered {
                // Only counts the errors before it; Cargo leaves it out too.
                _ if text.starts_with("aborting due to") => OutputLine::Other,
                Some(rendered) => OutputLine::Message {
                    package: message.package_id,
                    level: Level::from(level),
                    rendered,
                },
                None => OutputLine::Other,
            }
        }
        Ok(Message::BuildFinished(end)) => OutputLine::End {
            is_built: end.success,
        },
        _ => OutputLine::Other,
    }
}

impl From<DiagnosticLevel> for Level {
    fn from(level: DiagnosticLevel) -> Self {
        match level {
            DiagnosticLevel::Error | DiagnosticLevel::Ice => Self::Error,
            DiagnosticLevel::Warning => Self::Warning,
            _ => Self::Note,
        }
    }
}

/// The name of a package from its id: `path+file:///labs/game#mafia-game@0.1.0`, or
/// `path+file:///labs/game#0.1.0` when the folder has the package's name.
pub(super) fn package_name(id: &PackageId) -> &str {
    let (source, fragment) = id.repr.split_once('#').unwrap_or(("", &id.repr));
    match fragment.split_once('@') {
        Some((name, _)) => name,
        None => source.rsplit('/').next().unwrap_or(source),
    }
}

/// A piece of Cargo's standard error: a line, or one state of its progress bar.
#[derive(Debug, PartialEq)]
pub(super) enum ErrorLine {
    Event(BuildEvent),
    /// Anything else: warnings and errors of Cargo itself, which may take several lines.
    Text(String),
    Empty,
}

pub(super) fn parse_error(line: &str) -> ErrorLine {
    let line = line.trim_end();
    let Some((verb, subject)) = split_step(line) else {
        return match line {
            "" => ErrorLine::Empty,
            text if counts_messages(text) => ErrorLine::Empty,
            text => ErrorLine::Text(text.to_owned()),
        };
    };
    if verb == "Finished" {
        return ErrorLine::Empty;
    }
    if let Some(lock) = subject.strip_prefix("waiting for file lock on ") {
        let lock = lock.to_owned();
        return ErrorLine::Event(BuildEvent::Waiting { lock });
    }
    let subject = match without_bar(subject) {
        Some(state) => match parse_state(state) {
            Some(progress) => return ErrorLine::Event(progress),
            None => state,
        },
        None => subject,
    };
    ErrorLine::Event(BuildEvent::Step {
        verb: verb.to_owned(),
        subject: subject.to_owned(),
    })
}

/// Cargo writes its steps with the verb flush right in a column of 12 characters.
fn split_step(line: &str) -> Option<(&str, &str)> {
    let (verb, subject) = line.trim_start().split_once(' ')?;
    let column = line.len() - subject.len() - 1;
    let is_verb = verb.starts_with(|c: char| c.is_ascii_uppercase())
        && verb.chars().all(|c| c.is_ascii_alphabetic());
    (is_verb && column == 12).then_some((verb, subject))
}

/// `[=====>   ] 223/224: game-state(bin)` without its bar.
fn without_bar(subject: &str) -> Option<&str> {
    let (_, state) = subject.strip_prefix('[')?.split_once(']')?;
    Some(state.trim())
}

/// `223/224: game-state(bin), new-game(bin)`. A crate may be there twice, in two versions.
fn parse_state(state: &str) -> Option<BuildEvent> {
    let (numbers, current) = state.split_once(':').unwrap_or((state, ""));
    let (done, total) = numbers.split_once('/')?;
    let mut crates: Vec<&str> = Vec::new();
    for name in current.split(',').map(str::trim) {
        if !crates.contains(&name) {
            crates.push(name);
        }
    }
    Some(BuildEvent::Progress {
        done: done.parse().ok()?,
        total: total.parse().ok()?,
        current: crates.join(", "),
    })
}

/// Whether the line only counts the compiler messages before it.
fn counts_messages(text: &str) -> bool {
    text.starts_with("warning: `") && text.contains(" generated ")
}

#[cfg(test)]
#[path = "cargo_output_tests.rs"]
mod tests;
