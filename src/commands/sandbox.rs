//! `mafia sandbox`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;
use crate::sandbox::{self, Home};

/// The embedded AWS on this machine: start, stop, look into it
#[derive(Args, Debug)]
pub struct Sandbox {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Start(Start),
    /// What a sandbox starts beside itself: it ends the functions of one that was killed
    #[command(hide = true)]
    Reap,
}

/// Start the sandbox, unless it runs
#[derive(Args, Debug)]
struct Start {
    /// Stay in the foreground, until Ctrl-C
    #[arg(long)]
    foreground: bool,
    /// Listen on this port of 127.0.0.1
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Where the sandbox keeps everything
    #[arg(long, value_name = "DIR", default_value = ".mafia/sandbox")]
    state_dir: PathBuf,
}

impl Sandbox {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let start = match self.action {
            Action::Start(start) => start,
            Action::Reap => {
                sandbox::reap();
                return Ok(());
            }
        };
        let options = sandbox::Options {
            home: Home::new(&start.state_dir),
            port: start.port,
            idle: None,
        };
        let ready = |running: &sandbox::Running| context.printer.note(&running.url());
        sandbox::serve(options, ready, std::future::pending())
            .await
            .map_err(|error| Error::failed(error.to_string()))
    }
}
