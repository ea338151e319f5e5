//! `mafia sandbox advance`

use std::time::Duration;

use clap::Args;

use crate::commands::values::duration;
use crate::context::Context;
use crate::error::Error;
use crate::render;
use crate::sandbox::{self, SandboxClock};
use mafia_sandbox::StateDir;

/// Set the sandbox's clock forward: what is scheduled happens now
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia sandbox advance 12h
  mafia sandbox advance 1d --json
  mafia sandbox advance 0s")]
#[command(after_long_help = "\
Starts the sandbox if it is not running. On the way to the new time, everything that a rule or a schedule has to do \
happens, each at its time. It waits up to 20 seconds for the functions that this calls, and stops early after 1,000 \
events.

Schedules, queues and retries follow this clock. Signatures, logs and tables keep the time of this machine, and so do \
the functions themselves.

The clock stays ahead, also after `mafia sandbox stop`, as messages and schedules would lie in the future otherwise. \
`mafia sandbox reset` brings the present back. `0s` only shows the time.")]
pub struct Advance {
    /// How far, such as 90s, 10m, 12h or 7d; at most a year
    #[arg(value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    by: Duration,
}

impl Advance {
    pub async fn run(self, context: &Context, state_dir: StateDir) -> Result<(), Error> {
        let printer = &context.printer;
        let awaited = sandbox::awaited(&state_dir);
        let starting = sandbox::ensure(state_dir.clone());
        printer.wait_for(&awaited, starting).await?;
        let advancing = sandbox::advance(state_dir, self.by);
        let clock: SandboxClock = printer
            .wait_for("waiting for what is scheduled", advancing)
            .await?;
        printer.result(&clock, render::sandbox_clock)
    }
}
