//! What an invocation did, and assertions on it that show all of it when they fail.

use std::time::Duration;

use serde_json::Value;

/// An invocation that has ended.
#[derive(Debug)]
pub struct Outcome {
    pub command: String,
    /// The exit code; nothing when a signal ended it.
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Outcome {
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits_with(0)
    }

    /// 0 done, 1 the work failed, 2 wrong usage or configuration, 3 blocked.
    #[track_caller]
    pub fn exits_with(self, code: i32) -> Self {
        if self.code != Some(code) {
            self.fails(&format!("should have exited with {code}"));
        }
        self
    }

    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        if !self.stdout.contains(text) {
            self.fails(&format!("should have printed {text:?}"));
        }
        self
    }

    #[track_caller]
    pub fn prints_nothing(self) -> Self {
        if !self.stdout.is_empty() {
            self.fails("should have printed nothing on standard output");
        }
        self
    }

    /// Progress, remarks and errors go to standard error.
    #[track_caller]
    pub fn remarks(self, text: &str) -> Self {
        if !self.stderr.contains(text) {
            self.fails(&format!("should have said {text:?}"));
        }
        self
    }

    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        if self.stdout.contains(text) || self.stderr.contains(text) {
            self.fails(&format!("should not have said {text:?}"));
        }
        self
    }

    /// Nothing that only a terminal understands, and no table wider than 80 columns. Remarks may be
    /// longer: the names and addresses in them are as long as they are.
    #[track_caller]
    pub fn reads_well_in_a_pipe(self) -> Self {
        let control = |line: &&str| line.contains(['\u{1b}', '\r', '\u{8}']);
        if let Some(line) = self.stdout.lines().chain(self.stderr.lines()).find(control) {
            self.fails(&format!(
                "should have sent no control characters, as in {line:?}"
            ));
        }
        if let Some(line) = self.stdout.lines().find(|line| line.chars().count() > 80) {
            self.fails(&format!("should keep to 80 columns, unlike {line:?}"));
        }
        self
    }

    /// The one JSON document that `--json` promises.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            self.fails(&format!("should have printed one JSON document ({error})"))
        })
    }

    /// Fails the story, saying what should have been and everything that was.
    #[track_caller]
    pub fn fails(&self, expectation: &str) -> ! {
        let end = match (self.code, self.signal) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "neither code nor signal".to_owned(),
        };
        panic!(
            "`{}` {expectation}\n--- {end} after {:?}\n--- stdout\n{}\n--- stderr\n{}\n---",
            self.command, self.took, self.stdout, self.stderr,
        )
    }
}
