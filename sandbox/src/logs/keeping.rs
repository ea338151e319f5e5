//! How much is kept, so that a sandbox that runs for ever needs no more than so much disk.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{ToSql, Transaction, params};

use super::writing::OVERHEAD;

/// In a group; the oldest go first.
const MOST_EVENTS: i64 = 100_000;
const MOST_BYTES: i64 = 64 << 20;
/// How many go at once, so that making room is rare.
const BITE: i64 = 1_000;
/// Between two sweeps, in milliseconds.
const SWEEP: i64 = 60_000;
/// In milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// Removes the oldest events of a group that has too many.
pub fn bound(transaction: &Transaction, group: i64) -> rusqlite::Result<()> {
    loop {
        let (events, stored): (i64, i64) = transaction
            .prepare_cached("SELECT events, stored FROM log_groups WHERE id = ?1")?
            .query_row([group], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // The newest stays, however large it is.
        let bite = BITE.min(events - 1);
        if bite < 1 || (events <= MOST_EVENTS && stored <= MOST_BYTES) {
            return Ok(());
        }
        let oldest: (i64, i64) = transaction
            .prepare_cached(
                "SELECT timestamp, id FROM log_events WHERE log_group = ?1 \
                 ORDER BY timestamp, id LIMIT 1 OFFSET ?2",
            )?
            .query_row(params![group, bite], |row| Ok((row.get(0)?, row.get(1)?)))?;
        remove_before(transaction, group, oldest)?;
    }
}

/// When events end that were written to a group with this retention.
pub fn expiry(retention: Option<i64>, now: i64) -> i64 {
    retention.map_or(0, |days| now.saturating_sub(days.saturating_mul(DAY)))
}

/// Whether it is time for a sweep; it then counts as done.
pub fn is_due(swept: &AtomicI64, now: i64) -> bool {
    let last = swept.load(Ordering::Relaxed);
    let due = now.saturating_sub(last) >= SWEEP || now < last;
    due && swept
        .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
        .is_ok()
}

/// Removes what has outlived its retention, and the streams that have nothing left. (AWS keeps such
/// streams; each cold start makes one.)
pub fn sweep(transaction: &Transaction, now: i64) -> rusqlite::Result<()> {
    let limited: Vec<(i64, Option<i64>)> = transaction
        .prepare_cached("SELECT id, retention FROM log_groups WHERE retention IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (group, retention) in limited {
        remove_before(transaction, group, (expiry(retention, now), 0))?;
    }
    transaction
        .prepare_cached(
            "DELETE FROM log_streams WHERE last_event IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM log_events WHERE log_stream = log_streams.id)",
        )?
        .execute([])?;
    Ok(())
}

/// Removes the events of a group that come before the one at this time with this id.
fn remove_before(transaction: &Transaction, group: i64, end: (i64, i64)) -> rusqlite::Result<()> {
    let them = "log_group = ?1 AND (timestamp, id) < (?2, ?3)";
    remove(transaction, them, params![group, end.0, end.1])
}

/// Removes a stream with its events.
pub fn remove_stream(transaction: &Transaction, group: i64, stream: i64) -> rusqlite::Result<()> {
    remove(
        transaction,
        "log_group = ?1 AND log_stream = ?2",
        params![group, stream],
    )?;
    transaction
        .prepare_cached("DELETE FROM log_streams WHERE id = ?1")?
        .execute([stream])?;
    Ok(())
}

/// Removes the events for which `them` holds, a condition in SQL whose first parameter is their group.
fn remove(
    transaction: &Transaction,
    them: &str,
    parameters: &[&dyn ToSql],
) -> rusqlite::Result<()> {
    let size = format!(
        "UPDATE log_groups SET (events, stored) = \
         (SELECT log_groups.events - count(*), \
                 log_groups.stored - coalesce(sum(octet_length(message) + {OVERHEAD}), 0) \
          FROM log_events WHERE {them}) WHERE id = ?1"
    );
    for statement in [size, format!("DELETE FROM log_events WHERE {them}")] {
        transaction
            .prepare_cached(&statement)?
            .execute(parameters)?;
    }
    Ok(())
}
