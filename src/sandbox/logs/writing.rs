//! Events on their way in.

use rusqlite::{Transaction, params};

use super::LogEvent;

/// What AWS counts for an event besides its message, in bytes.
pub const OVERHEAD: usize = 26;

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
