//! `mafia class`

mod init;
mod roster_file;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

/// Provision, watch, reset and clean the stacks of a class
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class init --students 30")]
pub struct Class {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Init(init::Init),
}

impl Class {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self.action {
            Action::Init(command) => command.run(context).await,
        }
    }
}
