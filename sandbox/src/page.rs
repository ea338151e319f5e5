//! Lists that are answered in pages.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Where in a list the next page begins: after the item at this position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// The token is not one that the list returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidToken;

/// In characters. The longest positions are keys of S3's objects, with 1,024 bytes.
const MAX_TOKEN: usize = 4096;
/// Between the list's name and the position. No list's name has one.
const SEPARATOR: char = '\n';

impl Cursor {
    pub fn after(position: impl Into<String>) -> Self {
        Self(position.into())
    }

    pub fn position(&self) -> &str {
        &self.0
    }

    /// What clients send to get the next page; opaque to them. `list` is the list's name: the tokens of
    /// one list are refused by the others.
    pub fn token(&self, list: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{list}{SEPARATOR}{}", self.0))
    }

    pub fn from_token(list: &str, token: &str) -> Result<Self, InvalidToken> {
        if token.len() > MAX_TOKEN {
            return Err(InvalidToken);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let position = text.as_deref().and_then(|text| {
            let position = text.strip_prefix(list)?;
            position.strip_prefix(SEPARATOR)
        });
        position.map(Self::after).ok_or(InvalidToken)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Unless this is the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The first `size` of the items after `after`, which are in the order of their positions.
    pub fn of(
        items: impl IntoIterator<Item = T>,
        position: impl Fn(&T) -> &str,
        after: Option<&Cursor>,
        size: usize,
    ) -> Self {
        let is_before = |item: &T| after.is_some_and(|after| position(item) <= after.position());
        let mut rest = items.into_iter().skip_while(is_before);
        let items: Vec<T> = rest.by_ref().take(size).collect();
        let next = match (items.last(), rest.next()) {
            (Some(last), Some(_)) => Some(Cursor::after(position(last))),
            _ => None,
        };
        Self { items, next }
    }

    pub fn empty() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }

    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            next: self.next,
        }
    }

    pub fn try_map<U, E>(self, change: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page {
            items: self
                .items
                .into_iter()
                .map(change)
                .collect::<Result<_, E>>()?,
            next: self.next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let items = ["a", "b", "c", "d", "e"];
        let page = |after: Option<&Cursor>| Page::of(items, |item| item, after, 2);
        let first = page(None);
        let second = page(first.next.as_ref());
        let last = page(second.next.as_ref());
        let all = [first.items, second.items, last.items].concat();
        assert_eq!(all, items);
        assert_eq!(last.next, None);
        let whole = Page::of(items, |item| item, None, 5);
        assert_eq!((whole.items.len(), whole.next), (5, None));
    }

    #[test]
    fn a_token_is_read_as_it_was_written_by_its_own_list_only() {
        let cursor = Cursor::after("é/\n1");
        let token = cursor.token("roles");
        assert_eq!(Cursor::from_token("roles", &token), Ok(cursor));
        let long = Cursor::after("x".repeat(MAX_TOKEN)).token("roles");
        for (list, token) in [
            ("role", &*token),
            ("policies", &token),
            ("roles", ""),
            ("roles", "é"),
            ("roles", "roles"),
            ("roles", &token[1..]),
            ("roles", &long),
        ] {
            assert_eq!(Cursor::from_token(list, token), Err(InvalidToken));
        }
    }
}
