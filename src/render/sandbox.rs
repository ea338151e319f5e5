//! The status of the sandbox.

use time::OffsetDateTime;
use time::macros::format_description;

use super::size;
use super::style::{bad, bold, good};
use crate::sandbox::SandboxStatus;

fn contents(status: &SandboxStatus) -> String {
    let bytes = usize::try_from(status.bytes).unwrap_or(usize::MAX);
    format!("{} ({})", status.folder.display(), size(bytes))
}

pub fn sandbox_status(status: &SandboxStatus) -> String {
    let process = match status.pid {
        Some(pid) => format!("(process {pid})"),
        None => "in another container or on another machine".to_owned(),
    };
    let state = match &status.url {
        Some(url) => {
            let since = status.since.and_then(time_of).unwrap_or_default();
            format!(
                "running since {since} {process}\n{}  {url}",
                bold("address")
            )
        }
        None if status.running => bad(format!("not responding {process}")),
        None => "not running".to_owned(),
    };
    format!(
        "{}   {state}\n{}   {}",
        bold("status"),
        bold("folder"),
        contents(status)
    )
}

pub fn sandbox_started(status: &SandboxStatus) -> String {
    let url = status.url.as_deref().unwrap_or_default();
    format!("{} the sandbox is running at {}", good("✓"), bold(url))
}

pub fn sandbox_stopped(ran: bool) -> String {
    if ran {
        format!("{} the sandbox has stopped", good("✓"))
    } else {
        "the sandbox was not running".to_owned()
    }
}

/// What a reset deletes.
pub fn sandbox_contents(status: &SandboxStatus) -> String {
    format!(
        "All stacks, functions, tables, objects and logs in {}",
        contents(status)
    )
}

pub fn sandbox_emptied(_: &SandboxStatus) -> String {
    format!("{} the sandbox is empty", good("✓"))
}

/// In UTC.
fn time_of(seconds: u64) -> Option<String> {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    utc(seconds)?.format(&format).ok()
}

/// `2026-11-26 18:37`, in UTC.
pub fn minute_of(seconds: u64) -> Option<String> {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    utc(seconds)?.format(&format).ok()
}

fn utc(seconds: u64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds.try_into().ok()?).ok()
}
