//! `mafia lab`

mod check;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

/// Learn serverless lab by lab, and check your work
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia lab check 01.2")]
pub struct Lab {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Check(check::Check),
}

impl Lab {
    /// Whether the command handles Ctrl-C itself.
    pub fn handles_signals(&self) -> bool {
        match self.action {
            Action::Check(_) => true,
        }
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self.action {
            Action::Check(command) => command.run(context).await,
        }
    }
}
