//! Events on their way out: of one stream (`GetLogEvents`), or of a whole group in the order of their
//! times (`FilterLogEvents`).

use std::collections::HashMap;

use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use super::names::{self, invalid};
use super::pattern::Pattern;
use super::place::{Place, Token};
use super::span::Span;
use super::{Logs, groups, keeping, limit, now, streams};
use crate::fault::Fault;
use crate::wire::lenient;

/// Of one page. Source: the documentation of both operations.
const MOST_EVENTS: usize = 10_000;
const MOST_BYTES: usize = 1_048_576;
/// How many events are looked at for one page, so that no request keeps the others waiting.
const MOST_LOOKED_AT: usize = 20_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfStream {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    #[serde(flatten)]
    section: Section,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfGroup {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    filter_pattern: Option<String>,
    #[serde(flatten)]
    section: Section,
}

/// Which of the events, and from which end.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Section {
    #[serde(default, deserialize_with = "lenient")]
    start_time: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    end_time: Option<i64>,
    next_token: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    start_from_head: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamPage {
    events: Vec<Event>,
    next_forward_token: String,
    next_backward_token: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupPage {
    events: Vec<Filtered>,
    /// Not filled any more, on AWS either.
    searched_log_streams: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    timestamp: i64,
    message: String,
    ingestion_time: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Filtered {
    log_stream_name: String,
    event_id: String,
    #[serde(flatten)]
    event: Event,
}

fn event(row: &Row) -> rusqlite::Result<Event> {
    Ok(Event {
        timestamp: row.get(0)?,
        ingestion_time: row.get(2)?,
        message: row.get(3)?,
    })
}

/// How much still fits on a page.
struct Room {
    events: usize,
    bytes: usize,
}

impl Room {
    /// Takes the room of one event; the first always has it.
    fn take(&mut self, first: bool, message: &str) -> bool {
        let fits = first || (self.events > 0 && self.bytes >= message.len());
        self.events = self.events.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(message.len());
        fits
    }
}

fn room(section: &Section) -> Result<Room, Fault> {
    Ok(Room {
        events: limit(section.limit, MOST_EVENTS)?,
        bytes: MOST_BYTES,
    })
}

fn token(section: &Section) -> Result<Option<Token>, Fault> {
    let given = section
        .next_token
        .as_deref()
        .filter(|token| !token.is_empty());
    given.map(str::parse).transpose()
}

/// The latest events, or with `startFromHead` the first; older ones come first in both.
pub async fn of_stream(logs: &Logs, asked: OfStream) -> Result<StreamPage, Fault> {
    let OfStream {
        log_group_name,
        log_group_identifier,
        log_stream_name,
        section,
    } = asked;
    let group = groups::chosen(log_group_name.as_ref(), log_group_identifier.as_ref())?;
    let stream = names::stream(&log_stream_name)?;
    let token = token(&section)?;
    let mut room = room(&section)?;
    let (first, last, events, span) = logs.store.look::<_, Fault>(|connection| {
        let group = groups::found(connection, group)?;
        let stream = streams::found(connection, group.id, stream)?;
        let expiry = keeping::expiry(group.retention, now());
        let times = (section.start_time, section.end_time);
        let from_head = section.start_from_head.unwrap_or(false);
        let span = Span::new(("log_stream", stream), expiry, times, token, from_head);
        let (mut events, mut ends) = (Vec::new(), Vec::new());
        span.walk(connection, |place, row| {
            let event = event(row)?;
            let enough = !room.take(events.is_empty(), &event.message);
            if !enough {
                events.push(event);
                ends.push(place);
            }
            Ok(enough)
        })?;
        if span.newest_first {
            events.reverse();
            ends.reverse();
        }
        Ok((ends.first().copied(), ends.last().copied(), events, span))
    })?;
    // Where there is nothing, the way goes on from where it ended, and a token comes back as it was.
    let edge = match token {
        Some(Token::Backward(place)) => place.previous(),
        Some(Token::Forward(place)) => place,
        None => span.after,
    };
    Ok(StreamPage {
        events,
        next_forward_token: Token::Forward(last.unwrap_or(edge)).to_string(),
        next_backward_token: Token::Backward(first.unwrap_or(edge.next())).to_string(),
    })
}

/// Which events of a group are wanted.
struct Sieve {
    streams: HashMap<i64, String>,
    pattern: Pattern,
}

impl Sieve {
    fn new(connection: &Connection, group: i64, asked: &OfGroup) -> Result<Self, Fault> {
        let prefix = asked.log_stream_name_prefix.as_deref().unwrap_or_default();
        let listed = asked.log_stream_names.as_deref().unwrap_or_default();
        if !prefix.is_empty() && !listed.is_empty() {
            return Err(invalid(
                "logStreamNames and logStreamNamePrefix cannot be given together",
            ));
        }
        for name in listed {
            streams::found(connection, group, name)?;
        }
        let mut streams: HashMap<_, _> =
            streams::names_of(connection, group)?.into_iter().collect();
        streams.retain(|_, name| {
            name.starts_with(prefix) && (listed.is_empty() || listed.contains(name))
        });
        let pattern = Pattern::parse(asked.filter_pattern.as_deref().unwrap_or_default())?;
        Ok(Self { streams, pattern })
    }

    fn lets_through(&self, place: Place, row: &Row) -> rusqlite::Result<Option<Filtered>> {
        let Some(stream) = self.streams.get(&row.get(4)?) else {
            return Ok(None);
        };
        if !self.pattern.matches(row.get_ref(3)?.as_str()?) {
            return Ok(None);
        }
        Ok(Some(Filtered {
            log_stream_name: stream.clone(),
            event_id: place.to_string(),
            event: event(row)?,
        }))
    }
}

pub async fn of_group(logs: &Logs, asked: OfGroup) -> Result<GroupPage, Fault> {
    let section = &asked.section;
    let group = groups::chosen(
        asked.log_group_name.as_ref(),
        asked.log_group_identifier.as_ref(),
    )?;
    let token = token(section)?;
    let mut room = room(section)?;
    // Unlike that of `GetLogEvents`, this end belongs to the section.
    let end = section.end_time.map(|end| end.saturating_add(1));
    let from_head = section.start_from_head.unwrap_or(true);
    logs.store.look(|connection| {
        let group = groups::found(connection, group)?;
        let sieve = Sieve::new(connection, group.id, &asked)?;
        let expiry = keeping::expiry(group.retention, now());
        let times = (section.start_time, end);
        let span = Span::new(("log_group", group.id), expiry, times, token, from_head);
        let (mut events, mut last, mut looked_at) = (Vec::new(), None, 0);
        let more = span.walk(connection, |place, row| {
            if looked_at == MOST_LOOKED_AT {
                return Ok(true);
            }
            looked_at += 1;
            if let Some(found) = sieve.lets_through(place, row)? {
                if !room.take(events.is_empty(), &found.event.message) {
                    return Ok(true);
                }
                events.push(found);
            }
            last = Some(place);
            Ok(false)
        })?;
        let next = last.filter(|_| more).map(|last| {
            if span.newest_first {
                Token::Backward(last)
            } else {
                Token::Forward(last)
            }
        });
        Ok(GroupPage {
            events,
            searched_log_streams: [],
            next_token: next.map(|token| token.to_string()),
        })
    })
}
