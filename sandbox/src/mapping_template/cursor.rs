//! A place in the text that is parsed.

use super::fault::{Outcome, Problem, problem};
use super::limits::TEMPLATE_DEPTH;

pub(super) struct Cursor<'a> {
    pub text: &'a str,
    /// A byte of `text`, at the start of a character.
    pub position: usize,
    /// Where faults are: that of a string literal for what is in it.
    pub place: Option<usize>,
    pub depth: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.position += char.len_utf8();
        Some(char)
    }

    /// Goes on behind `text`, if it is here.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let is_here = self.rest().starts_with(text);
        if is_here {
            self.position += text.len();
        }
        is_here
    }

    /// Goes on to the first character that does not fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|char| !fits(char)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    pub(super) fn skip_whitespace(&mut self) {
        self.take_while(|char| matches!(char, ' ' | '\t' | '\n' | '\r'));
    }

    /// Skips what follows a directive in its line, if that is white space alone, with the line's end.
    pub(super) fn skip_line_end(&mut self) {
        let start = self.position;
        self.take_while(|char| matches!(char, ' ' | '\t'));
        if !(self.take("\r\n") || self.take("\n") || self.take("\r")) {
            self.position = start;
        }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset_of(self.position)
    }

    pub(super) fn offset_of(&self, position: usize) -> usize {
        self.place.unwrap_or(position)
    }

    pub(super) fn expect(&mut self, text: &str) -> Outcome<()> {
        if self.take(text) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{text}`")))
    }

    /// What is here instead of what was expected.
    pub(super) fn unexpected(&self, expected: &str) -> Problem {
        let found = match self.peek() {
            Some(char) => format!("`{}`", char.escape_debug()),
            None => "the end".to_owned(),
        };
        self.wrong(format!("expected {expected}, found {found}"))
    }

    pub(super) fn wrong(&self, message: impl Into<String>) -> Problem {
        problem(message).at(self.offset())
    }

    /// Parses what is one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth == TEMPLATE_DEPTH {
            return Err(self.wrong(format!(
                "the template is nested more than {TEMPLATE_DEPTH} deep"
            )));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}
