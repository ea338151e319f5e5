//! CloudWatch Logs: groups of streams of events.
//!
//! Functions write here through [`Logs::append`], clients through `PutLogEvents`. What a group keeps is
//! bounded, by its retention and in all: see [`keeping`].

mod groups;
mod keeping;
mod names;
mod pattern;
mod place;
mod reading;
mod span;
mod streams;
mod tags;
mod writing;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Deserialize;

use super::clock::now;
use super::fault::Fault;
use super::store::Store;

#[derive(Debug)]
pub struct Logs {
    store: Arc<Store>,
    /// When what has outlived its retention was last removed.
    swept: AtomicI64,
}

/// One line that somebody wrote.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct LogEvent {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    pub message: String,
}

impl Logs {
    pub fn new(store: &Arc<Store>) -> Self {
        Self {
            store: store.clone(),
            swept: AtomicI64::new(0),
        }
    }

    /// Makes the group and the stream where there are none.
    pub fn ensure_stream(&self, group: &str, stream: &str) -> Result<(), Fault> {
        let (group, stream) = (names::group(group)?, names::stream(stream)?);
        self.store.write(|transaction| {
            let now = now();
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO log_groups (name, created, tags) VALUES (?1, ?2, '{}')",
                )?
                .execute(params![group, now])?;
            if let Some(group) = group_id(transaction, group)? {
                ensured_stream(transaction, group, stream, now)?;
            }
            Ok(())
        })
    }

    /// Writes `events` into the stream, and makes it where there is none. Is false, and writes
    /// nothing, when there is no such group: what outlives its group does not bring it back.
    pub fn append(&self, group: &str, stream: &str, events: &[LogEvent]) -> Result<bool, Fault> {
        let now = now();
        self.store.write(|transaction| {
            let Some(group) = group_id(transaction, group)? else {
                return Ok(false);
            };
            let stream = ensured_stream(transaction, group, stream, now)?;
            writing::write(transaction, group, stream, events, now)?;
            keeping::bound(transaction, group)?;
            if keeping::is_due(&self.swept, now) {
                keeping::sweep(transaction, now)?;
            }
            Ok(true)
        })
    }
}

fn group_id(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM log_groups WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn stream_id(connection: &Connection, group: i64, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM log_streams WHERE log_group = ?1 AND name = ?2")?
        .query_row(params![group, name], |row| row.get(0))
        .optional()
}

fn ensured_stream(
    transaction: &Transaction,
    group: i64,
    name: &str,
    now: i64,
) -> rusqlite::Result<i64> {
    if let Some(id) = stream_id(transaction, group, name)? {
        return Ok(id);
    }
    transaction
        .prepare_cached("INSERT INTO log_streams (log_group, name, created) VALUES (?1, ?2, ?3)")?
        .execute(params![group, name, now])?;
    Ok(transaction.last_insert_rowid())
}

/// How many things a page may have.
fn limit(asked: Option<i64>, most: usize) -> Result<usize, Fault> {
    let Some(asked) = asked else {
        return Ok(most);
    };
    match usize::try_from(asked) {
        Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(names::invalid(format!(
            "1 validation error detected: Value '{asked}' at 'limit' failed to satisfy constraint: \
             Member must have a value from 1 to {most}"
        ))),
    }
}

super::service::operations! { Logs, "CloudWatch Logs": {
    CreateLogGroup => groups::create,
    CreateLogStream => streams::create,
    DeleteLogGroup => groups::delete,
    DeleteLogStream => streams::delete,
    DeleteRetentionPolicy => groups::delete_retention,
    DescribeLogGroups => groups::describe,
    DescribeLogStreams => streams::describe,
    FilterLogEvents => reading::of_group,
    GetLogEvents => reading::of_stream,
    ListTagsForResource => tags::list,
    ListTagsLogGroup => tags::list_group,
    PutLogEvents => writing::put,
    PutRetentionPolicy => groups::put_retention,
    TagLogGroup => tags::tag_group,
    TagResource => tags::tag,
    UntagLogGroup => tags::untag_group,
    UntagResource => tags::untag,
}}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(timestamp: i64, message: &str) -> LogEvent {
        LogEvent {
            timestamp,
            message: message.to_owned(),
        }
    }

    fn opened() -> (tempfile::TempDir, Logs) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("state")).expect("it opens");
        (folder, Logs::new(&Arc::new(store)))
    }

    fn count(logs: &Logs) -> (i64, i64, i64) {
        let counts = "SELECT count(*), (SELECT sum(events) FROM log_groups), \
            (SELECT count(*) FROM log_streams) FROM log_events";
        let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        logs.store
            .read(|connection| connection.query_row(counts, [], row))
            .expect("read")
    }

    #[test]
    fn what_outlives_its_group_does_not_bring_it_back() {
        let (_folder, logs) = opened();
        assert_eq!(logs.append("g", "s", &[event(1, "a")]), Ok(false));
        logs.ensure_stream("g", "s").expect("made");
        logs.ensure_stream("g", "s").expect("there");
        let two = [event(1, "a"), event(2, "b")];
        assert_eq!(logs.append("g", "s", &two), Ok(true));
        assert_eq!(logs.append("g", "other", &[]), Ok(true));
        assert_eq!(count(&logs), (2, 2, 2));
    }

    #[test]
    fn a_group_keeps_so_many_and_the_latest() {
        let (_folder, logs) = opened();
        logs.ensure_stream("g", "s").expect("made");
        let many: Vec<LogEvent> = (0..100_500).map(|time| event(time, "")).collect();
        assert_eq!(logs.append("g", "s", &many), Ok(true));
        assert_eq!(count(&logs), (99_500, 99_500, 1));
        let large = [event(200_000, &"x".repeat(70 << 20))];
        assert_eq!(logs.append("g", "s", &large), Ok(true));
        assert_eq!(count(&logs).0, 1);
    }

    #[test]
    fn what_outlives_its_retention_goes_and_so_do_emptied_streams() {
        let (_folder, logs) = opened();
        logs.ensure_stream("g", "old").expect("made");
        logs.ensure_stream("g", "unused").expect("made");
        let day = 24 * 60 * 60 * 1000;
        let old = [event(now() - 8 * day, "a")];
        assert_eq!(logs.append("g", "old", &old), Ok(true));
        let new = [event(now() - 6 * day, "b")];
        assert_eq!(logs.append("g", "new", &new), Ok(true));
        assert_eq!(count(&logs), (2, 2, 3));
        let set = "UPDATE log_groups SET retention = 7";
        let swept = logs.store.write(|transaction| {
            transaction.execute(set, [])?;
            keeping::sweep(transaction, now())?;
            Ok::<_, Fault>(())
        });
        swept.expect("swept");
        assert_eq!(count(&logs), (1, 1, 2));
    }
}
