//! A way through events, from an older place to a newer one or back.

use rusqlite::{Connection, Row, params};

use super::place::{Place, Token};

/// The events of a group or a stream between two places.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// `log_group` or `log_stream`, and its id.
    of: (&'static str, i64),
    /// Neither of the two belongs to it.
    pub after: Place,
    before: Place,
    pub newest_first: bool,
}

impl Span {
    /// Of the section, what `token` and the retention leave.
    pub fn new(
        of: (&'static str, i64),
        expiry: i64,
        (start, end): (Option<i64>, Option<i64>),
        token: Option<Token>,
        from_head: bool,
    ) -> Self {
        let start = Place::at(start.unwrap_or(0).max(expiry));
        let end = Place::at(end.unwrap_or(i64::MAX));
        let (after, before, newest_first) = match token {
            Some(Token::Forward(place)) => (start.max(place), end, false),
            Some(Token::Backward(place)) => (start, end.min(place), true),
            None => (start, end, !from_head),
        };
        Self {
            of,
            after,
            before,
            newest_first,
        }
    }

    /// Shows the events to `visit` until it has enough, and says whether it had.
    pub fn walk(
        &self,
        connection: &Connection,
        mut visit: impl FnMut(Place, &Row) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<bool> {
        let (column, of) = self.of;
        let order = if self.newest_first { "DESC" } else { "ASC" };
        let mut query = connection.prepare_cached(&format!(
            "SELECT timestamp, id, written, message, log_stream FROM log_events \
             WHERE {column} = ?1 AND (timestamp, id) > (?2, ?3) AND (timestamp, id) < (?4, ?5) \
             ORDER BY timestamp {order}, id {order}"
        ))?;
        let (after, before) = (self.after, self.before);
        let mut rows = query.query(params![
            of,
            after.timestamp,
            after.id,
            before.timestamp,
            before.id
        ])?;
        while let Some(row) = rows.next()? {
            let place = Place {
                timestamp: row.get(0)?,
                id: row.get(1)?,
            };
            if visit(place, row)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
