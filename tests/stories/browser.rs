//! A page in a real browser: headless Chromium, driven by `outside/browser.py`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::outside::{REMEDY, script, tool};

/// An open page; the browser ends when it is dropped.
pub struct Browser {
    process: Child,
    steps: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// The HTTP status of the first page.
    pub status: Value,
}

impl Browser {
    /// # Panics
    ///
    /// Without Python or Chromium.
    #[track_caller]
    pub fn open(url: &str) -> Self {
        let mut process = Command::new(tool("python3"))
            .arg(script("browser.py"))
            .arg(url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("needs Python ({error}); {REMEDY}"));
        let steps = process.stdin.take();
        let answers = process.stdout.take().expect("standard output is a pipe");
        let mut browser = Self {
            process,
            steps,
            answers: BufReader::new(answers),
            status: Value::Null,
        };
        browser.status = browser.answer();
        browser
    }

    #[track_caller]
    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it prints text");
        serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("browser.py has ended; what it said is above; {REMEDY}"))
    }

    #[track_caller]
    pub fn step(&mut self, step: &Value) -> Value {
        let steps = self.steps.as_mut().expect("it is open");
        writeln!(steps, "{step}").expect("browser.py reads");
        self.answer()
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub fn see(&mut self, script: &str) -> Value {
        self.step(&json!(["see", script]))
    }

    /// Waits until an expression in the page is true.
    #[track_caller]
    pub fn wait(&mut self, script: &str) {
        self.step(&json!(["wait", script]));
    }

    /// The status of another page.
    #[track_caller]
    pub fn go(&mut self, url: &str) -> Value {
        self.step(&json!(["go", url]))
    }

    /// The size of the window, and `light` or `dark`.
    #[track_caller]
    pub fn looks(&mut self, width: u32, height: u32, scheme: &str) {
        self.step(&json!(["size", width, height]));
        self.step(&json!(["scheme", scheme]));
    }

    /// Writes a picture into the folder that `MAFIA_PICTURES` names, for a person to look at.
    #[track_caller]
    pub fn picture(&mut self, name: &str) {
        if let Some(folder) = std::env::var_os("MAFIA_PICTURES") {
            let file = Path::new(&folder).join(format!("{name}.png"));
            self.step(&json!(["picture", file]));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.steps.take());
        // Only to reap the process.
        let _ = self.process.wait();
    }
}
