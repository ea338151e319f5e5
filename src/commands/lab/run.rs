//! `mafia lab run`

use clap::Args;

use crate::cloud::{Cloud, Stack};
use crate::context::Context;
use crate::deploy;
use crate::error::Error;
use crate::functions::FindError;
use crate::lab::check::rests;
use crate::lab::run::{self, LABS, RunEvent};
use crate::names::{QUICKBUILD_LAB, WORD_COUNT_LAB};
use crate::render;
use crate::wording::{DEPLOY_WORD_COUNT, known_names, nearest};

/// QuickBuild is no system: it is there for the deployments of the game.
const USE_QUICKBUILD: &str = "deploy it with `mafia deploy --lab quickbuild`, edit a function of the game, and run \
                              `mafia deploy --quickbuild --explain`, which uses it";

/// Show that the deployed system of a lab works
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab run [OPTIONS] <NAME>",
    after_help = "\
Examples:
  mafia lab run word-count
  mafia lab run web --stack ann-web",
    after_long_help = "\
Takes a few steps with the deployed system, and says of each what was done and what answered. Deploy it before, with \
`mafia deploy --lab NAME`.

  word-count       says a word twice: it counts 1, and then 12
  command-channel  sends a command twice: it becomes one event, one destination
  operations       sends an event and a poisoned message through a queue
  web              opens the page, and plays as a user that it makes and deletes

What the steps put there stays, under names that no other run has. The exit code is 0 if all steps give what is \
expected, and 1 otherwise."
)]
pub struct Run {
    /// Lab: command-channel, operations, web or word-count
    #[arg(value_name = "NAME")]
    system: String,
}

impl Run {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let lab = self.system.as_str();
        if !LABS.contains(&lab) {
            let error = Error::usage(format!("there is no system {lab} to run"));
            return Err(match lab {
                QUICKBUILD_LAB => error.hint(USE_QUICKBUILD),
                _ => error.hints(known_names(
                    "systems",
                    &LABS.map(str::to_owned),
                    nearest(lab, LABS),
                )),
            });
        }
        let context = &context.of_lab(lab)?;
        let cloud = context.announced_cloud().await?;
        let stack = stack(context, &cloud, lab).await?;
        deploy::check_lab(&stack, Some(lab))?;
        rests(&stack)?;
        show(context, &cloud, &stack, lab).await
    }
}

async fn stack(context: &Context, cloud: &Cloud, lab: &str) -> Result<Stack, Error> {
    let name = context.stack()?;
    if let Some(stack) = deploy::game(cloud, name, false).await? {
        return Ok(stack);
    }
    let missing = FindError::NoStack {
        stack: name.to_owned(),
        target: cloud.target().to_string(),
    };
    let hint = match lab {
        WORD_COUNT_LAB => format!("run `{DEPLOY_WORD_COUNT}` to create it"),
        _ => format!("run `mafia deploy --lab {lab}` to create it"),
    };
    Err(Error::failed(missing.to_string()).hint(hint))
}

async fn show(context: &Context, cloud: &Cloud, stack: &Stack, lab: &str) -> Result<(), Error> {
    let printer = &context.printer;
    let emit = |event: RunEvent<'_>| match event {
        RunEvent::Waiting(what) => printer.progress(&format!("waiting {what}")),
        // Who has closed the pipe reads none of it.
        RunEvent::Ended(step) => {
            let _ = printer.print(&render::run_step(step));
        }
    };
    let (report, stopped) = run::run(cloud, stack, lab, &emit).await;
    match stopped {
        None => printer.result(&report, render::run_report),
        Some(stopped) => {
            let error = Error::from(stopped);
            Err(printer.result_with_error(&report, |_| String::new(), error))
        }
    }
}
