//! Questions to the person at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::atomic::Ordering;

use anstream::AutoStream;

use super::line_editor::{LineEditor, Typed};
use super::printer::Printer;
use super::style::shown;
use super::{prose, terminal};
use crate::error::Error;

/// Questions that belong together: at a terminal, their answers are edited with one history.
#[derive(Default)]
pub struct Conversation {
    editor: Option<LineEditor>,
}

impl Printer {
    /// Shows `what` will happen and asks for confirmation. Without a terminal, only `--yes` confirms.
    pub async fn confirm(&self, what: &str, question: &str) -> Result<bool, Error> {
        if self.agrees_to(what) {
            return Ok(true);
        }
        self.ask_yes(question).await?.ok_or_else(no_terminal)
    }

    /// Shows `what` will happen and asks for this `name`, so that nobody confirms it by habit. Without a
    /// terminal, only `--yes` confirms. Returns what was typed instead of the name.
    pub async fn confirm_by_name(
        &self,
        what: &str,
        question: &str,
        name: &str,
    ) -> Result<Result<(), String>, Error> {
        if self.agrees_to(what) {
            return Ok(Ok(()));
        }
        if !io::stdin().is_terminal() {
            return Err(no_terminal());
        }
        let answer = self.ask(&format!("\n{question} ")).await?;
        let answer = answer.unwrap_or_default().trim().to_owned();
        Ok(if answer == name { Ok(()) } else { Err(answer) })
    }

    /// Shows `what` will happen, and says whether `--yes` confirms it.
    fn agrees_to(&self, what: &str) -> bool {
        if self.yes {
            self.note(what);
        } else {
            // Also with `--quiet`: nobody should confirm what is not shown.
            self.respond(what);
        }
        self.yes
    }

    /// Whether a person answers yes; `None` without a terminal. `--yes` is no answer to this.
    pub async fn ask_yes(&self, question: &str) -> Result<Option<bool>, Error> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let answer = self.ask(&format!("\n{question} [y/N] ")).await?;
        let answer = answer.unwrap_or_default().trim().to_ascii_lowercase();
        Ok(Some(["y", "yes"].contains(&answer.as_str())))
    }

    /// A response to what was typed, wrapped to the terminal; also with `--quiet`.
    pub fn respond(&self, text: &str) {
        let width = terminal::width(&io::stderr());
        self.note_always(&prose::wrapped(text, width, 0, 2));
    }

    /// Whether there is a person to ask.
    pub fn can_ask(&self) -> bool {
        !self.json && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether a person sees each part of the result as it is printed, and can press keys.
    pub fn is_watched(&self) -> bool {
        self.can_ask() && !self.quiet && io::stdout().is_terminal()
    }

    /// Waits for Enter, and removes the question where the terminal can. The end of input counts as Enter,
    /// and Enter that was typed ahead is not asked for again.
    pub async fn wait_for_enter(&self, question: &str) {
        let is_typed = terminal::a_line_waits();
        let redraws = !is_typed && terminal::can_redraw(&io::stderr());
        if redraws {
            // The terminal may show a word there that was typed ahead.
            let _ = io::stderr().write_all(b"\r\x1b[2K");
        }
        // Without an answer there is nothing to wait for.
        let _ = self.ask(if is_typed { "" } else { question }).await;
        if redraws {
            let _ = io::stderr().write_all(b"\x1b[A\r\x1b[2K");
        }
    }

    pub fn conversation(&self) -> Conversation {
        Conversation {
            editor: LineEditor::at_a_terminal(),
        }
    }

    /// Asks for a line; `None` at the end of input. At a terminal, the tab key completes `words`.
    pub async fn ask_in(
        &self,
        conversation: &mut Conversation,
        prompt: &str,
        words: &[&str],
    ) -> Result<Option<String>, Error> {
        let Some(mut editor) = conversation.editor.take() else {
            return self.ask(prompt).await;
        };
        self.progress.clear();
        // The editor takes a prompt of one line.
        let prompt = prose::wrapped(prompt, terminal::width(&io::stderr()), 0, 0);
        let prompt = match prompt.rsplit_once('\n') {
            Some((before, prompt)) => {
                self.note_always(before);
                prompt.to_owned()
            }
            None => prompt,
        };
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let asked = tokio::task::spawn_blocking(move || {
            let typed = editor.ask(&prompt, words);
            (editor, typed)
        });
        let (editor, typed) = asked.await.map_err(unread)?;
        conversation.editor = Some(editor);
        match typed.map_err(unread)? {
            Typed::Line(line) => Ok(Some(line)),
            Typed::End => Ok(None),
            Typed::Interrupted => Err(Error::interrupted()),
        }
    }

    /// Asks for a line; `None` at the end of input.
    pub async fn ask(&self, prompt: &str) -> Result<Option<String>, Error> {
        self.progress.clear();
        let mut err = AutoStream::new(io::stderr(), self.err);
        let prompt = prose::wrapped(prompt, terminal::width(&io::stderr()), 0, 0);
        let _ = write!(err, "{}", shown(&prompt)).and_then(|()| err.flush());
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
                    // A terminal shows the typed line after the question; for a pipe, print it.
                    self.note_always(line.trim_end());
                }
                Ok(Some(line))
            }
            Ok(Ok(None)) => {
                // The cursor is still behind the question.
                self.note_always("");
                Ok(None)
            }
            Ok(Err(error)) => Err(Error::usage(format!("cannot read your answer: {error}"))),
            Err(error) => Err(unread(error)),
        }
    }
}

fn no_terminal() -> Error {
    Error::usage("cannot ask for confirmation without a terminal")
        .hint("use --yes to continue without confirmation")
}

fn unread(error: impl std::fmt::Display) -> Error {
    Error::failed(format!("cannot read your answer: {error}"))
}
