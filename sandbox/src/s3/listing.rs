//! Listing keys in the order of their UTF-8 bytes, a page at a time, with the keys behind a delimiter
//! rolled up into their common prefix.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How many things are asked for at once where many may go into one prefix.
const BATCH: usize = 100;

/// What is wanted of a listing.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    /// Only what comes after it: a key, or the common prefix that a page ended with.
    pub after: Option<&'a str>,
    /// Keys and common prefixes on one page.
    pub most: usize,
}

#[derive(Debug)]
pub struct Page<T> {
    pub things: Vec<(String, T)>,
    pub prefixes: Vec<String>,
    /// What the page ended with, if more follows.
    pub next: Option<String>,
}

impl Query<'_> {
    /// The common prefix that `key` goes into.
    pub fn rolled<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter.filter(|delimiter| !delimiter.is_empty())?;
        let rest = key.strip_prefix(self.prefix)?;
        let end = rest.find(delimiter)? + self.prefix.len() + delimiter.len();
        Some(&key[..end])
    }

    /// The first key that can be on the page.
    fn start(&self) -> Option<String> {
        match self.after {
            None => Some(self.prefix.to_owned()),
            Some(after) if after < self.prefix => Some(self.prefix.to_owned()),
            Some(after) if self.rolled(after) == Some(after) => successor(after),
            Some(after) => Some(following(after)),
        }
    }

    /// Reads the page from `source`, which gives a number of things, in their order, whose keys have
    /// the prefix and are not below the one that it is given.
    pub fn page<T, E>(
        &self,
        mut source: impl FnMut(&str, usize) -> Result<Vec<(String, T)>, E>,
    ) -> Result<Page<T>, E> {
        let mut page = Page {
            things: Vec::new(),
            prefixes: Vec::new(),
            next: None,
        };
        let mut last: Option<String> = None;
        let mut start = self.start().filter(|_| self.most > 0);
        while let Some(from) = start {
            let listed = page.things.len() + page.prefixes.len();
            let wanted = match self.delimiter {
                Some(_) => BATCH,
                None => self.most - listed + 1,
            };
            let batch = source(&from, wanted)?;
            let complete = batch.len() < wanted;
            let mut end = from;
            for (key, thing) in batch {
                end.clone_from(&key);
                let rolled = self.rolled(&key).map(str::to_owned);
                if rolled.is_some() && rolled == last {
                    continue;
                }
                if page.things.len() + page.prefixes.len() == self.most {
                    page.next = last;
                    return Ok(page);
                }
                last = Some(rolled.as_ref().unwrap_or(&key).clone());
                match rolled {
                    Some(prefix) => page.prefixes.push(prefix),
                    None => page.things.push((key, thing)),
                }
            }
            start = match self.rolled(&end) {
                _ if complete => None,
                Some(prefix) => successor(prefix),
                None => Some(following(&end)),
            };
        }
        Ok(page)
    }
}

/// The text right behind `key`.
pub fn following(key: &str) -> String {
    format!("{key}\0")
}

/// The text right behind all that begin with `prefix`; `None` if nothing is.
pub fn successor(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The code points of surrogates are no characters.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            last => char::from_u32(last as u32 + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// For `encoding-type=url`: keys can have characters that XML cannot.
pub fn url_encoded(text: &str) -> String {
    const LEFT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'*');
    utf8_percent_encode(text, LEFT).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn page(keys: &BTreeMap<String, ()>, query: Query) -> Page<()> {
        let end = successor(query.prefix);
        let source = |from: &str, most: usize| {
            let found = keys
                .range(from.to_owned()..)
                .take_while(|(key, ())| end.as_ref().is_none_or(|end| *key < end))
                .map(|(key, ())| (key.clone(), ()));
            Ok::<_, Infallible>(found.take(most).collect())
        };
        let Ok(page) = query.page(source);
        page
    }

    /// All pages, one after the other.
    fn all(keys: &BTreeMap<String, ()>, query: Query) -> (Vec<String>, Vec<String>) {
        let (mut things, mut prefixes) = (Vec::new(), Vec::new());
        let mut after = query.after.map(str::to_owned);
        loop {
            let page = page(
                keys,
                Query {
                    after: after.as_deref(),
                    ..query
                },
            );
            assert!(page.things.len() + page.prefixes.len() <= query.most);
            things.extend(page.things.into_iter().map(|(key, ())| key));
            prefixes.extend(page.prefixes);
            match page.next {
                Some(next) => after = Some(next),
                None => return (things, prefixes),
            }
        }
    }

    fn keys(keys: &[&str]) -> BTreeMap<String, ()> {
        keys.iter().map(|key| ((*key).to_owned(), ())).collect()
    }

    const ALL: Query = Query {
        prefix: "",
        delimiter: None,
        after: None,
        most: 1000,
    };

    #[test]
    fn folders_are_rolled_up() {
        let keys = keys(&["a", "b/1", "b/2", "b/c/3", "b0", "c/"]);
        let folders = Query {
            delimiter: Some("/"),
            ..ALL
        };
        let (things, prefixes) = all(&keys, folders);
        assert_eq!(things, ["a", "b0"]);
        assert_eq!(prefixes, ["b/", "c/"]);
        let inside = Query {
            prefix: "b/",
            ..folders
        };
        let (things, prefixes) = all(&keys, inside);
        assert_eq!(things, ["b/1", "b/2"]);
        assert_eq!(prefixes, ["b/c/"]);
    }

    #[test]
    fn a_page_ends_with_what_the_next_begins_after() {
        let keys = keys(&["a", "b/1", "b/2", "c"]);
        let query = Query {
            delimiter: Some("/"),
            most: 2,
            ..ALL
        };
        let first = page(&keys, query);
        assert_eq!(first.next.as_deref(), Some("b/"));
        let second = page(
            &keys,
            Query {
                after: Some("b/"),
                ..query
            },
        );
        assert_eq!(second.things[0].0, "c");
        assert_eq!(second.next, None);
        let exactly = page(&keys, Query { most: 3, ..query });
        assert_eq!(exactly.next, None, "nothing follows");
        let none = page(&keys, Query { most: 0, ..query });
        assert!(none.things.is_empty() && none.prefixes.is_empty() && none.next.is_none());
    }

    #[test]
    fn a_start_inside_of_a_folder_still_shows_the_rest_of_it() {
        let keys = keys(&["b/1", "b/2", "c"]);
        let query = Query {
            delimiter: Some("/"),
            after: Some("b/1"),
            ..ALL
        };
        assert_eq!(page(&keys, query).prefixes, ["b/"]);
    }

    #[test]
    fn many_keys_in_one_folder_take_few_questions() {
        let keys: BTreeMap<String, ()> = (0..5000).map(|n| (format!("a/{n:05}"), ())).collect();
        let mut asked = 0;
        let query = Query {
            delimiter: Some("/"),
            ..ALL
        };
        let listed = query.page(|from: &str, most| {
            asked += 1;
            let found = keys.range(from.to_owned()..).take(most);
            Ok::<_, Infallible>(found.map(|(key, ())| (key.clone(), ())).collect())
        });
        let Ok(listed) = listed;
        assert_eq!(listed.prefixes, ["a/"]);
        assert_eq!(asked, 2);
    }

    #[test]
    fn what_follows_all_texts_with_a_prefix() {
        assert_eq!(successor("a/").as_deref(), Some("a0"));
        assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(successor("\u{10ffff}"), None);
        assert_eq!(successor(""), None);
    }

    #[test]
    fn keys_are_encoded_as_clients_decode_them() {
        assert_eq!(url_encoded("a/b c+d%é\n"), "a/b%20c%2Bd%25%C3%A9%0A");
    }

    proptest! {
        #[test]
        fn pages_list_what_there_is_once_and_in_order(
            names in prop::collection::btree_set("[ab/é]{1,6}", 0..40),
            prefix in "[ab/]{0,2}",
            delimiter in prop::option::of("[/b]|a/"),
            after in prop::option::of("[ab/]{1,4}"),
            most in 1_usize..6,
        ) {
            let keys: BTreeMap<String, ()> = names.iter().map(|key| (key.clone(), ())).collect();
            let query = Query { prefix: &prefix, delimiter: delimiter.as_deref(), after: None, most };
            let (things, prefixes) = all(&keys, query);
            let matching = || names.iter().filter(|key| key.starts_with(&prefix));
            let plain: Vec<&String> = matching().filter(|key| query.rolled(key).is_none()).collect();
            let rolled: BTreeSet<&str> = matching().filter_map(|key| query.rolled(key)).collect();
            prop_assert_eq!(things.iter().collect::<Vec<_>>(), plain);
            let listed: Vec<&str> = prefixes.iter().map(String::as_str).collect();
            prop_assert_eq!(listed, rolled.into_iter().collect::<Vec<_>>());

            let flat = Query { delimiter: None, after: after.as_deref(), ..query };
            let (things, _) = all(&keys, flat);
            let later: Vec<&String> = matching()
                .filter(|key| after.as_ref().is_none_or(|after| *key > after))
                .collect();
            prop_assert_eq!(things.iter().collect::<Vec<_>>(), later);
        }
    }
}
