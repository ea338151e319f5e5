//! Pages of keys: sorted by their UTF-8 bytes, with the keys that share a prefix up to a delimiter
//! collapsed into that common prefix.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::errors::invalid_argument;
use crate::fault::Fault;
use crate::page::Cursor;
use crate::store::end_of_prefix;

/// How many items are read at once where many can share a common prefix.
const BATCH: usize = 100;

/// What a listing contains.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    /// Of keys and common prefixes on one page.
    pub max: usize,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// After the item at this position.
    Item(String),
    /// After all keys with this common prefix.
    Prefix(String),
}

/// Something with a key, stored at a position that sorts as the key does.
pub trait Keyed {
    /// The key of an item at `position`.
    fn key<'a>(&'a self, position: &'a str) -> &'a str {
        position
    }
}

#[derive(Debug)]
pub struct Page<T> {
    /// With their positions.
    pub items: Vec<(String, T)>,
    pub prefixes: Vec<String>,
    /// The end of the page, if more follows.
    pub next: Option<After>,
}

impl Query<'_> {
    /// The common prefix that contains `key`.
    pub fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter?;
        let rest = key.strip_prefix(self.prefix)?;
        let end = rest.find(delimiter)? + self.prefix.len() + delimiter.len();
        Some(&key[..end])
    }

    /// The first position that can be on the page, if any can.
    fn start(&self, after: Option<&After>) -> Option<String> {
        let start = match after {
            None => self.prefix.to_owned(),
            Some(After::Item(position)) => next_text(position),
            Some(After::Prefix(prefix)) => end_of_prefix(prefix)?,
        };
        Some(start.max(self.prefix.to_owned()))
    }

    /// Reads a page from `source`, which returns a number of items whose keys have the prefix,
    /// sorted, from the position that it is given.
    pub fn page<T: Keyed, E>(
        &self,
        after: Option<&After>,
        mut source: impl FnMut(&str, usize) -> Result<Vec<(String, T)>, E>,
    ) -> Result<Page<T>, E> {
        let mut page = Page {
            items: Vec::new(),
            prefixes: Vec::new(),
            next: None,
        };
        let mut last: Option<After> = None;
        let mut start = self.start(after).filter(|_| self.max > 0);
        while let Some(from) = start.take() {
            let wanted = match self.delimiter {
                Some(_) => BATCH,
                None => self.max - page.items.len() + 1,
            };
            let batch = source(&from, wanted)?;
            let complete = batch.len() < wanted;
            for (position, item) in batch {
                let prefix = self.common_prefix(item.key(&position)).map(str::to_owned);
                let this = match &prefix {
                    Some(prefix) => After::Prefix(prefix.clone()),
                    None => After::Item(position.clone()),
                };
                if last.as_ref() == Some(&this) {
                    continue;
                }
                if page.items.len() + page.prefixes.len() == self.max {
                    page.next = last;
                    return Ok(page);
                }
                last = Some(this);
                match prefix {
                    Some(prefix) => page.prefixes.push(prefix),
                    None => page.items.push((position, item)),
                }
            }
            if !complete {
                start = self.start(last.as_ref());
            }
        }
        Ok(page)
    }
}

/// The first text after `text`.
pub fn next_text(text: &str) -> String {
    format!("{text}\0")
}

/// Where the page of a list begins that a continuation token asks for.
pub fn parse_continuation_token(list: &str, token: &str) -> Result<Cursor, Fault> {
    Cursor::from_token(list, token)
        .map_err(|_| invalid_argument("The continuation token provided is incorrect"))
}

/// For `encoding-type=url`: keys can contain characters that XML cannot.
pub fn url_encode(text: &str) -> String {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'*');
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    impl Keyed for () {}

    fn page(keys: &BTreeMap<String, ()>, query: Query, after: Option<&After>) -> Page<()> {
        let end = end_of_prefix(query.prefix);
        let source = |from: &str, max: usize| {
            let found = keys
                .range(from.to_owned()..)
                .take_while(|(key, ())| end.as_ref().is_none_or(|end| *key < end))
                .map(|(key, ())| (key.clone(), ()));
            Ok::<_, Infallible>(found.take(max).collect())
        };
        let Ok(page) = query.page(after, source);
        page
    }

    /// All pages, one after the other.
    fn all(
        keys: &BTreeMap<String, ()>,
        query: Query,
        mut after: Option<After>,
    ) -> (Vec<String>, Vec<String>) {
        let (mut items, mut prefixes) = (Vec::new(), Vec::new());
        loop {
            let page = page(keys, query, after.as_ref());
            assert!(page.items.len() + page.prefixes.len() <= query.max);
            items.extend(page.items.into_iter().map(|(key, ())| key));
            prefixes.extend(page.prefixes);
            after = page.next;
            if after.is_none() {
                return (items, prefixes);
            }
        }
    }

    fn keys(keys: &[&str]) -> BTreeMap<String, ()> {
        keys.iter().map(|key| ((*key).to_owned(), ())).collect()
    }

    const ALL: Query = Query {
        prefix: "",
        delimiter: None,
        max: 1000,
    };
    const FOLDERS: Query = Query {
        delimiter: Some("/"),
        ..ALL
    };

    #[test]
    fn keys_of_a_folder_are_one_common_prefix() {
        let keys = keys(&["a", "b/1", "b/2", "b/c/3", "b0", "c/"]);
        let (items, prefixes) = all(&keys, FOLDERS, None);
        assert_eq!(items, ["a", "b0"]);
        assert_eq!(prefixes, ["b/", "c/"]);
        let inside = Query {
            prefix: "b/",
            ..FOLDERS
        };
        let (items, prefixes) = all(&keys, inside, None);
        assert_eq!(items, ["b/1", "b/2"]);
        assert_eq!(prefixes, ["b/c/"]);
    }

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let keys = keys(&["a", "b/1", "b/2", "c"]);
        let query = Query { max: 2, ..FOLDERS };
        let first = page(&keys, query, None);
        assert_eq!(first.next, Some(After::Prefix("b/".to_owned())));
        let second = page(&keys, query, first.next.as_ref());
        assert_eq!(second.items[0].0, "c");
        assert_eq!(second.next, None);
        let exactly = page(&keys, Query { max: 3, ..query }, None);
        assert_eq!(exactly.next, None, "nothing follows");
        let none = page(&keys, Query { max: 0, ..query }, None);
        assert!(none.items.is_empty() && none.prefixes.is_empty() && none.next.is_none());
    }

    #[test]
    fn a_page_after_an_item_in_a_folder_has_the_folder() {
        let keys = keys(&["b/1", "b/2", "c"]);
        let after = After::Item("b/1".to_owned());
        assert_eq!(page(&keys, FOLDERS, Some(&after)).prefixes, ["b/"]);
        let after = After::Prefix("b/".to_owned());
        assert!(page(&keys, FOLDERS, Some(&after)).prefixes.is_empty());
    }

    #[test]
    fn many_keys_in_one_folder_take_few_reads() {
        let keys: BTreeMap<String, ()> = (0..5000).map(|n| (format!("a/{n:05}"), ())).collect();
        let mut reads = 0;
        let listed = FOLDERS.page(None, |from: &str, max| {
            reads += 1;
            let found = keys.range(from.to_owned()..).take(max);
            Ok::<_, Infallible>(found.map(|(key, ())| (key.clone(), ())).collect())
        });
        let Ok(listed) = listed;
        assert_eq!(listed.prefixes, ["a/"]);
        assert_eq!(reads, 2);
    }

    #[test]
    fn keys_are_encoded_as_clients_decode_them() {
        assert_eq!(url_encode("a/b c+d%é\n"), "a/b%20c%2Bd%25%C3%A9%0A");
    }

    proptest! {
        #[test]
        fn pages_list_all_keys_once_and_sorted(
            names in prop::collection::btree_set("[ab/é]{1,6}", 0..40),
            prefix in "[ab/]{0,2}",
            delimiter in prop::option::of("[/b]|a/"),
            after in prop::option::of("[ab/]{1,4}"),
            max in 1_usize..6,
        ) {
            let keys: BTreeMap<String, ()> = names.iter().map(|key| (key.clone(), ())).collect();
            let query = Query { prefix: &prefix, delimiter: delimiter.as_deref(), max };
            let (items, prefixes) = all(&keys, query, None);
            let matching = || names.iter().filter(|key| key.starts_with(&prefix));
            let plain: Vec<&String> =
                matching().filter(|key| query.common_prefix(key).is_none()).collect();
            let common: BTreeSet<&str> =
                matching().filter_map(|key| query.common_prefix(key)).collect();
            prop_assert_eq!(items.iter().collect::<Vec<_>>(), plain);
            let listed: Vec<&str> = prefixes.iter().map(String::as_str).collect();
            prop_assert_eq!(listed, common.into_iter().collect::<Vec<_>>());

            let flat = Query { delimiter: None, ..query };
            let (items, _) = all(&keys, flat, after.clone().map(After::Item));
            let later: Vec<&String> = matching()
                .filter(|key| after.as_ref().is_none_or(|after| *key > after))
                .collect();
            prop_assert_eq!(items.iter().collect::<Vec<_>>(), later);
        }
    }
}
