//! Names that the library cannot give to its tables. Each of them is an SQLite table of the same name, so
//! names that differ only in case would share one, and some are those of the library's own tables.
//!
//! A table whose name is not free in this sense is stored under another name, which says the table's.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use crate::fault::Fault;

/// Begins the stored names; table names that begin like this are stored under another name too.
const MARK: &str = "-.";
/// Of a table's name, in bytes. Source: DynamoDB's naming rules.
const LONGEST: usize = 255;
/// The digits of the letters' case: five letters each.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const LETTERS: usize = 5;

/// The stored names of the tables that have one.
#[derive(Debug, Default)]
pub struct StoredNames(RwLock<BTreeSet<String>>);

impl StoredNames {
    /// Of these tables, named as in the library.
    pub fn among(&self, tables: &[String]) {
        let stored = tables.iter().filter(|table| table.starts_with(MARK));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = stored.cloned().collect();
    }

    /// The stored name of a table, if it has one.
    pub fn find(&self, name: &str) -> Option<String> {
        // The stored name of another table is not a name of this one.
        let stored = encoded(name);
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (name.starts_with(MARK) || names.contains(&stored)).then_some(stored)
    }

    /// The stored name of a new table, if it needs one beside these `tables`.
    pub fn for_new(name: &str, tables: &[String]) -> Result<Option<String>, Fault> {
        let is_other = |table: &String| table != name && table.eq_ignore_ascii_case(name);
        // SQLite's own tables, and the library's.
        let begin = name.get(.."sqlite_".len());
        let is_reserved = begin.is_some_and(|begin| begin.eq_ignore_ascii_case("sqlite_"))
            || name.starts_with('_');
        if !is_reserved && !tables.iter().any(is_other) {
            return Ok(None);
        }
        let stored = encoded(name);
        if stored.len() > LONGEST {
            return Err(Fault::invalid(
                "ValidationException",
                format!(
                    "the sandbox does not support a name as long as {name} beside one that differs in case"
                ),
            ));
        }
        Ok(Some(stored))
    }
}

/// The name in lower case, and which of its letters are capitals.
fn encoded(name: &str) -> String {
    let digits: String = name
        .as_bytes()
        .chunks(LETTERS)
        .map(|letters| {
            let capitals = letters.iter().map(u8::is_ascii_uppercase);
            let digit = capitals.rfold(0, |digit, capital| digit << 1 | usize::from(capital));
            char::from(DIGITS[digit])
        })
        .collect();
    let digits = digits.trim_end_matches(char::from(DIGITS[0]));
    format!("{MARK}{}.{digits}", name.to_ascii_lowercase())
}

/// The name of the table that the library calls `table`.
pub fn name_of(table: &str) -> String {
    let parts = table
        .strip_prefix(MARK)
        .and_then(|rest| rest.rsplit_once('.'));
    let Some((lower, digits)) = parts else {
        return table.to_owned();
    };
    let digit = |of: usize| {
        let digit = digits.as_bytes().get(of / LETTERS);
        digit.and_then(|digit| DIGITS.iter().position(|known| known == digit))
    };
    let cased = lower.char_indices().map(|(at, letter)| {
        let is_capital = digit(at).is_some_and(|digit| digit >> (at % LETTERS) & 1 == 1);
        if is_capital {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    });
    cased.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_has_another_name_where_its_own_is_not_free() {
        let tables = ["Players".to_owned(), "scores".to_owned()];
        for (name, stored) in [
            ("Players", None),
            ("others", None),
            ("players", Some("-.players.")),
            ("PLAYERS", Some("-.players.7d")),
            ("_tables", Some("-._tables.")),
            ("SQLite_master", Some("-.sqlite_master.h")),
        ] {
            let found = StoredNames::for_new(name, &tables).expect("it has room");
            assert_eq!(found.as_deref(), stored, "{name}");
        }
        assert!(StoredNames::for_new(&"P".repeat(255), &["p".repeat(255)]).is_err());
    }

    proptest! {
        #[test]
        fn stored_names_differ_in_more_than_case_and_say_the_name(name in "[a-zA-Z0-9_.-]{3,40}", other in "[a-zA-Z0-9_.-]{3,40}") {
            let stored = encoded(&name);
            prop_assert_eq!(stored.to_ascii_lowercase(), stored.clone());
            prop_assert_eq!(name_of(&stored), name.clone());
            prop_assert_eq!(encoded(&other) == stored, other == name);
        }
    }
}
