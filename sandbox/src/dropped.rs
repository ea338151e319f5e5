//! Deliveries that nobody has got, as the sandbox's own log tells them.

use std::io::{Read, Seek, SeekFrom};

use super::clock;
use super::error::SandboxError;
use super::journal::Journal;
use super::state_dir::StateDir;

/// Before what was dropped, in a line of the log.
pub const DROPPED: &str = "dropped";
const DELIVERY: &str = "delivery ";

/// A delivery that was given up, of which no dead-letter queue was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// As the log writes it: `2026-11-27T22:30:00Z`.
    pub at: String,
    /// To what, and why: `to arn:aws:sqs:…: it is not there`.
    pub what: String,
}

impl Dropped {
    /// Those in the log, from this byte on. Without a log there are none.
    pub fn after(state_dir: &StateDir, start: u64) -> Result<Vec<Self>, SandboxError> {
        let Some(mut file) = Journal::reader(state_dir)? else {
            return Ok(Vec::new());
        };
        let mut text = Vec::new();
        // A log that was begun anew in the meantime is shorter.
        let is_shorter = file.metadata().is_ok_and(|it| it.len() < start);
        let start = if is_shorter { 0 } else { start };
        let read = file
            .seek(SeekFrom::Start(start))
            .and_then(|_| file.read_to_end(&mut text));
        read.map_err(|error| SandboxError::folder(&Journal::path(state_dir), &error))?;
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().filter_map(Self::read).collect())
    }

    /// Whether it was dropped at that time or after it, in milliseconds since 1970.
    pub fn is_since(&self, millis: i64) -> bool {
        self.at >= clock::to_the_second(millis)
    }

    fn read(line: &str) -> Option<Self> {
        let (at, rest) = line.split_once(' ')?;
        let rest = rest.strip_prefix(DROPPED)?.trim_start();
        let what = match rest.strip_prefix(DELIVERY) {
            // Its id means nothing to people.
            Some(delivery) => delivery.split_once(' ')?.1,
            None => rest,
        };
        Some(Self {
            at: at.to_owned(),
            what: what.to_owned(),
        })
    }
}

/// How long the log is, in bytes.
pub fn length_of_log(state_dir: &StateDir) -> Result<u64, SandboxError> {
    let file = Journal::reader(state_dir)?;
    let metadata = file.map(|file| file.metadata()).transpose();
    metadata
        .map(|it| it.map_or(0, |it| it.len()))
        .map_err(|error| SandboxError::folder(&Journal::path(state_dir), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dropped_is_read_from_the_log() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        assert_eq!(Dropped::after(&state_dir, 0).expect("none"), []);
        let journal = Journal::open(&state_dir).expect("it opens");
        journal.note("refused dropped delivery 1 to a: no");
        let start = length_of_log(&state_dir).expect("read");
        journal.note("dropped delivery 2 to arn:b: gone");
        journal.note("gave up delivery 3 to arn:c: gone");
        journal.note("dropped what follows from delivery 4: no queue");
        for from in [0, start] {
            let found = Dropped::after(&state_dir, from).expect("read");
            let found: Vec<&str> = found.iter().map(|it| it.what.as_str()).collect();
            let expected = ["to arn:b: gone", "what follows from delivery 4: no queue"];
            assert_eq!(found, expected);
        }
        let all = Dropped::after(&state_dir, u64::MAX).expect("read");
        assert_eq!(all.len(), 2, "the log was begun anew");
        assert!(all[0].is_since(0) && !all[0].is_since(i64::from(u32::MAX) * 1000));
    }
}
