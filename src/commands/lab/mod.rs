//! `mafia lab`

mod check;
mod hint;
mod list;
mod replace;
mod run;
mod show;
mod slack;
mod start;
mod workshop;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

pub(super) use workshop::{manifest, standing};

/// Learn serverless lab by lab, and check your work
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab [OPTIONS] [COMMAND]",
    after_help = "\
Examples:
  mafia lab
  mafia lab 01.2
  mafia lab check 01.2
  mafia lab hint
  mafia lab run word-count
  mafia lab slack 'hello world'",
    after_long_help = "\
Without a command, it shows where you are and how to go on, and with the name of a lab its lesson, as `mafia lab \
show` does. Your progress is kept in .mafia/progress.txt in the \
workshop folder, which `mafia init` makes."
)]
pub struct Lab {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::List),
    Show(show::Show),
    Start(start::Start),
    Check(check::Check),
    Hint(hint::Hint),
    Next(start::Next),
    Reset(replace::Reset),
    Solve(replace::Solve),
    Run(run::Run),
    Slack(slack::Slack),
}

/// Whether it is meant to name a lab, by its id or its function.
pub fn is_lab(typed: &str) -> bool {
    typed.starts_with(|c: char| c.is_ascii_digit())
        || manifest().is_ok_and(|manifest| manifest.find(typed).is_ok())
}

impl Lab {
    /// Whether the command handles Ctrl-C itself.
    pub fn handles_signals(&self) -> bool {
        matches!(self.action, Some(Action::Check(_)))
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self.action {
            None => list::go_on(context),
            Some(Action::List(command)) => command.run(context),
            Some(Action::Show(command)) => command.run(context),
            Some(Action::Start(command)) => command.run(context),
            Some(Action::Check(command)) => command.run(context).await,
            Some(Action::Hint(command)) => command.run(context),
            Some(Action::Next(command)) => command.run(context),
            Some(Action::Reset(command)) => command.run(context).await,
            Some(Action::Solve(command)) => command.run(context).await,
            Some(Action::Run(command)) => command.run(context).await,
            Some(Action::Slack(command)) => command.run(context).await,
        }
    }
}
