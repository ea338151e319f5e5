//! Lines that a person types at a terminal: with editing, history and completion.

use std::io::{self, IsTerminal};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

/// Reads lines from the terminal. Its history lasts as long as the editor.
pub struct LineEditor(Editor<Words, MemHistory>);

/// What became of a question.
pub(super) enum Typed {
    Line(String),
    End,
    Interrupted,
}

impl LineEditor {
    /// `None` where lines cannot be edited: standard input or output is no terminal.
    pub fn at_a_terminal() -> Option<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return None;
        }
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .auto_add_history(true)
            .build();
        let history = MemHistory::with_config(&config);
        Editor::with_history(config, history).ok().map(Self)
    }

    /// Asks with a `prompt` of one line; the tab key completes any of the `words`.
    pub fn ask(&mut self, prompt: &str, words: Vec<String>) -> io::Result<Typed> {
        self.0.set_helper(Some(Words(words)));
        match self.0.readline(prompt) {
            Ok(line) => Ok(Typed::Line(line)),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(ReadlineError::Interrupted) => Ok(Typed::Interrupted),
            Err(ReadlineError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

/// The words that can be completed.
struct Words(Vec<String>);

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line[..cursor].to_lowercase();
        let begins = |word: &&String| word.to_lowercase().starts_with(&typed);
        Ok((0, self.0.iter().filter(begins).cloned().collect()))
    }
}

impl Hinter for Words {
    type Hint = String;
}
impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_completed_in_any_case() {
        let history = MemHistory::new();
        let context = Context::new(&history);
        let words = Words(["Sardor", "Sami", "skip"].map(str::to_owned).to_vec());
        let completed = |line: &str| words.complete(line, line.len(), &context);
        assert_eq!(
            completed("sa").expect("words"),
            (0, vec!["Sardor".to_owned(), "Sami".to_owned()])
        );
        assert_eq!(completed("x").expect("words"), (0, vec![]));
    }
}
