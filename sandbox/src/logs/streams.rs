//! Log streams. Each execution environment of a function writes into one of its own.

use std::cmp::Ordering;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::names::{self, invalid_parameter};
use super::{Logs, groups, now, page_size, page_start, retention, stream_id};
use crate::fault::Fault;
use crate::page::Cursor;

/// The name of the list of streams.
const LIST: &str = "logStreams";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateLogStreamRequest {
    log_group_name: String,
    log_stream_name: String,
}

pub type DeleteLogStreamRequest = CreateLogStreamRequest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogStreamsRequest {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    #[serde(default)]
    order_by: OrderBy,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
enum OrderBy {
    #[default]
    LogStreamName,
    LastEventTime,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogStreamsResponse {
    log_streams: Vec<LogStream>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogStream {
    arn: String,
    #[serde(flatten)]
    row: StreamRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_event_timestamp: Option<i64>,
    stored_bytes: u32,
    upload_sequence_token: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StreamRow {
    #[serde(skip)]
    id: i64,
    log_stream_name: String,
    creation_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_ingestion_time: Option<i64>,
}

/// What streams are sorted by.
type SortKey<'a> = (i64, &'a str);

impl StreamRow {
    fn sort_key(&self, order: OrderBy) -> SortKey<'_> {
        let time = match order {
            OrderBy::LogStreamName => 0,
            // A stream without events comes before those with events.
            OrderBy::LastEventTime => self.last_event_timestamp.unwrap_or(-1),
        };
        (time, &self.log_stream_name)
    }
}

/// The sort key that a cursor was made from.
fn sort_key(cursor: &Cursor) -> Option<SortKey<'_>> {
    let (time, name) = cursor.position().split_once('/')?;
    Some((time.parse().ok()?, name))
}

/// The id of the stream with this name, or `ResourceNotFoundException`.
pub fn find(connection: &Connection, group: i64, name: &str) -> Result<i64, Fault> {
    stream_id(connection, group, name)?.ok_or_else(|| {
        let message = format!("The specified log stream does not exist: {name}");
        Fault::invalid("ResourceNotFoundException", message)
    })
}

pub async fn create(logs: &Logs, request: CreateLogStreamRequest) -> Result<(), Fault> {
    let name = names::stream(&request.log_stream_name)?;
    let group = names::group(&request.log_group_name)?;
    logs.store.write(|transaction| {
        let group = groups::find(transaction, group)?;
        let added = transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO log_streams (log_group, name, created) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![group.id, name, now()])?;
        if added == 0 {
            let message = format!("The specified log stream already exists: {name}");
            return Err(Fault::invalid("ResourceAlreadyExistsException", message));
        }
        Ok(())
    })
}

/// Deletes the stream with its events.
pub async fn delete(logs: &Logs, request: DeleteLogStreamRequest) -> Result<(), Fault> {
    let name = names::stream(&request.log_stream_name)?;
    let group = names::group(&request.log_group_name)?;
    logs.store.write(|transaction| {
        let group = groups::find(transaction, group)?;
        let stream = find(transaction, group.id, name)?;
        retention::delete_stream(transaction, group.id, stream)?;
        Ok(())
    })
}

pub async fn describe(
    logs: &Logs,
    request: DescribeLogStreamsRequest,
) -> Result<DescribeLogStreamsResponse, Fault> {
    let name = groups::name_or_identifier(
        request.log_group_name.as_ref(),
        request.log_group_identifier.as_ref(),
    )?;
    let size = page_size(request.limit, 50)?;
    let prefix = request.log_stream_name_prefix.unwrap_or_default();
    if request.order_by == OrderBy::LastEventTime && !prefix.is_empty() {
        return Err(invalid_parameter(
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let after = page_start(LIST, request.next_token.as_deref())?;
    logs.store.look(|connection| {
        let group = groups::find(connection, name)?;
        let mut streams = all(connection, group.id)?;
        streams.retain(|stream| stream.log_stream_name.starts_with(&prefix));
        let compare = |a: SortKey, b: SortKey| {
            if request.descending {
                b.cmp(&a)
            } else {
                a.cmp(&b)
            }
        };
        let order = request.order_by;
        streams.sort_by(|a, b| compare(a.sort_key(order), b.sort_key(order)));
        if let Some(after) = after.as_ref().and_then(sort_key) {
            streams.retain(|stream| compare(stream.sort_key(order), after) == Ordering::Greater);
        }
        let is_last_page = streams.len() <= size;
        streams.truncate(size);
        let last = streams.last().filter(|_| !is_last_page);
        let next_token = last.map(|last| {
            let (time, name) = last.sort_key(order);
            Cursor::after(format!("{time}/{name}")).token(LIST)
        });
        let log_streams = streams
            .into_iter()
            .map(|row| log_stream(connection, name, row))
            .collect::<rusqlite::Result<_>>()?;
        Ok(DescribeLogStreamsResponse {
            log_streams,
            next_token,
        })
    })
}

/// Old clients send it back with `PutLogEvents`, which ignores it.
pub fn sequence_token(stream: i64) -> String {
    format!("{stream:056}")
}

/// The ids and names of a group's streams.
pub fn names_of(connection: &Connection, group: i64) -> rusqlite::Result<Vec<(i64, String)>> {
    connection
        .prepare_cached("SELECT id, name FROM log_streams WHERE log_group = ?1")?
        .query_map([group], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn all(connection: &Connection, group: i64) -> rusqlite::Result<Vec<StreamRow>> {
    let query =
        "SELECT id, name, created, last_event, written FROM log_streams WHERE log_group = ?1";
    let stream = |row: &Row| {
        Ok(StreamRow {
            id: row.get(0)?,
            log_stream_name: row.get(1)?,
            creation_time: row.get(2)?,
            last_event_timestamp: row.get(3)?,
            last_ingestion_time: row.get(4)?,
        })
    };
    let mut query = connection.prepare_cached(query)?;
    query.query_map([group], stream)?.collect()
}

fn log_stream(connection: &Connection, group: &str, row: StreamRow) -> rusqlite::Result<LogStream> {
    let first = "SELECT timestamp FROM log_events WHERE log_stream = ?1 ORDER BY timestamp LIMIT 1";
    let first_event_timestamp = connection
        .prepare_cached(first)?
        .query_row([row.id], |first| first.get(0))
        .optional()?;
    Ok(LogStream {
        arn: names::stream_arn(group, &row.log_stream_name),
        first_event_timestamp,
        // Always zero on AWS too. Source: `LogStream` in the service's API model.
        stored_bytes: 0,
        upload_sequence_token: sequence_token(row.id),
        row,
    })
}
