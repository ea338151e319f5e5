//! `mafia sandbox logs`

use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::commands::values::number;
use crate::context::Context;
use crate::error::Error;
use mafia_sandbox::{Journal, StateDir};

/// Show the sandbox's own log: starts, stops, refused requests
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  mafia sandbox logs\n  mafia sandbox logs -n 200 --follow",
    after_long_help = "Times are in UTC. For the functions' logs, use `mafia logs`. The sandbox sends no mail: codes that \
                       Cognito would mail to users are here."
)]
pub struct Logs {
    /// Show new lines until Ctrl-C
    #[arg(short, long, conflicts_with = "json")]
    follow: bool,
    /// Number of lines to show
    #[arg(short = 'n', long, alias = "lines", value_name = "NUMBER", default_value_t = 50, value_parser = number::<usize>, allow_negative_numbers = true)]
    tail: usize,
}

const POLL_INTERVAL: Duration = Duration::from_millis(200);

#[derive(Serialize)]
struct Written {
    /// Oldest first.
    lines: Vec<String>,
}

impl Logs {
    pub async fn run(self, context: &Context, state_dir: &StateDir) -> Result<(), Error> {
        let text = read(state_dir, 0)?.unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(self.tail)..];
        if !self.follow {
            if lines.is_empty() {
                context.printer.note("the sandbox's log is empty");
            }
            let lines = last.iter().map(|&line| line.to_owned()).collect();
            return context
                .printer
                .result(&Written { lines }, |written| written.lines.join("\n"));
        }
        context.printer.print(&last.join("\n"))?;
        follow(context, state_dir, text.len() as u64).await
    }
}

/// Prints new lines until Ctrl-C, or until the reader of a pipe closes it.
async fn follow(context: &Context, state_dir: &StateDir, mut shown: u64) -> Result<(), Error> {
    while !context.printer.is_closed() {
        tokio::time::sleep(POLL_INTERVAL).await;
        // The file was rotated, or there is none any more.
        let Some(text) = read(state_dir, shown)? else {
            shown = 0;
            continue;
        };
        // An incomplete last line is printed when it is complete.
        if let Some((whole, _)) = text.rsplit_once('\n') {
            context.printer.print(whole)?;
            shown += whole.len() as u64 + 1;
        }
    }
    Ok(())
}

/// The text of the log from `start` on; `None` when the log is shorter.
fn read(state_dir: &StateDir, start: u64) -> Result<Option<String>, Error> {
    let Some(mut file) = Journal::reader(state_dir)? else {
        return Ok(None);
    };
    let mut read = || {
        if file.metadata()?.len() < start {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    };
    let failed = |error: std::io::Error| {
        let path = Journal::path(state_dir);
        Error::failed(format!("cannot read {}: {error}", path.display()))
    };
    read().map_err(failed)
}
