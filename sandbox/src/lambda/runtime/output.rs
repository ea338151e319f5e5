//! What a process writes to its standard output and standard error: one pipe, so that lines stay in
//! the order in which they were written.

use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;

use tokio::net::unix::pipe;

use super::log::Log;

/// In bytes; a longer line is cut into several. CloudWatch Logs takes no longer events.
const LONGEST_LINE: usize = 256 << 10;
/// As much as a pipe holds: what a process wrote before it answered is not more.
const PIPE: usize = 64 << 10;
const CHUNK: usize = 8 << 10;

#[derive(Debug)]
pub struct Output {
    pipe: pipe::Receiver,
    lines: Lines,
    ended: bool,
}

impl Output {
    /// The end to read, and the end for the process.
    pub fn new() -> io::Result<(Self, io::PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let output = Self {
            pipe: pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?,
            lines: Lines::default(),
            ended: false,
        };
        Ok((output, writer))
    }

    /// Returns when there is something to read.
    pub async fn arrived(&mut self) {
        if self.ended || self.pipe.readable().await.is_err() {
            pending().await
        }
    }

    /// Takes what has arrived.
    pub fn take(&mut self, log: &mut Log) {
        let mut chunk = [0; CHUNK];
        match self.pipe.try_read(&mut chunk) {
            Ok(0) => self.ended = true,
            Ok(length) => self.lines.push(&chunk[..length], |line| log.line(&line)),
            Err(error) => self.ended = error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Takes all that the process has written until now, also where the system has not yet told that
    /// it is there, and ends the last line.
    pub fn take_all(&mut self, log: &mut Log) {
        let (mut chunk, mut taken) = ([0; CHUNK], 0);
        while taken < PIPE {
            match rustix::io::read(&self.pipe, &mut chunk) {
                Ok(0) | Err(_) => break,
                Ok(length) => {
                    self.lines.push(&chunk[..length], |line| log.line(&line));
                    taken += length;
                }
            }
        }
        self.lines.end(|line| log.line(&line));
    }
}

/// Bytes that become lines.
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    fn push(&mut self, mut bytes: &[u8], mut line: impl FnMut(String)) {
        while let Some(length) = bytes.iter().position(|byte| *byte == b'\n') {
            self.add(&bytes[..length], &mut line);
            line(text(&self.rest));
            self.rest.clear();
            bytes = &bytes[length + 1..];
        }
        self.add(bytes, &mut line);
    }

    /// Adds to the line that has not ended.
    fn add(&mut self, bytes: &[u8], mut line: impl FnMut(String)) {
        self.rest.extend_from_slice(bytes);
        while self.rest.len() > LONGEST_LINE {
            let cut = boundary(&self.rest, LONGEST_LINE);
            line(text(&self.rest[..cut]));
            self.rest.drain(..cut);
        }
    }

    fn end(&mut self, mut line: impl FnMut(String)) {
        if !self.rest.is_empty() {
            line(text(&self.rest));
        }
        // A long line's room is given back.
        self.rest = Vec::new();
    }
}

fn text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8_lossy(line).into_owned()
}

/// At `limit` or up to three bytes earlier, where a character of UTF-8 begins.
fn boundary(bytes: &[u8], limit: usize) -> usize {
    let begins = |at: &usize| bytes[*at] & 0b1100_0000 != 0b1000_0000;
    (limit - 3..=limit).rev().find(begins).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        let text = "one\r\n\ntwo\nthrée\nrest".as_bytes();
        for size in 1..text.len() {
            let (mut lines, mut got) = (Lines::default(), Vec::new());
            for chunk in text.chunks(size) {
                lines.push(chunk, |line| got.push(line));
            }
            assert_eq!(got, ["one", "", "two", "thrée"]);
            lines.end(|line| got.push(line));
            lines.end(|line| got.push(line));
            assert_eq!(got[4..], ["rest"]);
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let (mut lines, mut got) = (Lines::default(), Vec::new());
        let long = "€".repeat(LONGEST_LINE);
        lines.push(long.as_bytes(), |line| got.push(line));
        lines.end(|line| got.push(line));
        assert!(got.iter().all(|line| line.len() <= LONGEST_LINE));
        assert_eq!(got.len(), 4);
        assert_eq!(got.concat(), long);
    }
}
