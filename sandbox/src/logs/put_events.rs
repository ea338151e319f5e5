//! Writing events.

use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};

use super::event_seal;
use super::names::{self, invalid_parameter};
use super::retention::{self, DAY, EVENT_OVERHEAD};
use super::{LogEvent, Logs, groups, now, streams};
use crate::fault::Fault;

/// Of one batch. Source: the documentation of `PutLogEvents`.
const MAX_EVENTS: usize = 10_000;
const MAX_BYTES: usize = 1_048_576;
/// How far an event's timestamp may be in the past and in the future, in milliseconds. Source: the
/// same.
const MAX_AGE: i64 = 14 * DAY;
const MAX_AHEAD: i64 = DAY / 12;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutLogEventsRequest {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<LogEvent>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PutLogEventsResponse {
    next_sequence_token: String,
    #[serde(skip_serializing_if = "RejectedLogEventsInfo::is_empty")]
    rejected_log_events_info: RejectedLogEventsInfo,
}

/// Which events of a batch were not written: those before the end indices, and those from
/// `too_new_log_event_start_index` on.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RejectedLogEventsInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    too_new_log_event_start_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    too_old_log_event_end_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_log_event_end_index: Option<usize>,
}

impl RejectedLogEventsInfo {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

pub async fn put(logs: &Logs, request: PutLogEventsRequest) -> Result<PutLogEventsResponse, Fault> {
    let group = names::group(&request.log_group_name)?;
    let stream = names::stream(&request.log_stream_name)?;
    check(&request.log_events)?;
    let now = now();
    logs.store.write(|transaction| {
        let group = groups::find(transaction, group)?;
        let stream = streams::find(transaction, group.id, stream)?;
        let expiry = retention::expiry(group.retention, now);
        let (rejected, events) = reject_by_age(&request.log_events, expiry, now);
        if let [first, .., last] = events
            && last.timestamp.saturating_sub(first.timestamp) > DAY
        {
            return Err(invalid_parameter(
                "The batch of log events in a single PutLogEvents request cannot span more than \
                 24 hours.",
            ));
        }
        write(transaction, group.id, stream, events, now)?;
        retention::limit_size(transaction, group.id)?;
        Ok(PutLogEventsResponse {
            next_sequence_token: streams::sequence_token(stream),
            rejected_log_events_info: rejected,
        })
    })
}

fn check(events: &[LogEvent]) -> Result<(), Fault> {
    let bytes: usize = events
        .iter()
        .map(|event| event.message.len() + EVENT_OVERHEAD)
        .sum();
    if events.is_empty() || events.len() > MAX_EVENTS {
        return Err(invalid_parameter(format!(
            "a batch must have 1 to {MAX_EVENTS} log events, not {}",
            events.len()
        )));
    }
    if bytes > MAX_BYTES {
        return Err(invalid_parameter(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MAX_BYTES}"
        )));
    }
    if events
        .iter()
        .any(|event| event.message.is_empty() || event.timestamp < 0)
    {
        return Err(invalid_parameter(
            "a log event must have a message that is not empty and a timestamp of at least 0",
        ));
    }
    if events.is_sorted_by_key(|event| event.timestamp) {
        Ok(())
    } else {
        Err(invalid_parameter(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ))
    }
}

/// Splits `events`, sorted by timestamp, into what is rejected and what is written.
fn reject_by_age(
    events: &[LogEvent],
    expiry: i64,
    now: i64,
) -> (RejectedLogEventsInfo, &[LogEvent]) {
    let before = |time: i64| events.partition_point(|event| event.timestamp < time);
    let old = before(now - MAX_AGE);
    let expired = before(expiry);
    let new = before(now + MAX_AHEAD);
    let rejected = RejectedLogEventsInfo {
        too_new_log_event_start_index: (new < events.len()).then_some(new),
        too_old_log_event_end_index: (old > 0).then_some(old),
        expired_log_event_end_index: (expired > old).then_some(expired),
    };
    (
        rejected,
        events.get(old.max(expired)..new).unwrap_or_default(),
    )
}

/// Writes events into a stream. Negative timestamps count as 0.
pub fn write(
    transaction: &Transaction,
    group: i64,
    stream: i64,
    events: &[LogEvent],
    now: i64,
) -> rusqlite::Result<()> {
    let Some(last) = events.iter().map(|event| event.timestamp.max(0)).max() else {
        return Ok(());
    };
    let mut insert = transaction.prepare_cached(
        "INSERT INTO log_events (log_group, log_stream, timestamp, written, message, seal) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut bytes = 0;
    for event in events {
        bytes += event.message.len() + EVENT_OVERHEAD;
        let time = event.timestamp.max(0);
        let seal = event_seal::of(stream, time, now, &event.message);
        insert.execute(params![group, stream, time, now, event.message, seal])?;
    }
    transaction
        .prepare_cached(
            "UPDATE log_groups SET events = events + ?2, stored = stored + ?3 WHERE id = ?1",
        )?
        .execute(params![group, events.len(), bytes])?;
    transaction
        .prepare_cached(
            "UPDATE log_streams SET last_event = max(coalesce(last_event, 0), ?2), written = ?3 \
             WHERE id = ?1",
        )?
        .execute(params![stream, last, now])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(times: &[i64]) -> Vec<LogEvent> {
        let event = |time: &i64| LogEvent {
            timestamp: *time,
            message: "m".to_owned(),
        };
        times.iter().map(event).collect()
    }

    #[test]
    fn a_batch_is_checked_before_it_is_written() {
        assert_eq!(check(&at(&[1, 1, 2])), Ok(()));
        let mut empty = at(&[1]);
        empty[0].message.clear();
        let mut large = at(&[1]);
        large[0].message = "m".repeat(MAX_BYTES);
        for (batch, message) in [
            (at(&[]), "1 to 10000"),
            (at(&[0; MAX_EVENTS + 1]), "10001"),
            (at(&[2, 1]), "chronological"),
            (at(&[-1]), "at least 0"),
            (empty, "not empty"),
            (large, "1048602 bytes"),
        ] {
            let refused = check(&batch).expect_err(message);
            assert!(refused.message.contains(message), "{refused}");
        }
    }

    #[test]
    fn events_too_old_or_too_new_are_reported_by_index() {
        let now = 100 * DAY;
        let events = at(&[1, 90 * DAY, 99 * DAY, now, now + DAY]);
        let (rejected, written) = reject_by_age(&events, 95 * DAY, now);
        assert_eq!(written, &events[2..4]);
        let expected = RejectedLogEventsInfo {
            too_new_log_event_start_index: Some(4),
            too_old_log_event_end_index: Some(1),
            expired_log_event_end_index: Some(2),
        };
        assert_eq!(rejected, expected);
        assert!(reject_by_age(&events[3..4], 0, now).0.is_empty());
        let (_, none) = reject_by_age(&events[..1], 0, now);
        assert!(none.is_empty());
    }
}
