//! What a text may be like.

use super::{Reading, refused};

#[derive(Clone, Debug, PartialEq)]
pub struct TextTest {
    kind: Kind,
    ignores_case: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Equals(String),
    Prefix(String),
    Suffix(String),
    Wildcard(Wildcard),
}

impl TextTest {
    pub fn equals(text: &str) -> Self {
        Self::new(Kind::Equals(text.to_owned()))
    }

    pub fn prefix(text: &str) -> Self {
        Self::new(Kind::Prefix(text.to_owned()))
    }

    pub fn suffix(text: &str) -> Self {
        Self::new(Kind::Suffix(text.to_owned()))
    }

    pub fn wildcard(text: &str) -> Reading<Self> {
        Wildcard::read(text).map(|wildcard| Self::new(Kind::Wildcard(wildcard)))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            ignores_case: false,
        }
    }

    pub fn ignoring_case(self) -> Self {
        let kind = match self.kind {
            Kind::Equals(text) => Kind::Equals(text.to_lowercase()),
            Kind::Prefix(text) => Kind::Prefix(text.to_lowercase()),
            Kind::Suffix(text) => Kind::Suffix(text.to_lowercase()),
            // None ignores case.
            Kind::Wildcard(wildcard) => Kind::Wildcard(wildcard),
        };
        Self {
            kind,
            ignores_case: true,
        }
    }

    pub fn takes(&self, text: &str) -> bool {
        if self.ignores_case {
            self.kind.takes(&text.to_lowercase())
        } else {
            self.kind.takes(text)
        }
    }
}

impl Kind {
    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Equals(expected) => text == expected,
            Self::Prefix(prefix) => text.starts_with(prefix),
            Self::Suffix(suffix) => text.ends_with(suffix),
            Self::Wildcard(wildcard) => wildcard.takes(text),
        }
    }
}

/// Literal texts with anything between them.
#[derive(Clone, Debug, PartialEq)]
struct Wildcard {
    first: String,
    /// After the first `*`, each after one.
    others: Vec<String>,
}

impl Wildcard {
    /// Reads a text in which `*` is any text, `\*` an asterisk and `\\` a backslash. AWS counts positions
    /// from the quotation mark before the text.
    fn read(text: &str) -> Reading<Self> {
        let mut literals = vec![String::new()];
        let mut characters = text.chars().zip(1..).peekable();
        while let Some((character, at)) = characters.next() {
            let mut literal = character;
            if character == '\\' {
                literal = match characters.next() {
                    Some((escaped @ ('*' | '\\'), _)) => escaped,
                    _ => return refused(format!("Invalid escape character at pos {at}")),
                };
            } else if character == '*' {
                if characters.peek().is_some_and(|(next, _)| *next == '*') {
                    return refused(format!("Consecutive wildcard characters at pos {at}"));
                }
                literals.push(String::new());
                continue;
            }
            if let Some(last) = literals.last_mut() {
                last.push(literal);
            }
        }
        let first = literals.remove(0);
        Ok(Self {
            first,
            others: literals,
        })
    }

    fn takes(&self, text: &str) -> bool {
        let Some((last, middle)) = self.others.split_last() else {
            return text == self.first;
        };
        let rest = text.strip_prefix(self.first.as_str());
        let Some(mut rest) = rest.and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        // What is found first leaves most to the literals after it.
        for literal in middle {
            match rest.find(literal) {
                Some(at) => rest = &rest[at + literal.len()..],
                None => return false,
            }
        }
        true
    }
}
