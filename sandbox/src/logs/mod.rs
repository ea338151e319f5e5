//! CloudWatch Logs: log groups, their streams and events.
//!
//! Functions write through [`Logs::append`], clients through `PutLogEvents`. [`retention`] bounds
//! what a group stores, by age and by size.

mod access;
mod cursor;
mod event_range;
mod event_seal;
mod filter_pattern;
mod groups;
mod names;
mod put_events;
mod read_events;
mod retention;
mod streams;
mod tags;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Deserialize;

use super::clock::now;
use super::fault::Fault;
use super::page::Cursor;
use super::service::service;
use super::store::Store;
use super::wire::Protocol;

#[derive(Debug)]
pub struct Logs {
    store: Arc<Store>,
    /// When expired events were last deleted, in milliseconds since 1970.
    last_sweep: AtomicI64,
}

/// One log line.
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
            last_sweep: AtomicI64::new(0),
        }
    }

    /// Creates the group and the stream unless they exist.
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
                find_or_create_stream(transaction, group, stream, now)?;
            }
            Ok(())
        })
    }

    /// Writes `events` into the stream, which is created unless it exists. Returns false and writes
    /// nothing if there is no such group: a function that runs longer than its group does not
    /// create it again.
    pub fn append(&self, group: &str, stream: &str, events: &[LogEvent]) -> Result<bool, Fault> {
        let now = now();
        self.store.write(|transaction| {
            let Some(group) = group_id(transaction, group)? else {
                return Ok(false);
            };
            let stream = find_or_create_stream(transaction, group, stream, now)?;
            put_events::write(transaction, group, stream, events, now)?;
            retention::limit_size(transaction, group)?;
            if retention::is_sweep_due(&self.last_sweep, now) {
                retention::sweep(transaction, now)?;
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

fn find_or_create_stream(
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

/// The size of a page: as requested, by default `max`.
fn page_size(requested: Option<i64>, max: usize) -> Result<usize, Fault> {
    let Some(requested) = requested else {
        return Ok(max);
    };
    match usize::try_from(requested) {
        Ok(size) if (1..=max).contains(&size) => Ok(size),
        _ => Err(names::invalid_parameter(format!(
            "1 validation error detected: Value '{requested}' at 'limit' failed to satisfy constraint: \
             Member must have a value from 1 to {max}"
        ))),
    }
}

/// Where a page of the list begins.
fn page_start(list: &str, token: Option<&str>) -> Result<Option<Cursor>, Fault> {
    let start = token.map(|token| {
        Cursor::from_token(list, token).map_err(|_| {
            names::invalid_parameter(format!("The specified nextToken is invalid: {token}"))
        })
    });
    start.transpose()
}

service! { Logs {
    name: "CloudWatch Logs",
    signing_name: "logs",
    protocol: Protocol::Json { version: "1.1", target: "Logs_20140328" },
    invalid: "InvalidParameterException",
    longest_body: 16 << 20,
    members: include_str!("members.txt"),
    operations: {
        CreateLogGroup on access::group => groups::create,
        CreateLogStream on access::group => streams::create,
        DeleteLogGroup on access::group => groups::delete,
        DeleteLogStream on access::stream => streams::delete,
        DeleteRetentionPolicy on access::group => groups::delete_retention,
        DescribeLogGroups on access::all_groups => groups::describe,
        DescribeLogStreams on access::group => streams::describe,
        FilterLogEvents on access::group => read_events::filter,
        GetLogEvents on access::stream => read_events::get,
        ListTagsForResource on access::resource => tags::list,
        ListTagsLogGroup on access::group => tags::list_group,
        PutLogEvents on access::stream => put_events::put,
        PutRetentionPolicy on access::group => groups::put_retention,
        TagLogGroup on access::group => tags::tag_group,
        TagResource on access::resource => tags::tag,
        UntagLogGroup on access::group => tags::untag_group,
        UntagResource on access::resource => tags::untag,
    },
} }

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
    fn writing_does_not_create_a_group_again() {
        let (_folder, logs) = opened();
        assert_eq!(logs.append("g", "s", &[event(1, "a")]), Ok(false));
        logs.ensure_stream("g", "s").expect("made");
        logs.ensure_stream("g", "s").expect("there");
        let two = [event(1, "a"), event(2, "b")];
        assert_eq!(logs.append("g", "s", &two), Ok(true));
        assert_eq!(logs.append("g", "other", &[]), Ok(true));
        assert_eq!(count(&logs), (2, 2, 2));
    }

    #[tokio::test]
    async fn a_line_that_is_damaged_is_told_as_lost_and_the_others_are_there() {
        let (_folder, logs) = opened();
        logs.ensure_stream("g", "s").expect("made");
        let time = now() - 5;
        let events = ["one", "two", "", "four"].map(|text| event(time, text));
        assert_eq!(logs.append("g", "s", &events), Ok(true));
        for damage in [
            "message = 'twp' WHERE message = 'two'",
            "message = cast(x'ff' AS TEXT) WHERE message = ''",
            "timestamp = timestamp + 1 WHERE message = 'four'",
        ] {
            let damage = format!("UPDATE log_events SET {damage}");
            let changed = logs
                .store
                .read(|connection| connection.execute(&damage, []));
            assert_eq!(changed.expect("changed"), 1);
        }
        let caller = crate::caller::Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..crate::caller::Caller::default()
        };
        let group = serde_json::json!({ "logGroupName": "g", "logStreamName": "s" });
        for operation in ["GetLogEvents", "FilterLogEvents"] {
            let mut request = group.clone();
            if operation == "FilterLogEvents" {
                request = serde_json::json!({ "logGroupName": "g" });
            }
            let read = crate::service::call(&logs, operation, request, &caller).await;
            let read = read.expect("the group is there");
            let lines = read["events"].as_array().expect("a list").iter();
            let lines: Vec<&str> = lines.filter_map(|it| it["message"].as_str()).collect();
            let lost = event_seal::DAMAGED;
            assert_eq!(lines, ["one", lost, lost, lost], "{operation}");
        }
    }

    #[test]
    fn a_group_stores_a_limited_number_of_events_and_the_latest() {
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
    fn a_sweep_deletes_expired_events_and_emptied_streams() {
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
        let sweep = logs.store.write(|transaction| {
            transaction.execute(set, [])?;
            retention::sweep(transaction, now())?;
            Ok::<_, Fault>(())
        });
        sweep.expect("swept");
        assert_eq!(count(&logs), (1, 1, 2));
    }
}
