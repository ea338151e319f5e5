//! The order of keys: that of their UTF-8 bytes.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// The smallest text after all that begin with `prefix`; `None` if there is none.
pub fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The code points of surrogates are not characters.
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

/// The end of a range of keys, which is not in it.
pub struct End(Option<String>);

impl End {
    pub fn of_prefix(prefix: &str) -> Self {
        Self(end_of_prefix(prefix))
    }
}

impl ToSql for End {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match &self.0 {
            Some(end) => ToSqlOutput::Borrowed(ValueRef::Text(end.as_bytes())),
            // In SQLite's order, blobs come after all texts.
            None => ToSqlOutput::Owned(Value::Blob(Vec::new())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_text_without_it() {
        assert_eq!(end_of_prefix("a/").as_deref(), Some("a0"));
        assert_eq!(end_of_prefix("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(end_of_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end_of_prefix("\u{10ffff}"), None);
        assert_eq!(end_of_prefix(""), None);
    }
}
