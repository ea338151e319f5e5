//! The log of one environment: lines on their way to its stream, and the tail of the invocation's log.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::Revision;
use crate::clock;
use crate::journal::Journal;
use crate::logs::{LogEvent, Logs};

/// As `LogType: Tail` returns it.
const TAIL_BYTES: usize = 4 << 10;
/// A batch that is larger is written at once.
const MAX_BATCH_BYTES: usize = 256 << 10;
/// How long a line waits for others to be written with.
const MAX_DELAY: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub struct Log {
    logs: Arc<Logs>,
    journal: Arc<Journal>,
    group: String,
    stream: String,
    batch: Vec<LogEvent>,
    batch_bytes: usize,
    due: Option<Instant>,
    /// The stream was deleted or could not be made.
    closed: bool,
    /// What was to be written last is lost, for example on a full disk.
    failing: bool,
    tail: String,
}

impl Log {
    /// A new stream in the function's group.
    pub fn begin(logs: &Arc<Logs>, journal: &Arc<Journal>, revision: &Revision) -> Self {
        let today = clock::at(clock::now()).date();
        let stream = format!(
            "{}/{:02}/{:02}/[{}]{}",
            today.year(),
            u8::from(today.month()),
            today.day(),
            revision.version,
            Uuid::new_v4().simple()
        );
        let mut log = Self {
            logs: logs.clone(),
            journal: journal.clone(),
            group: revision.log_group.clone(),
            stream,
            batch: Vec::new(),
            batch_bytes: 0,
            due: None,
            closed: false,
            failing: false,
            tail: String::new(),
        };
        if let Err(fault) = logs.ensure_stream(&log.group, &log.stream) {
            log.close(&fault.to_string());
        }
        log
    }

    pub fn stream(&self) -> &str {
        &self.stream
    }

    pub fn line(&mut self, line: &str) {
        let message = format!("{line}\n");
        self.tail.push_str(&message);
        if self.tail.len() > 16 * TAIL_BYTES {
            keep_tail(&mut self.tail);
        }
        self.batch_bytes += message.len();
        self.batch.push(LogEvent {
            timestamp: clock::now(),
            message,
        });
        self.due.get_or_insert_with(|| Instant::now() + MAX_DELAY);
        if self.batch_bytes > MAX_BATCH_BYTES {
            self.write();
        }
    }

    /// Returns when the batch has to be written.
    pub async fn due(&self) {
        match self.due {
            Some(due) => sleep_until(due).await,
            None => pending().await,
        }
    }

    /// Writes the batch.
    pub fn write(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        self.due = None;
        if self.closed || batch.is_empty() {
            return;
        }
        match self.logs.append(&self.group, &self.stream, &batch) {
            Ok(true) => self.failing = false,
            // The group was deleted, and must not be created again.
            Ok(false) => self.closed = true,
            Err(fault) => {
                if !self.failing {
                    self.note(&fault.to_string());
                }
                self.failing = true;
            }
        }
    }

    /// The end of what was logged since the last time.
    pub fn take_tail(&mut self) -> String {
        keep_tail(&mut self.tail);
        std::mem::take(&mut self.tail)
    }

    /// Logs no more; the function goes on.
    fn close(&mut self, reason: &str) {
        self.closed = true;
        self.note(reason);
    }

    fn note(&self, reason: &str) {
        let Self { group, stream, .. } = self;
        self.journal
            .note(&format!("cannot write the log {group} {stream}: {reason}"));
    }
}

fn keep_tail(tail: &mut String) {
    let from = tail.len().saturating_sub(TAIL_BYTES);
    tail.drain(..tail.ceil_char_boundary(from));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_short_and_whole_characters() {
        let mut tail = format!("{}é{}", "x".repeat(TAIL_BYTES), "y".repeat(TAIL_BYTES - 1));
        keep_tail(&mut tail);
        assert_eq!(tail, "y".repeat(TAIL_BYTES - 1));
        keep_tail(&mut tail);
        assert_eq!(tail.len(), TAIL_BYTES - 1);
    }
}
