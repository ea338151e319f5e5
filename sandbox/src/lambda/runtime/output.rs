//! What a process writes to standard output and standard error: one pipe for both, which keeps the
//! order of the lines.

use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;

use tokio::net::unix::pipe;

use super::log::Log;

/// A longer line is split: CloudWatch Logs allows no longer events.
const MAX_LINE_BYTES: usize = 256 << 10;
/// What a pipe holds: a process has written no more that was not read before it answered.
const PIPE_BYTES: usize = 64 << 10;
const CHUNK_BYTES: usize = 8 << 10;

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
    pub async fn readable(&mut self) {
        if self.ended || self.pipe.readable().await.is_err() {
            pending().await
        }
    }

    /// Logs what is readable.
    pub fn read_available(&mut self, log: &mut Log) {
        let mut chunk = [0; CHUNK_BYTES];
        match self.pipe.try_read(&mut chunk) {
            Ok(0) => self.ended = true,
            Ok(length) => self.lines.push(&chunk[..length], |line| log.line(&line)),
            Err(error) => self.ended = error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Logs all that the process has written until now, also where the system has not yet reported it as
    /// readable, and ends the last line.
    pub fn read_all(&mut self, log: &mut Log) {
        let (mut chunk, mut total) = ([0; CHUNK_BYTES], 0);
        while total < PIPE_BYTES {
            match rustix::io::read(&self.pipe, &mut chunk) {
                Ok(0) | Err(_) => break,
                Ok(length) => {
                    self.lines.push(&chunk[..length], |line| log.line(&line));
                    total += length;
                }
            }
        }
        self.lines.end(|line| log.line(&line));
    }
}

/// Splits bytes into lines.
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

    /// Adds to the current line.
    fn add(&mut self, bytes: &[u8], mut line: impl FnMut(String)) {
        self.rest.extend_from_slice(bytes);
        while self.rest.len() > MAX_LINE_BYTES {
            let cut = boundary(&self.rest, MAX_LINE_BYTES);
            line(text(&self.rest[..cut]));
            self.rest.drain(..cut);
        }
    }

    fn end(&mut self, mut line: impl FnMut(String)) {
        if !self.rest.is_empty() {
            line(text(&self.rest));
        }
        // Frees the memory of a long line.
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
    fn a_long_line_is_split_between_characters() {
        let (mut lines, mut got) = (Lines::default(), Vec::new());
        let long = "€".repeat(MAX_LINE_BYTES);
        lines.push(long.as_bytes(), |line| got.push(line));
        lines.end(|line| got.push(line));
        assert!(got.iter().all(|line| line.len() <= MAX_LINE_BYTES));
        assert_eq!(got.len(), 4);
        assert_eq!(got.concat(), long);
    }
}
