//! Log streams: each holds what one environment of a function wrote.

use std::cmp::Ordering;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::names::{self, invalid};
use super::{Logs, groups, limit, now, stream_id};
use crate::fault::Fault;
use crate::page;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    log_group_name: String,
    log_stream_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Search {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    #[serde(default)]
    order_by: Order,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
enum Order {
    #[default]
    LogStreamName,
    LastEventTime,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    log_streams: Vec<Described>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    arn: String,
    #[serde(flatten)]
    stream: Stream,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_event_timestamp: Option<i64>,
    stored_bytes: u32,
    upload_sequence_token: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stream {
    #[serde(skip)]
    id: i64,
    log_stream_name: String,
    creation_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event_timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_ingestion_time: Option<i64>,
}

/// What a stream's place among the others depends on.
type Rank<'a> = (i64, &'a str);

impl Stream {
    fn rank(&self, order: Order) -> Rank<'_> {
        let time = match order {
            Order::LogStreamName => 0,
            // A stream without events comes before those that have some.
            Order::LastEventTime => self.last_event_timestamp.unwrap_or(-1),
        };
        (time, &self.log_stream_name)
    }
}

/// The token of a page is the rank of the last stream of the one before.
fn rank(token: &str) -> Result<Rank<'_>, Fault> {
    token
        .split_once('/')
        .and_then(|(time, name)| Some((time.parse().ok()?, name)))
        .ok_or_else(|| invalid(format!("The specified nextToken is invalid: {token}")))
}

pub fn found(connection: &Connection, group: i64, name: &str) -> Result<i64, Fault> {
    stream_id(connection, group, name)?.ok_or_else(|| {
        let message = format!("The specified log stream does not exist: {name}");
        Fault::invalid("ResourceNotFoundException", message)
    })
}

pub async fn create(logs: &Logs, asked: Named) -> Result<(), Fault> {
    let name = names::stream(&asked.log_stream_name)?;
    let group = names::group(&asked.log_group_name)?;
    logs.store.write(|transaction| {
        let group = groups::found(transaction, group)?;
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

/// Its events go with it.
pub async fn delete(logs: &Logs, asked: Named) -> Result<(), Fault> {
    let name = names::stream(&asked.log_stream_name)?;
    let group = names::group(&asked.log_group_name)?;
    logs.store.write(|transaction| {
        let group = groups::found(transaction, group)?;
        let stream = found(transaction, group.id, name)?;
        super::keeping::remove_stream(transaction, group.id, stream)?;
        Ok(())
    })
}

pub async fn describe(logs: &Logs, asked: Search) -> Result<Found, Fault> {
    let name = groups::chosen(
        asked.log_group_name.as_ref(),
        asked.log_group_identifier.as_ref(),
    )?;
    let limit = limit(asked.limit, 50)?;
    let prefix = asked.log_stream_name_prefix.unwrap_or_default();
    if asked.order_by == Order::LastEventTime && !prefix.is_empty() {
        return Err(invalid(
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let after = asked.next_token.as_deref().map(rank).transpose()?;
    logs.store.look(|connection| {
        let group = groups::found(connection, name)?;
        let mut streams = all(connection, group.id)?;
        streams.retain(|stream| stream.log_stream_name.starts_with(&prefix));
        let compared = |a: Rank, b: Rank| {
            if asked.descending {
                b.cmp(&a)
            } else {
                a.cmp(&b)
            }
        };
        let order = asked.order_by;
        streams.sort_by(|a, b| compared(a.rank(order), b.rank(order)));
        if let Some(after) = after {
            streams.retain(|stream| compared(stream.rank(order), after) == Ordering::Greater);
        }
        let last = page::cut(&mut streams, limit).map(|last| last.rank(order));
        let next_token = last.map(|(time, name)| format!("{time}/{name}"));
        let log_streams = streams
            .into_iter()
            .map(|stream| described(connection, name, stream))
            .collect::<rusqlite::Result<_>>()?;
        Ok(Found {
            log_streams,
            next_token,
        })
    })
}

/// The ids and names of a group's streams.
pub fn names_of(connection: &Connection, group: i64) -> rusqlite::Result<Vec<(i64, String)>> {
    connection
        .prepare_cached("SELECT id, name FROM log_streams WHERE log_group = ?1")?
        .query_map([group], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn all(connection: &Connection, group: i64) -> rusqlite::Result<Vec<Stream>> {
    let query =
        "SELECT id, name, created, last_event, written FROM log_streams WHERE log_group = ?1";
    let stream = |row: &Row| {
        Ok(Stream {
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

fn described(connection: &Connection, group: &str, stream: Stream) -> rusqlite::Result<Described> {
    let first = "SELECT timestamp FROM log_events WHERE log_stream = ?1 ORDER BY timestamp LIMIT 1";
    let first_event_timestamp = connection
        .prepare_cached(first)?
        .query_row([stream.id], |row| row.get(0))
        .optional()?;
    Ok(Described {
        arn: names::stream_arn(group, &stream.log_stream_name),
        first_event_timestamp,
        // AWS counts them for groups only.
        stored_bytes: 0,
        upload_sequence_token: super::writing::sequence_token(stream.id),
        stream,
    })
}
