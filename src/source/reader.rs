//! Reads values of TOML, and notes what is wrong with them and where. Pure.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{FileError, Found, Source};
use crate::wording::{alternatives, nearest};

/// A value with its place in the text.
pub type Placed<T> = Option<(T, usize)>;

impl<'a> Source<'a> {
    /// The keys and values of the file. `example` is a line of one.
    pub fn table(&self, example: &str) -> Result<DeTable<'a>, FileError> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let expected = format!("expected TOML, such as `{example}`");
            self.error(vec![Found::new(
                at,
                error.message().replace('\n', ", "),
                expected,
            )])
        })?;
        Ok(table.into_inner())
    }
}

pub struct Reader<'s> {
    pub source: &'s Source<'s>,
    pub found: Vec<Found>,
}

impl<'s> Reader<'s> {
    pub fn new(source: &'s Source<'s>) -> Self {
        Self {
            source,
            found: Vec::new(),
        }
    }

    pub fn fault(&mut self, at: usize, message: impl Into<String>, expected: impl Into<String>) {
        self.found.push(Found::new(at, message, expected));
    }

    /// Finds keys that are not known. Those of a table `around` this one belong before it.
    pub fn check_keys(&mut self, table: &DeTable<'_>, of: &str, known: &[&str], around: &[&str]) {
        for key in table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
        {
            let name = key.get_ref().as_ref();
            let expected = match nearest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if around.contains(&name) => {
                    format!("write `{name}` before the first table of the file")
                }
                None => format!("the keys of {of} are {}", known.join(", ")),
            };
            let message = format!("{of} has no key `{name}`");
            self.fault(key.span().start, message, expected);
        }
    }

    /// One of the `known` texts.
    pub fn choice(&mut self, table: &DeTable<'_>, key: &str, known: &[&str]) -> Placed<String> {
        let expected = format!("expected {}", alternatives(known));
        self.checked(table, key, &expected, |text| known.contains(&text))
    }

    /// A text, found to be at fault unless it `is_valid`.
    pub fn checked(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        expected: &str,
        is_valid: impl Fn(&str) -> bool,
    ) -> Placed<String> {
        let (text, at) = self.text(table, key)?;
        if !is_valid(&text) {
            self.fault(at, format!("`{key}` cannot be `{text}`"), expected);
        }
        Some((text, at))
    }

    /// A text that is not empty; a name is checked where it is used.
    pub fn text(&mut self, table: &DeTable<'_>, key: &str) -> Placed<String> {
        let value = table.get(key)?;
        let at = value.span().start;
        let expected = || format!("expected a text in quotes, such as `{key} = \"…\"`");
        match value.get_ref().as_str() {
            Some(text) if text.is_empty() && !["name", "class"].contains(&key) => {
                self.fault(
                    at,
                    format!("`{key}` is empty"),
                    "give it a value, or omit it",
                );
                None
            }
            Some(text) => Some((text.to_owned(), at)),
            None => {
                self.fault(at, format!("`{key}` is not a text"), expected());
                None
            }
        }
    }

    /// A value as the file has it.
    pub fn written(&self, value: &Spanned<DeValue<'_>>) -> &str {
        self.source.text.get(value.span()).unwrap_or_default()
    }
}
