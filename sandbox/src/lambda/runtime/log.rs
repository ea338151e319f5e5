//! The log of one environment: lines on their way to its stream, and the tail of the call.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::Program;
use crate::clock;
use crate::journal::Journal;
use crate::logs::{LogEvent, Logs};

/// In bytes, as `LogType: Tail` gives it.
const TAIL: usize = 4 << 10;
/// In bytes; more is not kept waiting.
const BATCH: usize = 256 << 10;
/// How long a line waits for others before it can be read.
const WAIT: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub struct Log {
    logs: Arc<Logs>,
    journal: Arc<Journal>,
    group: String,
    stream: String,
    batch: Vec<LogEvent>,
    batch_bytes: usize,
    due: Option<Instant>,
    /// Nobody reads it any more.
    gone: bool,
    tail: String,
}

impl Log {
    /// A new stream in the function's group.
    pub fn begin(logs: &Arc<Logs>, journal: &Arc<Journal>, program: &Program) -> Self {
        let today = clock::at(clock::now()).date();
        let stream = format!(
            "{}/{:02}/{:02}/[{}]{}",
            today.year(),
            u8::from(today.month()),
            today.day(),
            program.version,
            Uuid::new_v4().simple()
        );
        let mut log = Self {
            logs: logs.clone(),
            journal: journal.clone(),
            group: program.log_group.clone(),
            stream,
            batch: Vec::new(),
            batch_bytes: 0,
            due: None,
            gone: false,
            tail: String::new(),
        };
        if let Err(fault) = logs.ensure_stream(&log.group, &log.stream) {
            log.give_up(&fault.to_string());
        }
        log
    }

    pub fn stream(&self) -> &str {
        &self.stream
    }

    pub fn line(&mut self, line: &str) {
        let message = format!("{line}\n");
        self.tail.push_str(&message);
        if self.tail.len() > 16 * TAIL {
            shorten(&mut self.tail);
        }
        self.batch_bytes += message.len();
        self.batch.push(LogEvent {
            timestamp: clock::now(),
            message,
        });
        self.due.get_or_insert_with(|| Instant::now() + WAIT);
        if self.batch_bytes > BATCH {
            self.write();
        }
    }

    /// Returns when lines have waited long enough.
    pub async fn due(&self) {
        match self.due {
            Some(due) => sleep_until(due).await,
            None => pending().await,
        }
    }

    /// Writes what waits.
    pub fn write(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        self.due = None;
        if self.gone || batch.is_empty() {
            return;
        }
        match self.logs.append(&self.group, &self.stream, &batch) {
            Ok(true) => {}
            // Somebody deleted the group, and does not want it back.
            Ok(false) => self.gone = true,
            Err(fault) => self.give_up(&fault.to_string()),
        }
    }

    /// The end of what was written since the last time.
    pub fn tail(&mut self) -> String {
        shorten(&mut self.tail);
        std::mem::take(&mut self.tail)
    }

    /// A function works without its log.
    fn give_up(&mut self, reason: &str) {
        self.gone = true;
        let Self { group, stream, .. } = self;
        self.journal
            .note(&format!("cannot write the log {group} {stream}: {reason}"));
    }
}

fn shorten(tail: &mut String) {
    let from = tail.len().saturating_sub(TAIL);
    tail.drain(..tail.ceil_char_boundary(from));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_short_and_whole_characters() {
        let mut tail = format!("{}é{}", "x".repeat(TAIL), "y".repeat(TAIL - 1));
        shorten(&mut tail);
        assert_eq!(tail, "y".repeat(TAIL - 1));
        shorten(&mut tail);
        assert_eq!(tail.len(), TAIL - 1);
    }
}
