//! The store: versions, damage, size.

use super::*;

#[test]
fn what_is_no_state_of_this_version_is_said_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let garbage = folder.path().join("garbage");
    std::fs::write(
        &garbage,
        "not a database at all, but long enough to be read",
    )
    .expect("it");
    let before = std::fs::read(&garbage).expect("it");
    let refused = Store::open(&garbage).expect_err("it is no database");
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    assert_eq!(std::fs::read(&garbage).expect("it"), before);

    let newer = folder.path().join("newer");
    let store = Store::open(&newer).expect("it opens");
    let version = |connection: &Connection| connection.pragma_update(None, "user_version", 99);
    store.read(version).expect("it is set");
    drop(store);
    let refused = Store::open(&newer).expect_err("it is of another version");
    let other = matches!(refused, StoreError::OtherVersion { found: 99, .. });
    assert!(other, "{refused}");
}

#[test]
fn a_file_of_an_earlier_version_is_upgraded_once_and_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state");
    let earlier = Connection::open(&path).expect("it opens");
    earlier.execute_batch(LAYOUTS[0]).expect("made");
    let rows = "INSERT INTO records VALUES ('a', 'b', '1', NULL)";
    earlier.execute(rows, []).expect("written");
    let pragmas = [("application_id", APPLICATION), ("user_version", 1)];
    for (name, value) in pragmas {
        earlier.pragma_update(None, name, value).expect("set");
    }
    drop(earlier);
    let broken = |_: &Transaction| Err(StoreError::from(rusqlite::Error::InvalidQuery));
    assert!(Store::open_upgrading(&path, broken).is_err());
    let convert = |transaction: &Transaction| {
        transaction.execute("UPDATE records SET value = value + 1", [])?;
        Ok(())
    };
    for _ in 0..2 {
        let store = Store::open_upgrading(&path, convert).expect("it opens");
        let value = "SELECT value FROM records";
        let value: String = store
            .read(|connection| connection.query_row(value, [], |row| row.get(0)))
            .expect("read");
        assert_eq!(seal::unsealed("a", "b", &value), Some("2"));
    }
}

/// Damages all copies of `text` in the file.
fn damage(path: &Path, text: &str) {
    let mut bytes = std::fs::read(path).expect("it is read");
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, text).collect();
    assert!(!places.is_empty(), "{text} is there");
    for place in places {
        bytes[place] ^= 1;
    }
    std::fs::write(path, bytes).expect("it is written");
}

#[test]
fn damage_is_noticed_at_the_start_and_where_it_is_read() {
    use crate::store::{Record, Records};
    use std::sync::Arc;

    #[derive(serde::Serialize, serde::Deserialize, Debug)]
    struct Words(Vec<String>);

    const BY_WORD: Index<Words> = Index::new("by-word", |words| words.0.clone());

    impl Record for Words {
        const KIND: &'static str = "kind-of-words";
        const INDEXES: &'static [Index<Self>] = &[BY_WORD];
    }

    let folder = tempfile::tempdir().expect("a folder");
    for text in ["some-key", "kind-of-words", "text-of-it"] {
        let path = folder.path().join(text);
        let store = Arc::new(Store::open(&path).expect("it opens"));
        let records = Records::<Words>::open(&store).expect("it opens");
        let words = Words(vec!["text-of-it".to_owned()]);
        records.put("some-key", &words).expect("put");
        assert!(records.get("some-key").expect("read").is_some());
        let connection = store.connection();
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        connection
            .query_row(checkpoint, [], |_| Ok(()))
            .expect("written");
        drop(connection);
        drop((records, store));
        damage(&path, text);
        let refused = Store::open(&path).expect_err(text);
        let is_said = matches!(
            refused,
            StoreError::Damaged { .. } | StoreError::DamagedRecord { .. }
        );
        assert!(is_said, "{refused}");
    }

    let store = Arc::new(Store::open(&folder.path().join("read")).expect("it opens"));
    let records = Records::<Words>::open(&store).expect("it opens");
    records.put("a", &Words(vec!["b".to_owned()])).expect("put");
    let damage = "UPDATE records SET value = replace(value, 'b', 'c')";
    store
        .read(|connection| connection.execute(damage, []))
        .expect("done");
    let reads = [
        records.get("a").map(|_| ()),
        records.all().map(|_| ()),
        records.range("a".."b", 1).map(|_| ()),
        records.with(&BY_WORD, "b").map(|_| ()),
        records.page("", None, 1, |_| true).map(|_| ()),
        records.page_by(&BY_WORD, "", None, 1, |_| true).map(|_| ()),
        store.look(|connection| records.first_under(connection, "a").map(|_| ())),
    ];
    for read in reads {
        let refused = read.expect_err("it is damaged").to_string();
        assert_eq!(
            refused,
            "the sandbox's record a of kind-of-words is damaged"
        );
    }
}

#[test]
fn a_file_shrinks_when_much_was_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state");
    let store = Store::open(&path).expect("it opens");
    let length = || std::fs::metadata(&path).expect("it is there").len();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
        INSERT INTO records SELECT 'filler', i, printf('%01000d', i), NULL FROM n";
    let execute = |sql: &str| store.read(|connection| connection.execute(sql, []));
    execute(fill).expect("filled");
    store.shrink().expect("looked");
    let full = length();
    execute("DELETE FROM records").expect("emptied");
    store.shrink().expect("shrunk");
    assert!(length() < full / 10, "{} of {full}", length());
}

#[test]
fn records_of_a_version_without_seals_get_theirs_and_no_version_is_upgraded_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state");
    let earlier = Connection::open(&path).expect("it opens");
    earlier.execute_batch(&LAYOUTS[..2].concat()).expect("made");
    let row = "INSERT INTO records VALUES ('a', 'b', '{}', NULL)";
    earlier.execute(row, []).expect("written");
    for (name, value) in [("application_id", APPLICATION), ("user_version", 2)] {
        earlier.pragma_update(None, name, value).expect("set");
    }
    drop(earlier);
    for _ in 0..2 {
        let not_version_1 = |_: &Transaction| Err(StoreError::from(rusqlite::Error::InvalidQuery));
        let store = Store::open_upgrading(&path, not_version_1).expect("it opens");
        let value = "SELECT value FROM records";
        let value: String = store
            .read(|connection| connection.query_row(value, [], |row| row.get(0)))
            .expect("read");
        assert_eq!(seal::unsealed("a", "b", &value), Some("{}"));
    }
}

#[test]
fn a_change_is_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("state")).expect("it opens");
    let failed: Result<(), StoreError> = store.write(|transaction| {
        transaction.execute("INSERT INTO records VALUES ('a', 'b', '1', NULL)", [])?;
        transaction.execute("no such statement", [])?;
        Ok(())
    });
    assert!(failed.is_err());
    let rows: i64 = store
        .read(|connection| {
            connection.query_row("SELECT count(*) FROM records", [], |row| row.get(0))
        })
        .expect("it reads");
    assert_eq!(rows, 0);
}

#[test]
fn a_file_that_says_another_version_than_it_is_of_is_said_without_a_statement() {
    let folder = tempfile::tempdir().expect("a folder");
    for version in 0..LAYOUTS.len() {
        let path = folder.path().join(version.to_string());
        let store = Store::open(&path).expect("it opens");
        let set = |connection: &Connection| connection.pragma_update(None, "user_version", version);
        store.read(set).expect("it is set");
        drop(store);
        let before = std::fs::read(&path).expect("read");
        let refused = Store::open(&path).expect_err("it is of no version");
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
        let said = refused.to_string();
        assert!(said.contains(&*path.to_string_lossy()), "{said}");
        assert!(
            !said.contains("CREATE") && !said.contains("ALTER"),
            "{said}"
        );
        assert!(
            std::fs::read(&path).expect("read") == before,
            "{version}: it was changed"
        );
    }
}

#[test]
fn an_error_of_sqlite_is_told_without_its_statement() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("state")).expect("it opens");
    let statements = [
        "SELECT a FROM nowhere",
        "SELECT FROM",
        "INSERT INTO records VALUES (NULL, NULL, NULL, NULL)",
        "SELECT 1 WHERE 0",
    ];
    for statement in statements {
        let failed = store.read(|connection| connection.query_row(statement, [], |_| Ok(())));
        let said = failed.expect_err(statement).to_string();
        assert!(
            said.starts_with("cannot read or write the sandbox's file state.sqlite: "),
            "{said}"
        );
        assert!(
            !said.contains("SELECT") && !said.contains("INSERT"),
            "{said}"
        );
    }
}
