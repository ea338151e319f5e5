//! Which events are deleted: those that outlived their group's retention, and the oldest of a group
//! that has grown too large, so that a sandbox that runs for long does not fill the disk.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{ToSql, Transaction, params};

/// What counts for an event in addition to its message, in bytes. Source: the documentation of
/// `PutLogEvents`.
pub const EVENT_OVERHEAD: usize = 26;
/// Of one group.
const MAX_EVENTS: i64 = 100_000;
const MAX_BYTES: i64 = 64 << 20;
/// How many events are deleted at once, so that deleting is rare.
const BATCH: i64 = 1_000;
/// Between two sweeps, in milliseconds.
const SWEEP_INTERVAL: i64 = 60_000;
/// In milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// Deletes the oldest events of a group that has too many.
pub fn limit_size(transaction: &Transaction, group: i64) -> rusqlite::Result<()> {
    loop {
        let (events, stored): (i64, i64) = transaction
            .prepare_cached("SELECT events, stored FROM log_groups WHERE id = ?1")?
            .query_row([group], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // The newest event stays, whatever its size.
        let batch = BATCH.min(events - 1);
        if batch < 1 || (events <= MAX_EVENTS && stored <= MAX_BYTES) {
            return Ok(());
        }
        let end: (i64, i64) = transaction
            .prepare_cached(
                "SELECT timestamp, id FROM log_events WHERE log_group = ?1 \
                 ORDER BY timestamp, id LIMIT 1 OFFSET ?2",
            )?
            .query_row(params![group, batch], |row| Ok((row.get(0)?, row.get(1)?)))?;
        delete_before(transaction, group, end)?;
    }
}

/// Events with timestamps before this have expired. `retention` is in days.
pub fn expiry(retention: Option<i64>, now: i64) -> i64 {
    retention.map_or(0, |days| now.saturating_sub(days.saturating_mul(DAY)))
}

/// Whether it is time for a sweep. If so, it is recorded as done.
pub fn is_sweep_due(last_sweep: &AtomicI64, now: i64) -> bool {
    let last = last_sweep.load(Ordering::Relaxed);
    let due = now.saturating_sub(last) >= SWEEP_INTERVAL || now < last;
    due && last_sweep
        .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
        .is_ok()
}

/// Deletes expired events, and streams whose events were all deleted. (AWS does not delete such
/// streams; but each cold start of a function creates one.)
pub fn sweep(transaction: &Transaction, now: i64) -> rusqlite::Result<()> {
    let groups: Vec<(i64, Option<i64>)> = transaction
        .prepare_cached("SELECT id, retention FROM log_groups WHERE retention IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (group, retention) in groups {
        delete_before(transaction, group, (expiry(retention, now), 0))?;
    }
    transaction
        .prepare_cached(
            "DELETE FROM log_streams WHERE last_event IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM log_events WHERE log_stream = log_streams.id)",
        )?
        .execute([])?;
    Ok(())
}

/// Deletes the events of a group before the one with this timestamp and id.
fn delete_before(transaction: &Transaction, group: i64, end: (i64, i64)) -> rusqlite::Result<()> {
    let condition = "log_group = ?1 AND (timestamp, id) < (?2, ?3)";
    delete(transaction, condition, params![group, end.0, end.1])
}

/// Deletes a stream with its events.
pub fn delete_stream(transaction: &Transaction, group: i64, stream: i64) -> rusqlite::Result<()> {
    delete(
        transaction,
        "log_group = ?1 AND log_stream = ?2",
        params![group, stream],
    )?;
    transaction
        .prepare_cached("DELETE FROM log_streams WHERE id = ?1")?
        .execute([stream])?;
    Ok(())
}

/// Deletes the events that fulfil `condition`, in SQL; its first parameter is their group.
fn delete(
    transaction: &Transaction,
    condition: &str,
    parameters: &[&dyn ToSql],
) -> rusqlite::Result<()> {
    let size = format!(
        "UPDATE log_groups SET (events, stored) = \
         (SELECT log_groups.events - count(*), \
                 log_groups.stored - coalesce(sum(octet_length(message) + {EVENT_OVERHEAD}), 0) \
          FROM log_events WHERE {condition}) WHERE id = ?1"
    );
    for statement in [size, format!("DELETE FROM log_events WHERE {condition}")] {
        transaction
            .prepare_cached(&statement)?
            .execute(parameters)?;
    }
    Ok(())
}
