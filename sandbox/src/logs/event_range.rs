//! The events between two cursors, in either order.

use rusqlite::{Connection, Row, params};

use super::cursor::{Cursor, PageToken};

/// Whose events, by its row's id.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    Group(i64),
    Stream(i64),
}

/// The events of a group or a stream between two cursors.
#[derive(Clone, Copy, Debug)]
pub struct EventRange {
    source: Source,
    /// Exclusive, like `before`.
    pub after: Cursor,
    before: Cursor,
    pub newest_first: bool,
}

impl EventRange {
    /// The events from `start` up to `end` (exclusive) that have not expired, going on from
    /// `token`.
    pub fn new(
        source: Source,
        expiry: i64,
        (start, end): (Option<i64>, Option<i64>),
        token: Option<PageToken>,
        from_head: bool,
    ) -> Self {
        let start = Cursor::at(start.unwrap_or(0).max(expiry));
        let end = Cursor::at(end.unwrap_or(i64::MAX));
        let (after, before, newest_first) = match token {
            Some(PageToken::Forward(cursor)) => (start.max(cursor), end, false),
            Some(PageToken::Backward(cursor)) => (start, end.min(cursor), true),
            None => (start, end, !from_head),
        };
        Self {
            source,
            after,
            before,
            newest_first,
        }
    }

    /// Calls `visit` with each event until it returns true, and returns whether it did.
    pub fn visit_until(
        &self,
        connection: &Connection,
        mut visit: impl FnMut(Cursor, &Row) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<bool> {
        let (column, id) = match self.source {
            Source::Group(id) => ("log_group", id),
            Source::Stream(id) => ("log_stream", id),
        };
        let order = if self.newest_first { "DESC" } else { "ASC" };
        let mut query = connection.prepare_cached(&format!(
            "SELECT timestamp, id, written, message, log_stream, seal FROM log_events \
             WHERE {column} = ?1 AND (timestamp, id) > (?2, ?3) AND (timestamp, id) < (?4, ?5) \
             ORDER BY timestamp {order}, id {order}"
        ))?;
        let (after, before) = (self.after, self.before);
        let mut rows = query.query(params![
            id,
            after.timestamp,
            after.id,
            before.timestamp,
            before.id
        ])?;
        while let Some(row) = rows.next()? {
            let cursor = Cursor {
                timestamp: row.get(0)?,
                id: row.get(1)?,
            };
            if visit(cursor, row)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
