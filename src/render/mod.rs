//! All that people and scripts see: results on standard output, everything else on standard error.
//!
//! This is the only place that prints. [`Printer`] owns both streams and knows how much is wanted;
//! the other files turn results and events into words.

mod checks;
mod clean;
mod deploy;
mod game;
mod logs;
mod progress;
mod style;
mod table;
mod words;

use std::io::{self, BufRead, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

pub use checks::checks;
pub use clean::{cleaned, doomed};
pub use deploy::{bundled, deployment};
pub use game::{game_over, players, report, turn};
pub use logs::log_line;
pub use words::{count, elapsed, size};

use crate::cli::{Color, Options};
use crate::cloud::{Caller, Target};
use crate::error::Error;
use progress::Progress;
use style::{bad, dim, hint};
use table::Table;

pub struct Printer {
    json: bool,
    quiet: bool,
    verbose: bool,
    yes: bool,
    out: ColorChoice,
    err: ColorChoice,
    progress: Progress,
}

impl Printer {
    pub fn new(options: &Options) -> Self {
        let out = choice(options.color, &io::stdout());
        let err = choice(options.color, &io::stderr());
        let live = io::stderr().is_terminal() && !options.quiet;
        Self {
            json: options.json,
            quiet: options.quiet,
            verbose: options.verbose,
            yes: options.yes,
            out,
            err,
            progress: Progress::new(live, err != ColorChoice::Never),
        }
    }

    pub fn json(&self) -> bool {
        self.json
    }

    pub fn verbose(&self) -> bool {
        self.verbose
    }

    /// Whether messages of other programs may come in colours.
    pub fn colors(&self) -> bool {
        self.err != ColorChoice::Never
    }

    /// The one result of a command: a JSON document, or what `words` makes of it.
    pub fn result<T: Serialize>(
        &self,
        value: &T,
        words: impl FnOnce(&T) -> String,
    ) -> Result<(), Error> {
        match self.json {
            true => self.document(value),
            false => self.show(&words(value)),
        }
    }

    /// A part of the result, where it is told bit by bit. Nothing with `--json`.
    pub fn show(&self, text: &str) -> Result<(), Error> {
        match self.json || text.is_empty() {
            true => Ok(()),
            false => self.write(text),
        }
    }

    fn document<T: Serialize>(&self, value: &T) -> Result<(), Error> {
        let document = serde_json::to_string_pretty(value)
            .map_err(|error| Error::failed(format!("cannot write the result as JSON: {error}")))?;
        self.write(&document)
    }

    fn write(&self, text: &str) -> Result<(), Error> {
        let written = self.progress.aside(|| {
            let mut out = AutoStream::new(io::stdout(), self.out);
            writeln!(out, "{text}").and_then(|()| out.flush())
        });
        match written {
            // Who closed the pipe has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Error::failed(format!(
                "cannot write to standard output: {error}"
            ))),
            Ok(()) => Ok(()),
        }
    }

    /// A remark on what goes on.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    fn line(&self, text: &str) {
        self.progress.aside(|| {
            // There is nowhere left to report that standard error is closed.
            let _ = writeln!(AutoStream::new(io::stderr(), self.err), "{text}");
        });
    }

    /// Where and as whom a command acts.
    pub fn target(&self, target: &Target, caller: &Caller, stack: &str) {
        let account = &caller.account;
        let principal = caller.principal();
        let profile = match &target.profile {
            Some(profile) => format!(", profile {profile}"),
            None => String::new(),
        };
        self.note(&dim(format!(
            "{} as {principal} in account {account}{profile}, stack {stack}",
            target.name()
        )));
    }

    /// An error: what failed, what the failing part said, what to do next.
    pub fn error(&self, error: &Error) {
        self.progress.clear();
        let mut text = format!("{} {}", bad("error:"), error.message);
        if let Some(detail) = &error.detail {
            for line in detail.trim_end().lines() {
                text.push_str(&format!("\n  {} {line}", dim("|")));
            }
        }
        for advice in &error.hints {
            text.push_str(&format!("\n  {} {advice}", hint("try:")));
        }
        self.line(&text);
        if self.json {
            let document = serde_json::json!({ "error": error });
            // The error is told already; a closed pipe changes nothing.
            let _ = self.document(&document);
        }
    }

    /// What is said when Ctrl-C ended a command.
    pub fn interrupted(&self) {
        self.progress.clear();
        self.line(&match self.progress.standing() {
            Some(step) => format!("{} while: {step}", bad("interrupted")),
            None => bad("interrupted"),
        });
        self.note(
            "What AWS has begun it goes on with; the same command again picks up from there.",
        );
    }

    /// Asks a question that yes or no answers. Without a terminal, only `--yes` answers.
    pub async fn confirm(&self, question: &str) -> Result<bool, Error> {
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            return Err(Error::usage("there is no terminal to ask for confirmation")
                .hint("add --yes to go ahead without being asked"));
        }
        let answer = self.ask(&format!("{question} [y/N] ")).await?;
        Ok(matches!(
            answer
                .as_deref()
                .map(str::trim)
                .map(str::to_ascii_lowercase)
                .as_deref(),
            Some("y" | "yes")
        ))
    }

    /// Asks for a line; `None` at the end of input.
    pub async fn ask(&self, prompt: &str) -> Result<Option<String>, Error> {
        self.progress.clear();
        let mut err = AutoStream::new(io::stderr(), self.err);
        let _ = write!(err, "{prompt}").and_then(|()| err.flush());
        let read = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin()
                .lock()
                .read_line(&mut line)
                .map(|bytes| (bytes > 0).then_some(line))
        });
        match read.await {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) => Err(Error::usage(format!("cannot read your answer: {error}"))),
            Err(error) => Err(Error::failed(format!("cannot read your answer: {error}"))),
        }
    }
}

fn choice(color: Color, stream: &impl anstream::stream::RawStream) -> ColorChoice {
    match color {
        Color::Auto => AutoStream::choice(stream),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}
