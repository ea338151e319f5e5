//! `mafia sandbox start`

use std::time::Duration;

use clap::Args;
use tokio::task::spawn_blocking;

use super::{serve, show};
use crate::commands::next::Done;
use crate::commands::values::{duration_or_never, port};
use crate::context::Context;
use crate::error::Error;
use crate::render;
use crate::sandbox::{self, IDLE_TIMEOUT, SandboxStatus, blocking, launch_command};
use mafia_sandbox::lifecycle;
use mafia_sandbox::{Options, RunningServer, StateDir};

/// Start the sandbox if it is not running
#[derive(Args, Debug)]
#[command(
    after_help = "\
Examples:
  mafia sandbox start
  mafia sandbox start --idle 2h
  mafia sandbox start --foreground --port 4566",
    after_long_help = "\
Commands start the sandbox when they need it. Start it yourself to choose its port or how long \
it stays."
)]
pub struct Start {
    /// Run in the foreground until Ctrl-C
    #[arg(long)]
    foreground: bool,
    /// Port on 127.0.0.1 [default: the last one used]
    #[arg(long, value_name = "N", value_parser = port)]
    port: Option<u16>,
    /// Stop after this time without requests, such as 90s or 2h; 0 is never [default: 30m, in the foreground 0]
    #[arg(long, value_name = "TIME", value_parser = duration_or_never, allow_hyphen_values = true)]
    idle: Option<Idle>,
}

/// How long without requests; `None` is for ever.
type Idle = Option<Duration>;

impl Start {
    pub fn is_in_the_foreground(&self) -> bool {
        self.foreground
    }

    pub async fn run(self, context: &Context, state_dir: StateDir) -> Result<(), Error> {
        if self.foreground {
            self.in_the_foreground(context, state_dir).await
        } else {
            self.in_the_background(context, state_dir).await
        }
    }

    async fn in_the_background(self, context: &Context, state_dir: StateDir) -> Result<(), Error> {
        let idle = self.idle.unwrap_or(Some(IDLE_TIMEOUT));
        let launch = launch_command(&state_dir, self.port, idle)?;
        let starting = blocking({
            let state_dir = state_dir.clone();
            move || Ok(lifecycle::ensure(&state_dir, &launch)?)
        });
        let printer = &context.printer;
        let awaited = sandbox::awaited(&state_dir);
        let running = printer.wait_for(&awaited, starting).await?;
        if self.port.is_some_and(|port| port != running.port) {
            return Err(Error::usage(format!(
                "the sandbox is already running on port {}",
                running.port
            ))
            .hint("run `mafia sandbox stop` first to use another port"));
        }
        let idle = self.idle.map(|idle| idle.map(|idle| idle.as_secs()));
        if idle.is_some_and(|idle| idle != running.idle) {
            let until = match running.idle {
                Some(seconds) => format!("stops after {seconds} s without requests"),
                None => "never stops by itself".to_owned(),
            };
            return Err(
                Error::usage(format!("the sandbox is already running, and {until}"))
                    .hint("run `mafia sandbox stop` first to use another time"),
            );
        }
        show(
            context,
            &state_dir,
            Some(Done::Started),
            render::sandbox_started,
        )
        .await
    }

    /// Becomes the server.
    async fn in_the_foreground(self, context: &Context, state_dir: StateDir) -> Result<(), Error> {
        // Held until the server is ready, so that nobody else starts one.
        let lock = blocking({
            let state_dir = state_dir.clone();
            move || Ok(lifecycle::start_lock(&state_dir)?)
        });
        let waiting = "waiting for another command that starts or stops the sandbox";
        let lock = context.printer.wait_for(waiting, lock).await?;
        let ready = |running: &RunningServer| {
            drop(lock);
            let (printer, state_dir) = (context.printer.clone(), state_dir.clone());
            let running = running.clone();
            // The server is asked for its status, and answers only after this function.
            spawn_blocking(move || {
                let status = SandboxStatus::new(&state_dir, Some(&running));
                // A closed pipe does not stop the server.
                let _ = printer.result(&status, render::sandbox_started);
                printer.note("press Ctrl-C to stop it");
            });
        };
        let options = Options {
            state_dir: state_dir.clone(),
            port: self.port,
            idle: self.idle.flatten(),
        };
        serve::until_asked_to_stop(options, ready).await
    }
}
