//! `mafia class`

mod accounts;
mod deploy;
mod init;
mod line;
mod provision;
mod roster_file;
mod selection;
mod up;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

/// Provision, watch, reset and clean the stacks of a class
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class init --students 30
  mafia class up")]
pub struct Class {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Init(init::Init),
    Up(up::Up),
    Deploy(deploy::Deploy),
}

impl Class {
    /// Whether it decides itself what Ctrl-C does.
    pub fn handles_signals(&self) -> bool {
        matches!(self.action, Action::Up(_) | Action::Deploy(_))
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self.action {
            Action::Init(command) => command.run(context).await,
            Action::Up(command) => command.run(context).await,
            Action::Deploy(command) => command.run(context).await,
        }
    }
}
