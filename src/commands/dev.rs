//! `mafia dev`: for those who write labs

use std::env;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::lab::manifest;
use crate::context::Context;
use crate::error::Error;
use crate::lab::authoring::{self, Order, ROUNDS, TrialEvent, Trials};
use crate::render;
use crate::workspace::current_folder;

/// Work on the labs of the workshop
#[derive(Args, Debug)]
pub struct Dev {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Check(Check),
    Follow(Follow),
}

/// Check that the labs do what they promise
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  mafia dev check\n  mafia dev check 01.3 --rounds 1",
    after_long_help = "\
Every file has to be listed, and there. Every starter has to compile without warnings and to fail its own check, every \
known mistake has to be found by the check that is to find it, and every solution has to pass again and again. \
The commands of the lessons have to work, one after the other, and to end in a full pass. It takes some minutes, \
in a sandbox of its own."
)]
struct Check {
    /// Try only these labs, without the lessons
    #[arg(value_name = "LAB")]
    only: Vec<String>,
    /// Folder with labs.toml, lessons and game
    #[arg(long, value_name = "FOLDER", default_value = "labs")]
    labs: PathBuf,
    /// Folder to work in; what is compiled there stays
    #[arg(long, value_name = "FOLDER", default_value = "target/dev-check")]
    work: PathBuf,
    /// How often each solution has to pass
    #[arg(long, value_name = "NUMBER", default_value_t = ROUNDS)]
    rounds: u32,
}

/// Follow the lessons of the workshop folder, and tell where they lead astray
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  mafia init lessons && cd lessons && mafia dev follow",
    after_long_help = "\
Writes into the files what each lesson says, and runs its commands, on the target of the folder. Every lesson has \
to end in a pass. Questions are answered with yes."
)]
struct Follow {
    /// Follow only these lessons
    #[arg(value_name = "LAB")]
    only: Vec<String>,
}

impl Dev {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        match self.action {
            Action::Check(command) => command.run(context).await,
            Action::Follow(command) => command.run(context).await,
        }
    }
}

impl Check {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let order = Order {
            labs: &self.labs,
            work: &self.work,
            program: &program()?,
            only: self.only,
            rounds: self.rounds,
        };
        let trials = authoring::check(&order, &shown(context)).await?;
        conclude(context, &trials)
    }
}

impl Follow {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let (folder, program) = (current_folder()?, program()?);
        let variables = context.options.environment();
        let (mut manifest, emit) = (manifest()?, shown(context));
        let is_meant = |id: &String| self.only.is_empty() || self.only.contains(id);
        manifest.labs.retain(|lab| is_meant(&lab.id));
        let trials = authoring::follow(&manifest, &folder, &program, variables, &emit).await?;
        conclude(context, &trials)
    }
}

fn program() -> Result<PathBuf, Error> {
    env::current_exe().map_err(|error| Error::failed(format!("cannot find this program: {error}")))
}

fn shown(context: &Context) -> impl Fn(TrialEvent<'_>) + Sync {
    |event| match event {
        TrialEvent::Started { lab, what } => {
            context.printer.progress(&format!("trying {lab} {what}"))
        }
        TrialEvent::Ended { .. } => context.printer.note(&render::trial(&event)),
    }
}

fn conclude(context: &Context, trials: &Trials) -> Result<(), Error> {
    let to_text = |trials: &&Trials| render::trials(trials);
    if trials.faults.is_empty() {
        return context.printer.result(&trials, to_text);
    }
    let error = Error::failed("the labs do not do what they promise")
        .hint("CONTRIBUTING.md, \"How to write a lab\", says what belongs to one");
    Err(context.printer.result_with_error(&trials, to_text, error))
}
