//! A running `mafia`: waited for with patience, interrupted or killed on request.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Outcome;
use crate::signals::{Signal, let_programs_be_interrupted, send_to_group};

/// How often a process is looked at while something is waited for.
const GLANCE: Duration = Duration::from_millis(2);

/// A started invocation. Dropped before its end, it is killed with all it started.
pub struct Running {
    words: String,
    child: Child,
    stdout: Pipe,
    stderr: Pipe,
    started: Instant,
    patience: Duration,
}

impl Running {
    #[track_caller]
    pub(super) fn start(mut command: Command, input: &str, patience: Duration) -> Self {
        let_programs_be_interrupted();
        // A group of its own, so that a signal reaches the compilers that it started as well.
        let mut child = command
            .process_group(0)
            .spawn()
            .expect("the program is there");
        let stdout = Pipe::collect(child.stdout.take().expect("standard output is a pipe"));
        let stderr = Pipe::collect(child.stderr.take().expect("standard error is a pipe"));
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends without reading everything is free to do so.
            let _ = stdin.write_all(input.as_bytes());
        }
        Self {
            words: words(&command),
            child,
            stdout,
            stderr,
            started: Instant::now(),
            patience,
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub fn finish(mut self) -> Outcome {
        while !self.has_ended() {
            self.be_patient(format_args!("should have ended"));
        }
        self.outcome()
    }

    /// Waits until it has printed `text`, on standard output or standard error.
    #[track_caller]
    pub fn wait_until_it_says(&mut self, text: &str) {
        while !self.stdout.text().contains(text) && !self.stderr.text().contains(text) {
            if self.has_ended() {
                // What it said last may not have been read yet.
                let outcome = self.outcome();
                if outcome.stdout.contains(text) || outcome.stderr.contains(text) {
                    return;
                }
                outcome.fails(&format!("should have said {text:?} before it ended"));
            }
            self.be_patient(format_args!("should have said {text:?}"));
        }
    }

    /// Waits until it has printed `text` so often on standard output.
    #[track_caller]
    pub fn wait_until_it_says_times(&mut self, text: &str, times: usize) {
        while self.stdout.text().matches(text).count() < times {
            if self.has_ended() {
                let outcome = self.outcome();
                if outcome.stdout.matches(text).count() >= times {
                    return;
                }
                outcome.fails(&format!("should have said {text:?} {times} times"));
            }
            self.be_patient(format_args!("should have said {text:?} {times} times"));
        }
    }

    /// Sends what Ctrl-C sends, and waits for its end.
    #[track_caller]
    pub fn interrupt_and_finish(self) -> Outcome {
        self.interrupt();
        self.finish()
    }

    /// What it has printed on standard output so far.
    pub fn printed(&self) -> String {
        self.stdout.text()
    }

    pub fn has_ended(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("a child can be asked")
            .is_some()
    }

    /// Sends what Ctrl-C sends to everything in the foreground of a terminal.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// `kill -9`: it gets no chance to tidy up.
    pub fn kill(mut self) -> Outcome {
        self.signal(Signal::KILL);
        self.outcome()
    }

    /// Waits a moment, or fails the story when it has waited long enough.
    #[track_caller]
    fn be_patient(&mut self, expectation: std::fmt::Arguments<'_>) {
        if self.started.elapsed() > self.patience {
            self.signal(Signal::KILL);
            self.outcome()
                .fails(&format!("{expectation} within {:?}", self.patience));
        }
        std::thread::sleep(GLANCE);
    }

    fn signal(&self, signal: Signal) {
        send_to_group(signal, self.child.id().into());
    }

    fn outcome(&mut self) -> Outcome {
        let status: ExitStatus = self.child.wait().expect("a child can be waited for");
        Outcome {
            command: self.words.clone(),
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.end(),
            stderr: self.stderr.end(),
            took: self.started.elapsed(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.signal(Signal::KILL);
            // Only to reap it.
            let _ = self.child.wait();
        }
    }
}

/// What comes out of a program, collected while it runs.
struct Pipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Pipe {
    fn collect(mut from: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let reader = std::thread::spawn({
            let bytes = Arc::clone(&bytes);
            move || {
                let mut chunk = [0; 8192];
                while let Ok(length @ 1..) = from.read(&mut chunk) {
                    let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                    bytes.extend_from_slice(&chunk[..length]);
                }
            }
        });
        Self {
            bytes,
            reader: Some(reader),
        }
    }

    /// What came so far.
    fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// All that came, once nobody writes any more.
    fn end(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("reading a pipe cannot panic");
        }
        self.text()
    }
}

/// The command line as it is said: without quotes and without the program's folder.
fn words(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
