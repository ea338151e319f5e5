//! All that people and scripts see: results on standard output, everything else on standard error.
//!
//! This is the only place that prints. [`Printer`] owns both streams and knows how much is wanted;
//! the other files turn results and events into words.

mod checks;
mod clean;
mod demo;
mod deploy;
mod game;
mod live;
mod logs;
mod progress;
mod prose;
mod sandbox;
mod style;
mod table;
mod words;

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

pub use checks::checks;
pub use clean::{cleaned, deletion_plan, kept};
pub use demo::{Scenes, before_the_game, welcome, what_next};
pub use deploy::{bundled, deployment};
pub use game::{game_over, players, report, turn};
pub use logs::log_line;
pub use sandbox::{
    sandbox_contents, sandbox_emptied, sandbox_started, sandbox_status, sandbox_stopped,
};
pub use words::{elapsed, size};

use crate::cloud::{Caller, Target};
use crate::error::{Error, Kind};
use crate::options::{Color, Options};
use progress::Progress;
use style::{bad, dim, hint};
use table::Table;

/// How long a person waits for an answer without wondering what is going on.
const SOON: Duration = Duration::from_secs(1);

pub struct Printer {
    json: bool,
    quiet: bool,
    verbose: bool,
    yes: bool,
    out: ColorChoice,
    err: ColorChoice,
    progress: Progress,
    /// Whether the one JSON document has been printed.
    answered: AtomicBool,
    /// Whether nobody reads standard output any more.
    closed: AtomicBool,
    /// Whether a question waits for its answer.
    asking: AtomicBool,
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
            answered: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            asking: AtomicBool::new(false),
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
        self.progress.clear();
        if self.json {
            self.document(value)
        } else {
            self.show(&words(value))
        }
    }

    /// The result of a command that failed all the same: in JSON it carries the error, so that there
    /// is one document. `value` must be an object there.
    pub fn result_of_failure<T: Serialize>(
        &self,
        value: &T,
        words: impl FnOnce(&T) -> String,
        error: Error,
    ) -> Error {
        #[derive(Serialize)]
        struct Failed<'a, T> {
            #[serde(flatten)]
            value: &'a T,
            error: &'a Error,
        }
        let failed = Failed {
            value,
            error: &error,
        };
        match self.result(&failed, |_| words(value)) {
            Ok(()) => error,
            // That the result could not be written hides why it should have been looked at.
            Err(unwritten) => unwritten,
        }
    }

    /// A part of the result, where it is told bit by bit. Nothing with `--json`.
    pub fn show(&self, text: &str) -> Result<(), Error> {
        if self.json || text.is_empty() {
            Ok(())
        } else {
            self.write(text)
        }
    }

    /// Whether whoever read the results has seen enough.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// A text that has no other form, such as help.
    pub fn text(&self, text: &str) -> Result<(), Error> {
        self.write(text.trim_end())
    }

    fn document<T: Serialize>(&self, value: &T) -> Result<(), Error> {
        self.answered.store(true, Ordering::Relaxed);
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
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => Err(Error::failed(format!(
                "cannot write to standard output: {error}"
            ))),
            Ok(()) => Ok(()),
        }
    }

    /// What is going on from now on, until the next step or the result.
    pub fn step(&self, text: &str) {
        self.progress.step(text);
    }

    /// Waits for `work`, and says what for when it takes longer than a person expects.
    pub async fn patiently<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        match tokio::time::timeout(SOON, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                if self.progress.is_live() {
                    self.step(what);
                } else {
                    self.note(what);
                }
                let done = work.await;
                self.progress.clear();
                done
            }
        }
    }

    /// A remark on what goes on.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// The columns that prose is fitted into; a pipe gets its lines whole.
    fn prose_width(&self) -> Option<usize> {
        terminal_width(&io::stderr())
    }

    /// Paragraphs that may be somebody's first; fitted into a page, and into less where there is less.
    pub fn story(&self, text: &str) {
        let width = self
            .prose_width()
            .map_or(prose::PAGE, |width| width.min(prose::PAGE));
        self.note(&prose::wrapped(text, Some(width), 0, 0));
    }

    /// An answer to what a person just typed; shown even when little is wanted.
    pub fn say(&self, text: &str) {
        self.line(text);
    }

    fn line(&self, text: &str) {
        self.progress.aside(|| {
            // There is nowhere left to report that standard error is closed.
            let _ = writeln!(AutoStream::new(io::stderr(), self.err), "{text}");
        });
    }

    /// Where and as whom a command acts.
    pub fn target(&self, target: &Target, caller: &Caller, stack: &str) {
        let profile = match &target.profile {
            Some(profile) => format!(", profile {profile}"),
            None => String::new(),
        };
        let line = format!(
            "{stack} on {target} as {} of {}{profile}",
            caller.principal(),
            caller.account,
        );
        self.note(&dim(prose::wrapped(&line, self.prose_width(), 0, 2)));
    }

    /// An error: what failed, what the failing part said, what to do next.
    pub fn error(&self, error: &Error) {
        self.progress.clear();
        let width = self.prose_width();
        let lines = prose::wrapped(&error.message, width, "error: ".len(), 2);
        let mut text = match error.kind {
            Kind::Interrupted => bad(lines),
            _ => format!("{} {lines}", bad("error:")),
        };
        if let Some(detail) = &error.detail {
            for line in detail.lines() {
                text.push_str(&format!("\n  {} {line}", dim("|")));
            }
        }
        for advice in &error.hints {
            let lines = prose::wrapped(advice, width, "  hint: ".len(), "  hint: ".len());
            text.push_str(&format!("\n  {} {lines}", hint("hint:")));
        }
        self.line(&text);
        if self.json && !self.answered.load(Ordering::Relaxed) {
            let document = serde_json::json!({ "error": error });
            // The error is told already; a closed pipe changes nothing.
            let _ = self.document(&document);
        }
    }

    /// What Ctrl-C ended, in words.
    pub fn interruption(&self) -> Error {
        if self.asking.load(Ordering::Relaxed) {
            // The cursor is still behind the question.
            self.line("");
        }
        let interrupted = Error::interrupted();
        match self.progress.standing() {
            Some(step) => Error {
                message: format!("interrupted while {step}"),
                ..interrupted.hint(
                    "run the same command again to continue; AWS finishes what it has started",
                )
            },
            None => interrupted,
        }
    }

    /// Shows `what` is going to happen and asks whether it should. Without a terminal, only `--yes`
    /// answers.
    pub async fn confirm(&self, what: &str, question: &str) -> Result<bool, Error> {
        if self.yes {
            self.note(what);
            return Ok(true);
        }
        // Also when little is wanted: nobody should answer a question about what isn't shown.
        self.line(what);
        if !io::stdin().is_terminal() {
            return Err(
                Error::usage("cannot ask for confirmation without a terminal")
                    .hint("use --yes to continue without confirmation"),
            );
        }
        let answer = self.ask(&format!("\n{question} [y/N] ")).await?;
        let answer = answer.unwrap_or_default().trim().to_ascii_lowercase();
        Ok(["y", "yes"].contains(&answer.as_str()))
    }

    /// Asks for a line; `None` at the end of input.
    pub async fn ask(&self, prompt: &str) -> Result<Option<String>, Error> {
        self.progress.clear();
        let mut err = AutoStream::new(io::stderr(), self.err);
        let prompt = prose::wrapped(prompt, self.prose_width(), 0, 0);
        let _ = write!(err, "{prompt}").and_then(|()| err.flush());
        self.asking.store(true, Ordering::Relaxed);
        let read = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin()
                .lock()
                .read_line(&mut line)
                .map(|bytes| (bytes > 0).then_some(line))
        });
        let read = read.await;
        self.asking.store(false, Ordering::Relaxed);
        match read {
            Ok(Ok(Some(line))) => {
                if !io::stdin().is_terminal() {
                    // What a terminal does by itself: show what was typed behind the question.
                    self.line(line.trim_end());
                }
                Ok(Some(line))
            }
            Ok(Ok(None)) => {
                // The cursor is still behind the question.
                self.line("");
                Ok(None)
            }
            Ok(Err(error)) => Err(Error::usage(format!("cannot read your answer: {error}"))),
            Err(error) => Err(Error::failed(format!("cannot read your answer: {error}"))),
        }
    }
}

/// The columns of the terminal that `stream` is, if it is one.
fn terminal_width(stream: &impl IsTerminal) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| width.into())
}

fn choice(color: Color, stream: &impl anstream::stream::RawStream) -> ColorChoice {
    match color {
        Color::Auto => AutoStream::choice(stream),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}
