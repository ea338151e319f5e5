//! Finding records by other things than their keys.

use std::collections::BTreeSet;
use std::fmt;

use rusqlite::{Transaction, params};

use super::{Record, Records, StoreError};

/// Finds records by values that follow from them. The entries change with the records, in the same
/// transaction. An index that gets other values from the same records needs another name.
pub struct Index<T> {
    pub(super) name: &'static str,
    values: fn(&T) -> Vec<String>,
}

impl<T> Index<T> {
    pub const fn new(name: &'static str, values: fn(&T) -> Vec<String>) -> Self {
        Self { name, values }
    }
}

impl<T> fmt::Debug for Index<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Index").field(&self.name).finish()
    }
}

/// Index and value.
type Entry = (String, String);

impl<T: Record> Records<T> {
    /// Makes the entries of one record follow from `record`, or removes them.
    pub(super) fn index(
        transaction: &Transaction,
        key: &str,
        record: Option<&T>,
    ) -> Result<(), StoreError> {
        if T::INDEXES.is_empty() {
            return Ok(());
        }
        let wanted: BTreeSet<Entry> = record.map_or_else(BTreeSet::new, entries);
        let found: BTreeSet<Entry> = transaction
            .prepare_cached("SELECT index_name, value FROM entries WHERE kind = ?1 AND key = ?2")?
            .query_map(params![T::KIND, key], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (index, value) in found.difference(&wanted) {
            transaction
                .prepare_cached(
                    "DELETE FROM entries
                     WHERE kind = ?1 AND index_name = ?2 AND value = ?3 AND key = ?4",
                )?
                .execute(params![T::KIND, index, value, key])?;
        }
        for (index, value) in wanted.difference(&found) {
            transaction
                .prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![T::KIND, index, value, key])?;
        }
        Ok(())
    }

    /// Makes the entries of all records, if they were written without these indexes.
    pub(super) fn build_indexes(&self) -> Result<(), StoreError> {
        let names: Vec<&str> = T::INDEXES.iter().map(|index| index.name).collect();
        let names = serde_json::Value::from(names).to_string();
        self.store.write(|transaction| {
            let are_built = transaction
                .prepare_cached("SELECT 1 FROM indexes WHERE kind = ?1 AND names = ?2")?
                .exists(params![T::KIND, names])?;
            if are_built {
                return Ok(());
            }
            for (key, record) in self.under_in(transaction, "")? {
                Self::index(transaction, &key, Some(&record))?;
            }
            transaction.execute(
                "INSERT OR REPLACE INTO indexes VALUES (?1, ?2)",
                params![T::KIND, names],
            )?;
            Ok(())
        })
    }
}

fn entries<T: Record>(record: &T) -> BTreeSet<Entry> {
    let entries = T::INDEXES.iter().flat_map(|index| {
        let values = (index.values)(record).into_iter();
        values.map(|value| (index.name.to_owned(), value))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};

    use super::super::Store;
    use super::*;
    use crate::page::Cursor;

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Plain(Vec<String>);

    impl Record for Plain {
        const KIND: &'static str = "word-list";
    }

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Words(Vec<String>);

    const BY_WORD: Index<Words> = Index::new("word", |words| words.0.clone());

    impl Record for Words {
        const KIND: &'static str = "word-list";
        const INDEXES: &'static [Index<Self>] = &[BY_WORD];
    }

    fn words(words: &str) -> Words {
        Words(words.split(' ').map(str::to_owned).collect())
    }

    fn store(folder: &Path) -> Arc<Store> {
        Arc::new(Store::open(&folder.join("state")).expect("it opens"))
    }

    fn keys(found: Vec<(String, Words)>) -> Vec<String> {
        found.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn a_record_is_found_by_its_present_values() {
        let folder = tempfile::tempdir().expect("a folder");
        let records = Records::<Words>::open(&store(folder.path())).expect("it opens");
        let with = |word: &str| keys(records.with(&BY_WORD, word).expect("read"));
        assert!(records.insert("1", &words("a b")).expect("put"));
        assert!(!records.insert("1", &words("x")).expect("put"));
        records.put("2", &words("b c")).expect("put");
        assert_eq!(
            (with("a"), with("b")),
            (vec!["1".into()], vec!["1".into(), "2".into()])
        );
        assert!(with("x").is_empty());
        records.put("1", &words("c")).expect("put");
        let changed: Result<(), StoreError> = records.change("2", |found| {
            *found = Some(words("a"));
            Ok(())
        });
        changed.expect("changed");
        assert_eq!((with("a"), with("c")), (vec!["2".into()], vec!["1".into()]));
        assert_eq!(records.count(&BY_WORD, "b").expect("counted"), 0);
        records.remove("1").expect("removed");
        let left = records.entries(&BY_WORD, "").expect("read");
        assert_eq!(left, [("a".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn an_index_that_is_new_finds_the_records_that_were_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(folder.path());
        let plain = Records::<Plain>::new(&store);
        plain.put("1", &Plain(vec!["a".to_owned()])).expect("put");
        let records = Records::<Words>::open(&store).expect("it opens");
        assert_eq!(keys(records.with(&BY_WORD, "a").expect("read")), ["1"]);
    }

    #[test]
    fn pages_by_an_index_are_in_the_order_of_its_values() {
        let folder = tempfile::tempdir().expect("a folder");
        let records = Records::<Words>::open(&store(folder.path())).expect("it opens");
        for (key, text) in [
            ("1", "b"),
            ("2", "ab a"),
            ("3", "b a"),
            ("4", "aa c"),
            ("5", "b"),
        ] {
            records.put(key, &words(text)).expect("put");
        }
        let page = |prefix, after: Option<&Cursor>, wanted: fn(&Words) -> bool| {
            let page = records.page_by(&BY_WORD, prefix, after, 2, wanted);
            let page = page.expect("read");
            let words = page
                .items
                .into_iter()
                .map(|(word, Words(all))| (word, all.len()));
            (words.collect::<Vec<_>>(), page.next)
        };
        let expect = |words: [(&str, usize); 2]| words.map(|(word, len)| (word.to_owned(), len));
        let (first, next) = page("", None, |_| true);
        assert_eq!(first, expect([("a", 2), ("a", 2)]));
        let (second, next) = page("", next.as_ref(), |_| true);
        assert_eq!(second, expect([("aa", 2), ("ab", 2)]));
        let (third, next) = page("", next.as_ref(), |_| true);
        assert_eq!(third, expect([("b", 1), ("b", 2)]));
        let (last, next) = page("", next.as_ref(), |_| true);
        assert_eq!((&*last, next), (&expect([("b", 1), ("c", 2)])[..], None));
        let (single, next) = page("b", None, |words| words.0.len() == 1);
        assert_eq!((&*single, next), (&expect([("b", 1), ("b", 1)])[..], None));
    }
}
