//! The position of an event in its group: event ids and page tokens are made of it.

use std::fmt;
use std::str::FromStr;

use super::names::invalid_parameter;
use crate::fault::Fault;

/// Events are sorted by their timestamps, and those of one timestamp in the order they were
/// written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub timestamp: i64,
    pub id: i64,
}

impl Cursor {
    /// Before all events of this timestamp.
    pub fn at(timestamp: i64) -> Self {
        // Ids begin at 1.
        Self { timestamp, id: 0 }
    }

    pub fn next(self) -> Self {
        let id = self.id.saturating_add(1);
        Self { id, ..self }
    }

    pub fn previous(self) -> Self {
        let id = self.id.saturating_sub(1);
        Self { id, ..self }
    }
}

/// 56 digits, like AWS's event ids.
impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { timestamp, id } = self;
        write!(out, "{:020}{:036}", timestamp.max(&0), id.max(&0))
    }
}

/// Where a page begins: with the events after a cursor, or with those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageToken {
    Forward(Cursor),
    Backward(Cursor),
}

impl fmt::Display for PageToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forward(cursor) => write!(out, "f/{cursor}"),
            Self::Backward(cursor) => write!(out, "b/{cursor}"),
        }
    }
}

impl FromStr for PageToken {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let cursor = |digits: &str| {
            Some(Cursor {
                timestamp: digits.get(..20)?.parse().ok()?,
                id: digits.get(20..)?.parse().ok()?,
            })
        };
        let token = match text.split_once('/') {
            Some(("f", digits)) => cursor(digits).map(Self::Forward),
            Some(("b", digits)) => cursor(digits).map(Self::Backward),
            _ => None,
        };
        token.ok_or_else(|| invalid_token(text))
    }
}

pub fn invalid_token(text: &str) -> Fault {
    invalid_parameter(format!("The specified nextToken is invalid: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written() {
        let cursor = Cursor {
            timestamp: i64::MAX,
            id: 7,
        };
        assert_eq!(cursor.to_string().len(), 56);
        for token in [
            PageToken::Forward(cursor),
            PageToken::Backward(Cursor::at(0)),
        ] {
            assert_eq!(token.to_string().parse(), Ok(token));
        }
        for text in [
            "",
            "f",
            "f/",
            "f/1",
            "x/0",
            "b/ä",
            "next",
            &"f/9".repeat(30),
        ] {
            assert!(text.parse::<PageToken>().is_err(), "{text}");
        }
    }

    #[test]
    fn ids_are_in_the_order_of_the_events() {
        let mut cursors =
            [(1, 9), (1, 10), (2, 1), (10, 1)].map(|(timestamp, id)| Cursor { timestamp, id });
        cursors.sort_by_key(Cursor::to_string);
        assert!(cursors.is_sorted());
    }
}
