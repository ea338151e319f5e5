//! ministack, an AWS that this project did not write: CloudFormation, Lambda (it runs our
//! bootstraps), DynamoDB, S3, CloudWatch Logs and more, behind one loopback port.
//!
//! `outside/leash.py` starts it and ends it. This side holds the leash: the pipe to that script's
//! standard input, which the kernel closes when the test process ends, however it ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::Builder;

use crate::outside::{REMEDY, script, tool};

/// A running ministack, killed with all its functions when dropped or when the test process ends.
pub struct Ministack {
    url: String,
    leash: Child,
}

/// The one that all stories of this process share; each works in its own account.
pub fn shared() -> &'static Ministack {
    static SHARED: OnceLock<Ministack> = OnceLock::new();
    SHARED.get_or_init(Ministack::start)
}

impl Ministack {
    /// Starts one and returns when it is healthy.
    ///
    /// # Panics
    ///
    /// When Python or ministack are missing or do not start, with the end of the server's log.
    pub fn start() -> Self {
        let folder = Builder::new()
            .prefix("ministack-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .expect("the target folder takes a new folder")
            .keep();
        let mut leash = Command::new(tool("python3"))
            .arg(script("leash.py"))
            .arg(tool("ministack"))
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("needs ministack: no python3 ({error}); {REMEDY}"));
        let said = leash.stdout.take().expect("standard output is a pipe");
        let mut line = String::new();
        BufReader::new(said)
            .read_line(&mut line)
            .expect("the leash prints text");
        let url = line.trim();
        assert!(
            url.starts_with("http://"),
            "needs ministack: {url}\n{REMEDY}"
        );
        Self {
            url: url.to_owned(),
            leash,
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        drop(self.leash.stdin.take());
        // Only to reap the process: there is nothing left to tell a test that is over.
        let _ = self.leash.wait();
    }
}
