//! The text of a file that a person has written, and what is wrong at which place of it. Pure.

mod reader;
pub mod values;

pub use reader::{Placed, Reader};

use std::fmt;

/// How many faults of a file are told.
const MOST_FAULTS: usize = 20;

/// A file that cannot be used: each fault with its place, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.first().map(Fault::to_string).unwrap_or_default())]
pub struct FileError {
    /// At least one.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub others: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    pub place: Place,
    pub message: String,
    /// What was expected there, or what helps.
    pub expected: String,
}

/// Where something is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl FileError {
    /// Nothing, or the error that tells these faults, which are in the order of the file.
    pub fn check(mut faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            return Ok(());
        }
        let others = faults.len().saturating_sub(MOST_FAULTS);
        faults.truncate(MOST_FAULTS);
        Err(Self { faults, others })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            place: Place { line, column },
            message,
            ..
        } = self;
        write!(out, "{file}:{line}:{column}: {message}")
    }
}

/// A fault, by the place in the text in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub at: usize,
    pub message: String,
    pub expected: String,
}

impl Found {
    pub fn new(at: usize, message: impl Into<String>, expected: impl Into<String>) -> Self {
        let (message, expected) = (message.into(), expected.into());
        Self {
            at,
            message,
            expected,
        }
    }
}

/// A file's text, without the byte order mark.
pub struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
    /// Where each line starts.
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    pub fn read(file: &'a str, bytes: &'a [u8]) -> Result<Self, FileError> {
        let refused = |valid: &'a [u8], message: &str| {
            let text = std::str::from_utf8(valid).unwrap_or_default();
            let fault = Found::new(text.len(), message, "save the file as UTF-8");
            Self::of(file, text).error(vec![fault])
        };
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(refused(&[], "the file is in UTF-16"));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => match text.find('\0') {
                Some(at) => Err(refused(&bytes[..at], "there is a null character")),
                None => Ok(Self::of(file, text)),
            },
            Err(error) => {
                let valid = &bytes[..error.valid_up_to()];
                Err(refused(valid, "the character is not in UTF-8"))
            }
        }
    }

    fn of(file: &'a str, text: &'a str) -> Self {
        let after_newlines = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(after_newlines).collect();
        Self { file, text, lines }
    }

    /// The line with this byte, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// The place of this byte.
    pub fn place(&self, at: usize) -> Place {
        let line = self.line(at);
        let before = self.text.get(self.lines[line - 1]..at);
        let column = before.map_or(0, |before| before.chars().count()) + 1;
        Place { line, column }
    }

    /// Nothing, or the error that tells what was `found`.
    pub fn check(&self, found: Vec<Found>) -> Result<(), FileError> {
        match found.is_empty() {
            true => Ok(()),
            false => Err(self.error(found)),
        }
    }

    /// The error that tells what was `found`: at least one fault.
    pub fn error(&self, mut found: Vec<Found>) -> FileError {
        found.sort_by_key(|fault| fault.at);
        let others = found.len().saturating_sub(MOST_FAULTS);
        let placed = found.into_iter().take(MOST_FAULTS).map(|found| Fault {
            file: self.file.to_owned(),
            place: self.place(found.at),
            message: found.message,
            expected: found.expected,
        });
        FileError {
            faults: placed.collect(),
            others,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(bytes: &[u8]) -> String {
        let error = Source::read("roster.toml", bytes).err().expect("an error");
        format!("{error}")
    }

    #[test]
    fn what_is_not_utf_8_is_refused_with_its_place() {
        assert_eq!(
            refused(b"a = 1\r\nb = \"Jos\xe9\"\r\n"),
            "roster.toml:2:9: the character is not in UTF-8"
        );
        for utf_16 in [b"\xff\xfea\0", b"\xfe\xff\0a"] {
            assert_eq!(refused(utf_16), "roster.toml:1:1: the file is in UTF-16");
        }
        assert_eq!(
            refused(b"a\0=\0"),
            "roster.toml:1:2: there is a null character"
        );
    }

    #[test]
    fn places_are_counted_in_characters_and_without_the_byte_order_mark() {
        let source = Source::read("f", "\u{feff}ł = 1\r\nłł b".as_bytes()).expect("read");
        let at = |text: &str| source.text.find(text).expect("it is there");
        let found = ["b", "ł =", "1"].map(|text| Found::new(at(text), text, ""));
        let error = source.error(found.to_vec());
        let places = error.faults.iter().map(ToString::to_string);
        let places: Vec<_> = places.collect();
        assert_eq!(places, ["f:1:1: ł =", "f:1:5: 1", "f:2:4: b"]);
    }

    #[test]
    fn of_many_faults_the_first_are_told() {
        let source = Source::read("f", b"x").expect("read");
        let error = source.error(vec![Found::new(0, "wrong", ""); 25]);
        assert_eq!((error.faults.len(), error.others), (20, 5));
    }
}
