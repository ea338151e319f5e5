//! Where an event is among the others: what event ids and the tokens of pages are made of.

use std::fmt;
use std::str::FromStr;

use super::names::invalid;
use crate::fault::Fault;

/// Events are in the order of their times, and those of one time in the order of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub timestamp: i64,
    pub id: i64,
}

impl Place {
    /// Before all events of this time.
    pub fn at(timestamp: i64) -> Self {
        // The ids of events begin with 1.
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

/// 56 digits, as AWS's event ids have.
impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { timestamp, id } = self;
        write!(out, "{:020}{:036}", timestamp.max(&0), id.max(&0))
    }
}

/// The token of a page: the events that come after a place, or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    Forward(Place),
    Backward(Place),
}

impl fmt::Display for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forward(place) => write!(out, "f/{place}"),
            Self::Backward(place) => write!(out, "b/{place}"),
        }
    }
}

impl FromStr for Token {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let place = |digits: &str| {
            Some(Place {
                timestamp: digits.get(..20)?.parse().ok()?,
                id: digits.get(20..)?.parse().ok()?,
            })
        };
        let token = match text.split_once('/') {
            Some(("f", digits)) => place(digits).map(Self::Forward),
            Some(("b", digits)) => place(digits).map(Self::Backward),
            _ => None,
        };
        token.ok_or_else(|| invalid(format!("The specified nextToken is invalid: {text}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written() {
        let place = Place {
            timestamp: i64::MAX,
            id: 7,
        };
        assert_eq!(place.to_string().len(), 56);
        for token in [Token::Forward(place), Token::Backward(Place::at(0))] {
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
            assert!(text.parse::<Token>().is_err(), "{text}");
        }
    }

    #[test]
    fn ids_are_in_the_order_of_the_events() {
        let mut places =
            [(1, 9), (1, 10), (2, 1), (10, 1)].map(|(timestamp, id)| Place { timestamp, id });
        places.sort_by_key(Place::to_string);
        assert!(places.is_sorted());
    }
}
