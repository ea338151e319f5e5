//! The sandbox, from outside: whether it runs, where, and how large it has become.

use std::path::PathBuf;

use serde::Serialize;
use time::OffsetDateTime;
use time::macros::format_description;

use super::size;
use super::style::{bad, bold, good};
use mafia_sandbox::{Running, StateDir};

/// What there is to know of a sandbox without asking its services.
#[derive(Debug, Serialize)]
pub struct SandboxStatus {
    running: bool,
    url: Option<String>,
    pid: Option<u32>,
    /// Seconds since 1970.
    since: Option<u64>,
    folder: PathBuf,
    /// Of all files in the folder.
    bytes: u64,
}

impl SandboxStatus {
    pub fn new(state_dir: &StateDir, running: Option<&Running>) -> Self {
        Self {
            running: running.is_some(),
            url: running.map(Running::url),
            pid: running.map(|running| running.pid),
            since: running.map(|running| running.started),
            folder: state_dir.folder().to_owned(),
            bytes: state_dir.size(),
        }
    }

    /// Of one whose process lives and does not answer.
    pub fn silent(state_dir: &StateDir, pid: u32) -> Self {
        Self {
            running: true,
            pid: Some(pid),
            ..Self::new(state_dir, None)
        }
    }

    fn holds(&self) -> String {
        let bytes = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        format!("{} ({})", self.folder.display(), size(bytes))
    }
}

pub fn sandbox_status(status: &SandboxStatus) -> String {
    let folder = format!("{}   {}", bold("folder"), status.holds());
    let (url, pid) = match (&status.url, status.pid) {
        (Some(url), Some(pid)) => (url, pid),
        (_, Some(pid)) => {
            let silent = bad("but does not answer");
            return format!("{}  as process {pid}, {silent}\n{folder}", bold("running"));
        }
        (_, None) => return format!("{}  no\n{folder}", bold("running")),
    };
    let since = status.since.and_then(time_of).unwrap_or_default();
    format!(
        "{}  since {since} as process {pid}\n{}  {url}\n{folder}",
        bold("running"),
        bold("address"),
    )
}

pub fn sandbox_started(status: &SandboxStatus) -> String {
    let url = status.url.as_deref().unwrap_or_default();
    format!("{} the sandbox runs at {}", good("✓"), bold(url))
}

pub fn sandbox_stopped(ran: bool) -> String {
    if ran {
        format!("{} the sandbox is stopped", good("✓"))
    } else {
        "the sandbox was not running".to_owned()
    }
}

/// What a reset takes away.
pub fn sandbox_contents(status: &SandboxStatus) -> String {
    format!(
        "Stacks, functions, tables, objects and logs in {}",
        status.holds()
    )
}

pub fn sandbox_emptied(_: &SandboxStatus) -> String {
    format!("{} the sandbox is empty", good("✓"))
}

/// In UTC.
fn time_of(seconds: u64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(seconds.try_into().ok()?).ok()?;
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    time.format(&format).ok()
}
