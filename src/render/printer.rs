//! Owns both output streams, and follows the options about output.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use super::progress::Progress;
use super::style::{bad, bold, colored, dim, hint, shown, shown_in_json};
use super::{prose, terminal};
use crate::cloud::{Caller, Target, TargetKind};
use crate::error::{Error, Kind};
use crate::invocation::Invocation;
use crate::options::Options;

/// How long to wait before saying what for.
const WAIT_BEFORE_NOTE: Duration = Duration::from_secs(1);

pub struct Printer {
    pub(super) json: bool,
    pub(super) quiet: bool,
    verbose: bool,
    pub(super) yes: bool,
    /// How commands in texts have to be typed.
    invocation: Mutex<Invocation>,
    out: ColorChoice,
    pub(super) err: ColorChoice,
    pub(super) progress: Progress,
    /// Whether the one JSON document has been printed.
    has_document: AtomicBool,
    /// Whether the reader of standard output has closed it.
    closed: AtomicBool,
    /// Whether a question waits for its answer.
    pub(super) asking: AtomicBool,
    /// Whether something was begun on the target, which goes on without the command.
    begun: AtomicBool,
    /// What a person should know when Ctrl-C ends the command.
    after_ctrl_c: Mutex<Vec<String>>,
    /// How AWS's command line gets to the target, as a hint; `None` where it needs nothing.
    way_for_aws: Mutex<Option<String>>,
    /// What was said could be done.
    advice: Mutex<Vec<String>>,
}

/// The JSON document of a command that succeeded. `value` has to be an object.
#[derive(Serialize)]
struct Document<'a, T> {
    #[serde(flatten)]
    value: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
}

impl Printer {
    pub fn new(options: &Options) -> Self {
        let out = terminal::color_choice(options.color, &io::stdout());
        let err = terminal::color_choice(options.color, &io::stderr());
        let live = terminal::can_redraw(&io::stderr()) && !options.quiet;
        Self {
            json: options.json,
            quiet: options.quiet,
            verbose: options.verbose,
            yes: options.yes,
            invocation: Mutex::new(options.invocation.clone()),
            out,
            err,
            progress: Progress::new(live, err != ColorChoice::Never),
            has_document: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            asking: AtomicBool::new(false),
            begun: AtomicBool::new(false),
            after_ctrl_c: Mutex::default(),
            way_for_aws: Mutex::default(),
            advice: Mutex::new(Vec::new()),
        }
    }

    /// From now on, commands in texts are typed so: the command works on another stack than was typed.
    pub fn type_commands_as(&self, invocation: &Invocation) {
        if let Ok(mut known) = self.invocation.lock() {
            known.clone_from(invocation);
        }
    }

    /// How commands in texts are typed.
    pub fn invocation(&self) -> Invocation {
        let known = self.invocation.lock();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether messages of other programs may have colours.
    pub fn colors(&self) -> bool {
        self.err != ColorChoice::Never
    }

    /// The one result of a command: a JSON document, or the text that `to_text` makes of it, wrapped to the
    /// terminal.
    pub fn result<T: Serialize>(
        &self,
        value: &T,
        to_text: impl FnOnce(&T) -> String,
    ) -> Result<(), Error> {
        self.result_and_next(value, None, to_text)
    }

    /// The one result of a command, and the command to run next, if there is one.
    pub fn result_and_next<T: Serialize>(
        &self,
        value: &T,
        next: Option<String>,
        to_text: impl FnOnce(&T) -> String,
    ) -> Result<(), Error> {
        self.answer(value, next, || self.print(&to_text(value)))
    }

    /// The same, with a layout of its own, such as JSON that a function returned.
    pub fn result_as_it_is<T: Serialize>(
        &self,
        value: &T,
        next: Option<String>,
        to_text: impl FnOnce(&T) -> String,
    ) -> Result<(), Error> {
        self.answer(value, next, || self.print_as_it_is(&to_text(value)))
    }

    /// The one result of a command that prints JSON in any case.
    pub fn result_as_json<T: Serialize>(&self, value: &T) -> Result<(), Error> {
        self.progress.clear();
        self.document(value)
    }

    fn answer<T: Serialize>(
        &self,
        value: &T,
        next: Option<String>,
        print: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.progress.clear();
        if self.json {
            let advice = self.advice.lock().map(|advice| advice.clone());
            return self.document(&Document {
                value,
                next: next.as_deref(),
                hints: advice.unwrap_or_default(),
            });
        }
        print()?;
        if let Some(next) = next {
            self.note(&format!("{} {next}", bold("Next:")));
        }
        Ok(())
    }

    /// The result of a command that failed. With `--json` there is one document for both: `value` must
    /// be an object, and gets the key `error`.
    pub fn result_with_error<T: Serialize>(
        &self,
        value: &T,
        to_text: impl FnOnce(&T) -> String,
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
            error: &error.clone().as_typed(&self.invocation()),
        };
        match self.result(&failed, |_| to_text(value)) {
            Ok(()) => error,
            // Without the result, the error about it would not be understood.
            Err(unwritten) => unwritten,
        }
    }

    /// A part of a result that is printed in several parts, wrapped to the terminal. Prints nothing with
    /// `--json`.
    pub fn print(&self, text: &str) -> Result<(), Error> {
        self.part(text, terminal::width(&io::stdout()))
    }

    /// What explains the parts of a result, among them; not with `--quiet`.
    pub fn narrate(&self, text: &str) -> Result<(), Error> {
        if self.quiet { Ok(()) } else { self.print(text) }
    }

    /// A part of a result with a layout of its own.
    pub fn print_as_it_is(&self, text: &str) -> Result<(), Error> {
        self.part(text, None)
    }

    fn part(&self, text: &str, width: Option<usize>) -> Result<(), Error> {
        if self.json || text.is_empty() {
            Ok(())
        } else {
            self.write(&prose::wrapped(&shown(text), width, 0, 2))
        }
    }

    /// Whether the reader of the results has closed the pipe.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// A text with colours of its own, also with `--json`: help, or a line for another program.
    pub fn print_raw(&self, text: &str) -> Result<(), Error> {
        self.write(&shown(&colored(text.trim_end())))
    }

    fn document<T: Serialize>(&self, value: &T) -> Result<(), Error> {
        self.has_document.store(true, Ordering::Relaxed);
        let document = serde_json::to_string_pretty(value)
            .map_err(|error| Error::failed(format!("cannot write the result as JSON: {error}")))?;
        self.write(&shown_in_json(&document))
    }

    /// Writes what a terminal may get.
    fn write(&self, text: &str) -> Result<(), Error> {
        let written = self.progress.suspend(|| {
            let mut out = AutoStream::new(io::stdout(), self.out);
            writeln!(out, "{text}").and_then(|()| out.flush())
        });
        match written {
            // The reader of a pipe may stop early.
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

    /// What is being done, until the next call or the result.
    pub fn progress(&self, text: &str) {
        self.progress.show(text);
    }

    /// The same, of something that the target does.
    pub(super) fn progress_on_target(&self, text: &str) {
        self.begun.store(true, Ordering::Relaxed);
        self.progress(text);
    }

    /// Without a live line: whether `done` has passed a multiple of `step` since the last call.
    pub(super) fn passed_milestone(&self, done: usize, step: usize) -> bool {
        self.progress.passed_milestone(done, step)
    }

    /// Waits for `work`, and says what for when that takes long.
    pub async fn wait_for<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        match tokio::time::timeout(WAIT_BEFORE_NOTE, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                self.progress.clear();
                self.say_and_wait_for(what, work).await
            }
        }
    }

    /// The same beside something else, such as a build, which is still shown.
    pub async fn wait_beside<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        match tokio::time::timeout(WAIT_BEFORE_NOTE, &mut work).await {
            Ok(done) => done,
            Err(_) => self.say_and_wait_for(what, work).await,
        }
    }

    async fn say_and_wait_for<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        if self.progress.is_live() {
            self.progress.wait(what);
        } else {
            self.note(what);
        }
        let done = work.await;
        self.progress.has_come(what);
        done
    }

    /// A remark, wrapped to the terminal; not with `--quiet`.
    pub fn note(&self, text: &str) {
        self.note_as_it_is(&prose::wrapped(text, terminal::width(&io::stderr()), 0, 2));
    }

    /// A remark with a layout of its own; not with `--quiet`.
    pub fn note_as_it_is(&self, text: &str) {
        if !self.quiet {
            self.note_always(text);
        }
    }

    /// A text with a layout and colours of its own, such as a message of the compiler; with `--quiet` only
    /// if it is `needed`.
    pub fn note_colored(&self, text: &str, needed: bool) {
        if needed || !self.quiet {
            self.note_always(&colored(text));
        }
    }

    /// A remark that says what could be done; also in the JSON document.
    pub fn advise(&self, text: &str) {
        let text = self.invocation().in_text(text);
        self.note(&hint(&text));
        if let Ok(mut advice) = self.advice.lock() {
            advice.push(text);
        }
    }

    /// A detail; only with `--verbose`.
    pub fn note_verbose(&self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// A line that is needed even with `--quiet`, such as the response to a line that was typed.
    pub fn note_always(&self, text: &str) {
        self.progress.suspend(|| {
            // If standard error is closed, there is nowhere to report that.
            let _ = writeln!(AutoStream::new(io::stderr(), self.err), "{}", shown(text));
        });
    }

    /// The target that a command acts on, and the caller.
    pub fn note_target(&self, target: &Target, caller: Option<&Caller>, stack: &str) {
        let profile = match &target.profile {
            Some(profile) => format!(", profile {profile}"),
            None => String::new(),
        };
        if let Ok(mut way) = self.way_for_aws.lock() {
            *way = way_for_aws(&target.kind);
        }
        let known = if caller.is_some() { "as" } else { "with" };
        let caller = identity(target, caller);
        self.note(&format!("{stack} on {target} {known} {caller}{profile}"));
    }

    /// An error: what failed, the message of the failing part, the hints.
    pub fn error(&self, error: &Error) {
        let last_step = self.progress.clear();
        if let (Some(step), true) = (last_step, error.kind != Kind::Interrupted) {
            self.note(&dim(format!("stopped while {step}")));
        }
        let invocation = self.invocation();
        let mut error = error.clone().as_typed(&invocation);
        let way = self.way_for_aws.lock().ok().and_then(|way| way.clone());
        let services = [
            "`aws cloudformation ",
            "`aws dynamodb ",
            "`aws iam ",
            "`aws logs ",
        ];
        let needs_way = |hint: &String| services.iter().any(|service| hint.contains(service));
        if error.hints.iter().any(needs_way) {
            let way = way.map(|way| invocation.in_text(&way));
            error.hints.extend(way);
        }
        let width = terminal::width(&io::stderr());
        let lines = prose::wrapped(&error.message, width, "error: ".len(), 2);
        let mut text = match error.kind {
            Kind::Interrupted => bad(lines),
            _ => format!("{} {lines}", bad("error:")),
        };
        if let Some(detail) = &error.detail {
            let beside_the_bar = width.map(|width| width.saturating_sub("  | ".len()));
            for line in prose::wrapped(detail, beside_the_bar, 0, 2).lines() {
                text.push_str(&format!("\n  {} {line}", dim("|")));
            }
        }
        for advice in &error.hints {
            let lines = prose::wrapped(advice, width, "  hint: ".len(), "  hint: ".len());
            text.push_str(&format!("\n  {} {lines}", hint("hint:")));
        }
        self.note_always(&text);
        if self.json && !self.has_document.load(Ordering::Relaxed) {
            let mut error = error.clone();
            for message in &mut error.compiler {
                *message = anstream::adapter::strip_str(message).to_string();
            }
            let document = serde_json::json!({ "error": error });
            // The error has been printed; a closed pipe changes nothing.
            let _ = self.document(&document);
        }
    }

    /// What stays when Ctrl-C ends the command, as a hint.
    pub fn after_ctrl_c(&self, hint: String) {
        if let Ok(mut hints) = self.after_ctrl_c.lock() {
            hints.push(hint);
        }
    }

    /// The error after Ctrl-C, with what was being done.
    pub fn interrupted(&self) -> Error {
        if self.asking.load(Ordering::Relaxed) {
            // The cursor is still behind the question.
            self.note_always("");
        }
        let mut interrupted = Error::interrupted();
        if let Ok(mut left) = self.after_ctrl_c.lock() {
            interrupted.hints.append(&mut left);
        }
        match self.progress.current() {
            Some(step) => {
                let again = "run the same command again to continue";
                let goes_on = match self.begun.load(Ordering::Relaxed) {
                    true => "; AWS finishes what it has started",
                    false => "",
                };
                Error {
                    message: format!("interrupted while {step}"),
                    ..interrupted.hint(format!("{again}{goes_on}"))
                }
            }
            None => interrupted,
        }
    }
}

fn way_for_aws(target: &TargetKind) -> Option<String> {
    match target {
        TargetKind::Aws => None,
        TargetKind::Sandbox { .. } => {
            Some("for the sandbox, run `eval \"$(mafia sandbox env)\"` before `aws`".to_owned())
        }
        TargetKind::Endpoint { url } => Some(format!("add `--endpoint-url {url}` to `aws`")),
    }
}

/// Who works on the target.
pub(super) fn identity(target: &Target, caller: Option<&Caller>) -> String {
    match (caller, &target.kind) {
        (None, _) => "an unknown identity".to_owned(),
        // The sandbox has one account.
        (Some(caller), TargetKind::Sandbox { .. }) => caller.principal().to_owned(),
        (Some(caller), _) => format!("{} of {}", caller.principal(), caller.account),
    }
}
