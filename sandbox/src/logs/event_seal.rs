//! Seals of log events: what is damaged in the file is told as that where it is read.

use rusqlite::Row;

use crate::store::seal;

/// What a damaged event says instead.
pub const DAMAGED: &str = "(the sandbox's file state.sqlite is damaged: this line is lost)";

pub fn of(stream: i64, timestamp: i64, written: i64, message: &str) -> String {
    let event = format!("{stream} {timestamp} {written}");
    seal(&["log-event", &event, message])
}

/// The message of a row with these columns: timestamp, id, time of writing, message, stream, seal.
pub fn message(row: &Row) -> rusqlite::Result<String> {
    let bytes = row.get_ref(3)?.as_bytes()?;
    let message = String::from_utf8_lossy(bytes).into_owned();
    let seal: Option<String> = row.get(5)?;
    let found = of(row.get(4)?, row.get(0)?, row.get(2)?, &message);
    Ok(match seal {
        Some(seal) if seal != found => DAMAGED.to_owned(),
        _ => message,
    })
}
