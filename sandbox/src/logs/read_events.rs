//! Reading events: of one stream (`GetLogEvents`), or of a group (`FilterLogEvents`).

use std::collections::HashMap;

use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, PageToken, invalid_token};
use super::event_range::{EventRange, Source};
use super::event_seal;
use super::filter_pattern::FilterPattern;
use super::names::{self, invalid_parameter};
use super::{Logs, groups, now, page_size, retention, streams};
use crate::fault::Fault;
use crate::wire::lenient;

/// Of one page. Source: the documentation of both operations.
const MAX_EVENTS: usize = 10_000;
const MAX_BYTES: usize = 1_048_576;
/// How many events are searched for one page, so that no request blocks the others for long.
const MAX_SEARCHED: usize = 20_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetLogEventsRequest {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    #[serde(flatten)]
    page: PageRequest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterLogEventsRequest {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    filter_pattern: Option<String>,
    #[serde(flatten)]
    page: PageRequest,
}

/// Begins the tokens of FilterLogEvents, which GetLogEvents does not take, nor the other way round.
const FILTERED: &str = "filtered/";
/// No token.
const INVALID: &str = "";

/// The members that both requests have.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageRequest {
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

impl PageRequest {
    /// Source: `Timestamp` in the service's API model.
    fn check_times(&self) -> Result<(), Fault> {
        for (member, time) in [("startTime", self.start_time), ("endTime", self.end_time)] {
            if let Some(negative) = time.filter(|time| *time < 0) {
                return Err(invalid_parameter(format!(
                    "1 validation error detected: Value '{negative}' at '{member}' failed to satisfy \
                     constraint: Member must have value greater than or equal to 0"
                )));
            }
        }
        Ok(())
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetLogEventsResponse {
    events: Vec<OutputEvent>,
    next_forward_token: String,
    next_backward_token: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterLogEventsResponse {
    events: Vec<FilteredEvent>,
    /// Always empty, on AWS too. Source: the documentation of `FilterLogEvents`.
    searched_log_streams: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OutputEvent {
    timestamp: i64,
    message: String,
    ingestion_time: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FilteredEvent {
    log_stream_name: String,
    event_id: String,
    #[serde(flatten)]
    event: OutputEvent,
}

fn event(row: &Row) -> rusqlite::Result<OutputEvent> {
    Ok(OutputEvent {
        timestamp: row.get(0)?,
        ingestion_time: row.get(2)?,
        message: event_seal::message(row)?,
    })
}

/// How much still fits on a page.
struct Capacity {
    events: usize,
    bytes: usize,
}

impl Capacity {
    /// Whether one more event fits, which then counts. The first always fits.
    fn take(&mut self, first: bool, message: &str) -> bool {
        let fits = first || (self.events > 0 && self.bytes >= message.len());
        self.events = self.events.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(message.len());
        fits
    }
}

impl PageRequest {
    fn capacity(&self) -> Result<Capacity, Fault> {
        Ok(Capacity {
            events: page_size(self.limit, MAX_EVENTS)?,
            bytes: MAX_BYTES,
        })
    }

    /// Of the operation whose tokens begin with `prefix`.
    fn token(&self, prefix: &str) -> Result<Option<PageToken>, Fault> {
        let token = self.next_token.as_deref();
        let token = token.filter(|token| !token.is_empty()).map(|token| {
            // What is no token is named as it came.
            token
                .strip_prefix(prefix)
                .unwrap_or(INVALID)
                .parse()
                .map_err(|_| invalid_token(token))
        });
        token.transpose()
    }
}

/// The latest events, or with `startFromHead` the earliest; sorted by timestamp in both cases.
pub async fn get(logs: &Logs, request: GetLogEventsRequest) -> Result<GetLogEventsResponse, Fault> {
    let GetLogEventsRequest {
        log_group_name,
        log_group_identifier,
        log_stream_name,
        page,
    } = request;
    let group = groups::name_or_identifier(log_group_name.as_ref(), log_group_identifier.as_ref())?;
    let stream = names::stream(&log_stream_name)?;
    let token = page.token("")?;
    page.check_times()?;
    let mut capacity = page.capacity()?;
    let (first, last, events, range) = logs.store.look::<_, Fault>(|connection| {
        let group = groups::find(connection, group)?;
        let stream = streams::find(connection, group.id, stream)?;
        let expiry = retention::expiry(group.retention, now());
        let times = (page.start_time, page.end_time);
        let from_head = page.start_from_head.unwrap_or(false);
        let range = EventRange::new(Source::Stream(stream), expiry, times, token, from_head);
        let (mut events, mut cursors) = (Vec::new(), Vec::new());
        range.visit_until(connection, |cursor, row| {
            let event = event(row)?;
            let full = !capacity.take(events.is_empty(), &event.message);
            if !full {
                events.push(event);
                cursors.push(cursor);
            }
            Ok(full)
        })?;
        if range.newest_first {
            events.reverse();
            cursors.reverse();
        }
        let (first, last) = (cursors.first().copied(), cursors.last().copied());
        Ok((first, last, events, range))
    })?;
    // At the end of the stream, the token in the response is the one in the request. Source: the
    // documentation of `GetLogEvents`.
    let edge = match token {
        Some(PageToken::Backward(cursor)) => cursor.previous(),
        Some(PageToken::Forward(cursor)) => cursor,
        None => range.after,
    };
    Ok(GetLogEventsResponse {
        events,
        next_forward_token: PageToken::Forward(last.unwrap_or(edge)).to_string(),
        next_backward_token: PageToken::Backward(first.unwrap_or(edge.next())).to_string(),
    })
}

/// Which events of a group a request selects.
struct EventFilter {
    /// By id.
    streams: HashMap<i64, String>,
    pattern: FilterPattern,
}

impl EventFilter {
    fn new(
        connection: &Connection,
        group: i64,
        request: &FilterLogEventsRequest,
    ) -> Result<Self, Fault> {
        let prefix = request
            .log_stream_name_prefix
            .as_deref()
            .unwrap_or_default();
        let listed = request.log_stream_names.as_deref().unwrap_or_default();
        if !prefix.is_empty() && !listed.is_empty() {
            return Err(invalid_parameter(
                "logStreamNames and logStreamNamePrefix cannot be given together",
            ));
        }
        for name in listed {
            streams::find(connection, group, name)?;
        }
        let mut streams: HashMap<_, _> =
            streams::names_of(connection, group)?.into_iter().collect();
        streams.retain(|_, name| {
            name.starts_with(prefix) && (listed.is_empty() || listed.contains(name))
        });
        let pattern = FilterPattern::parse(request.filter_pattern.as_deref().unwrap_or_default())?;
        Ok(Self { streams, pattern })
    }

    /// The event in this row, if it is selected.
    fn select(&self, cursor: Cursor, row: &Row) -> rusqlite::Result<Option<FilteredEvent>> {
        let Some(stream) = self.streams.get(&row.get(4)?) else {
            return Ok(None);
        };
        let message = String::from_utf8_lossy(row.get_ref(3)?.as_bytes()?);
        if !self.pattern.matches(&message) {
            return Ok(None);
        }
        Ok(Some(FilteredEvent {
            log_stream_name: stream.clone(),
            event_id: cursor.to_string(),
            event: event(row)?,
        }))
    }
}

pub async fn filter(
    logs: &Logs,
    request: FilterLogEventsRequest,
) -> Result<FilterLogEventsResponse, Fault> {
    let page = &request.page;
    let group = groups::name_or_identifier(
        request.log_group_name.as_ref(),
        request.log_group_identifier.as_ref(),
    )?;
    let token = page.token(FILTERED)?;
    page.check_times()?;
    let mut capacity = page.capacity()?;
    // Inclusive, unlike that of `GetLogEvents`. Source: the documentation of both.
    let end = page.end_time.map(|end| end.saturating_add(1));
    let from_head = page.start_from_head.unwrap_or(true);
    logs.store.look(|connection| {
        let group = groups::find(connection, group)?;
        let filter = EventFilter::new(connection, group.id, &request)?;
        let expiry = retention::expiry(group.retention, now());
        let times = (page.start_time, end);
        let range = EventRange::new(Source::Group(group.id), expiry, times, token, from_head);
        let (mut events, mut last, mut searched) = (Vec::new(), None, 0);
        let more = range.visit_until(connection, |cursor, row| {
            if searched == MAX_SEARCHED {
                return Ok(true);
            }
            searched += 1;
            if let Some(selected) = filter.select(cursor, row)? {
                if !capacity.take(events.is_empty(), &selected.event.message) {
                    return Ok(true);
                }
                events.push(selected);
            }
            last = Some(cursor);
            Ok(false)
        })?;
        let next = last.filter(|_| more).map(|last| {
            if range.newest_first {
                PageToken::Backward(last)
            } else {
                PageToken::Forward(last)
            }
        });
        Ok(FilterLogEventsResponse {
            events,
            searched_log_streams: [],
            next_token: next.map(|token| format!("{FILTERED}{token}")),
        })
    })
}
