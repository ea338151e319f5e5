//! Events on their way in.

use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};

use super::keeping::{self, DAY};
use super::names::{self, invalid};
use super::{LogEvent, Logs, groups, now, streams};
use crate::fault::Fault;

/// What AWS counts for an event besides its message, in bytes.
pub const OVERHEAD: usize = 26;
/// Of one batch. Source: the documentation of `PutLogEvents`.
const MOST_EVENTS: usize = 10_000;
const MOST_BYTES: usize = 1_048_576;
/// In milliseconds.
const OLDEST: i64 = 14 * DAY;
const NEWEST: i64 = DAY / 12;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<LogEvent>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    next_sequence_token: String,
    #[serde(skip_serializing_if = "Rejected::is_none")]
    rejected_log_events_info: Rejected,
}

/// Which events of a batch are too old or too new to be written: those before these indices, and
/// those from `too_new_log_event_start_index` on.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rejected {
    #[serde(skip_serializing_if = "Option::is_none")]
    too_new_log_event_start_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    too_old_log_event_end_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_log_event_end_index: Option<usize>,
}

impl Rejected {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Clients of old versions send it back; nobody looks at it any more.
pub fn sequence_token(stream: i64) -> String {
    format!("{stream:056}")
}

pub async fn put(logs: &Logs, asked: Batch) -> Result<Written, Fault> {
    let group = names::group(&asked.log_group_name)?;
    let stream = names::stream(&asked.log_stream_name)?;
    check(&asked.log_events)?;
    let now = now();
    logs.store.write(|transaction| {
        let group = groups::found(transaction, group)?;
        let stream = streams::found(transaction, group.id, stream)?;
        let expiry = keeping::expiry(group.retention, now);
        let (rejected, events) = sifted(&asked.log_events, expiry, now);
        if let [first, .., last] = events
            && last.timestamp.saturating_sub(first.timestamp) > DAY
        {
            return Err(invalid(
                "The batch of log events in a single PutLogEvents request cannot span more than \
                 24 hours.",
            ));
        }
        write(transaction, group.id, stream, events, now)?;
        keeping::bound(transaction, group.id)?;
        Ok(Written {
            next_sequence_token: sequence_token(stream),
            rejected_log_events_info: rejected,
        })
    })
}

fn check(events: &[LogEvent]) -> Result<(), Fault> {
    let bytes: usize = events
        .iter()
        .map(|event| event.message.len() + OVERHEAD)
        .sum();
    if events.is_empty() || events.len() > MOST_EVENTS {
        return Err(invalid(format!(
            "a batch must have 1 to {MOST_EVENTS} log events, not {}",
            events.len()
        )));
    }
    if bytes > MOST_BYTES {
        return Err(invalid(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MOST_BYTES}"
        )));
    }
    if events
        .iter()
        .any(|event| event.message.is_empty() || event.timestamp < 0)
    {
        return Err(invalid(
            "a log event must have a message that is not empty and a timestamp of at least 0",
        ));
    }
    if events.is_sorted_by_key(|event| event.timestamp) {
        Ok(())
    } else {
        Err(invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ))
    }
}

/// The events, which are in the order of their times, that are neither too old nor too new.
fn sifted(events: &[LogEvent], expiry: i64, now: i64) -> (Rejected, &[LogEvent]) {
    let before = |time: i64| events.partition_point(|event| event.timestamp < time);
    let old = before(now - OLDEST);
    let expired = before(expiry);
    let new = before(now + NEWEST);
    let rejected = Rejected {
        too_new_log_event_start_index: (new < events.len()).then_some(new),
        too_old_log_event_end_index: (old > 0).then_some(old),
        expired_log_event_end_index: (expired > old).then_some(expired),
    };
    (
        rejected,
        events.get(old.max(expired)..new).unwrap_or_default(),
    )
}

/// Writes the events of one batch.
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
        "INSERT INTO log_events (log_group, log_stream, timestamp, written, message) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut bytes = 0;
    for event in events {
        bytes += event.message.len() + OVERHEAD;
        let time = event.timestamp.max(0);
        insert.execute(params![group, stream, time, now, event.message])?;
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
        large[0].message = "m".repeat(MOST_BYTES);
        for (batch, said) in [
            (at(&[]), "1 to 10000"),
            (at(&[0; MOST_EVENTS + 1]), "10001"),
            (at(&[2, 1]), "chronological"),
            (at(&[-1]), "at least 0"),
            (empty, "not empty"),
            (large, "1048602 bytes"),
        ] {
            let refused = check(&batch).expect_err(said);
            assert!(refused.message.contains(said), "{refused}");
        }
    }

    #[test]
    fn what_is_too_old_or_too_new_is_said_by_index() {
        let now = 100 * DAY;
        let events = at(&[1, 90 * DAY, 99 * DAY, now, now + DAY]);
        let (rejected, taken) = sifted(&events, 95 * DAY, now);
        assert_eq!(taken, &events[2..4]);
        let expected = Rejected {
            too_new_log_event_start_index: Some(4),
            too_old_log_event_end_index: Some(1),
            expired_log_event_end_index: Some(2),
        };
        assert_eq!(rejected, expected);
        assert!(sifted(&events[3..4], 0, now).0.is_none());
        let (_, none) = sifted(&events[..1], 0, now);
        assert!(none.is_empty());
    }
}
