//! `mafia class`

mod accounts;
mod board;
mod bucket;
mod checkpoint;
mod clean;
mod deploy;
mod exec;
mod found;
mod init;
mod line;
mod logs;
mod plan;
mod play;
mod provision;
mod report;
mod reset;
mod roster_file;
mod selection;
mod status;
mod up;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

/// Provision, watch, reset and clean the stacks of a class
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class init --students 30
  mafia class plan
  mafia class up")]
pub struct Class {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Init(init::Init),
    Plan(plan::Plan),
    Up(up::Up),
    Deploy(deploy::Deploy),
    Status(status::Status),
    Board(board::Board),
    /// Show the logs of a student's functions
    #[command(
        override_usage = "mafia class logs [OPTIONS] <STUDENT> [FUNCTION]",
        after_help = "Examples:\n  mafia class logs ann\n  mafia class logs ann night --follow",
        after_long_help = "The same as `mafia logs` for the stack of a student."
    )]
    Logs(logs::ClassLogs),
    /// Play the game of a student
    #[command(
        after_help = "Examples:\n  mafia class play ann state\n  mafia class play ann auto",
        after_long_help = "The same as `mafia play` for the stack of a student.",
        // Also behind the turn.
        mut_arg("roster", |option| option.global(true)),
        mut_arg("class", |option| option.global(true))
    )]
    Play(play::ClassPlay),
    Exec(exec::Exec),
    Checkpoint(checkpoint::Checkpoint),
    Reset(reset::Reset),
    Report(report::Report),
    Clean(clean::Clean),
}

impl Class {
    /// Whether it decides itself what Ctrl-C does.
    pub fn handles_signals(&self) -> bool {
        match &self.action {
            Action::Up(_) | Action::Deploy(_) | Action::Board(_) => true,
            Action::Status(command) => command.handles_signals(),
            _ => false,
        }
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self.action {
            Action::Init(command) => command.run(context).await,
            Action::Plan(command) => command.run(context).await,
            Action::Up(command) => command.run(context).await,
            Action::Deploy(command) => command.run(context).await,
            Action::Status(command) => command.run(context).await,
            Action::Board(command) => command.run(context).await,
            Action::Logs(command) => command.run(context).await,
            Action::Play(command) => command.run(context).await,
            Action::Exec(command) => command.run(context).await,
            Action::Checkpoint(command) => command.run(context).await,
            Action::Reset(command) => command.run(context).await,
            Action::Report(command) => command.run(context).await,
            Action::Clean(command) => command.run(context).await,
        }
    }
}
