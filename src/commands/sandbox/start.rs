//! `mafia sandbox start`

use clap::Args;

use super::{number, serve, show};
use crate::context::Context;
use crate::error::Error;
use crate::render;
use crate::sandbox::{IDLE_TIMEOUT, SandboxStatus, blocking, launch_command};
use mafia_sandbox::lifecycle;
use mafia_sandbox::{Options, RunningServer, StateDir};

/// Start the sandbox if it is not running
#[derive(Args, Debug)]
pub struct Start {
    /// Run in the foreground until Ctrl-C
    #[arg(long)]
    foreground: bool,
    /// Port on 127.0.0.1 [default: the last one used]
    #[arg(long, value_name = "N", value_parser = port)]
    port: Option<u16>,
    /// Stop after this time without requests; 0 is never [default: 1800, in the foreground 0]
    #[arg(long, value_name = "SECONDS", value_parser = number::<u64>)]
    idle: Option<u64>,
}

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
        let idle = self.idle.map_or(Some(IDLE_TIMEOUT), serve::idle_timeout);
        let launch = launch_command(&state_dir, self.port, idle)?;
        let starting = blocking({
            let state_dir = state_dir.clone();
            move || Ok(lifecycle::ensure(&state_dir, &launch)?)
        });
        let printer = &context.printer;
        let running = printer.wait_for("starting the sandbox", starting).await?;
        match self.port.filter(|port| *port != running.port) {
            None => show(context, &state_dir, render::sandbox_started).await,
            Some(_) => Err(Error::usage(format!(
                "the sandbox is already running on port {}",
                running.port
            ))
            .hint("run `mafia sandbox stop` first to use another port")),
        }
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
            let status = SandboxStatus::new(&state_dir, Some(running));
            // A closed pipe does not stop the server.
            let _ = context.printer.result(&status, render::sandbox_started);
            context.printer.note("press Ctrl-C to stop it");
        };
        let options = Options {
            state_dir: state_dir.clone(),
            port: self.port,
            idle: self.idle.and_then(serve::idle_timeout),
        };
        serve::until_asked_to_stop(options, ready).await
    }
}

fn port(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "expected a number from 1 to 65535".to_owned())
}
