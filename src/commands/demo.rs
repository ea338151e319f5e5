//! `mafia demo`

use clap::Args;
use serde::Serialize;

use super::deploy::Deploy;
use super::heard::{self, Heard};
use super::turns::{note_report, random_seed, seed};
use crate::context::Context;
use crate::deploy::Deployment;
use crate::error::Error;
use crate::game::GameClient;
use crate::game::auto::{self, FinishedGame};
use crate::options::TargetName;
use crate::render::{self, TurnIntroductions};
use crate::target::{self, Choice};

/// Deploy to the sandbox and watch a whole game
#[derive(Args, Debug)]
#[command(after_help = "\
Needs no account. The first build takes minutes: 6 to 14 with `cargo run` on two cores. After \
that, the demo takes seconds.
To delete the demo's stack, run `mafia clean --stack mafia-demo`. The sandbox keeps running for 30 \
minutes; to stop it at once, run `mafia sandbox stop`.
With --endpoint-url, the demo uses that server instead of the sandbox. It does not run on AWS.")]
pub struct Demo {
    /// Seed for the judge's choices [default: random]
    #[arg(long, value_name = "NUMBER", value_parser = seed)]
    seed: Option<u64>,
}

const STACK: &str = "mafia-demo";

#[derive(Serialize)]
struct Played {
    stack: &'static str,
    deployment: Deployment,
    game: FinishedGame,
}

impl Demo {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if context.options.target == Some(TargetName::Aws) {
            return Err(Error::usage("the demo runs in the sandbox, not on AWS")
                .hint("omit --target or unset MAFIA_TARGET")
                .hint("on AWS, run `mafia deploy`, then `mafia play auto`"));
        }
        let printer = &context.printer;
        let target = target::choice(&context.options)?;
        let in_the_sandbox = matches!(target, Choice::Sandbox(_));
        printer.note(&render::welcome(in_the_sandbox));
        let (cloud, deployment) = Deploy::default().deploy(context, STACK).await?;
        printer.print(&format!("{}\n", render::deployment(&deployment)))?;

        printer.note(&render::before_the_game());
        let game = GameClient {
            cloud: &cloud,
            stack: STACK,
        };
        let introductions = TurnIntroductions::default();
        let seed = self.seed.unwrap_or_else(random_seed);
        heard::forget();
        let finished = auto::play(&game, seed, |turn| {
            if let Some(introduction) = introductions.before(turn) {
                printer.note(&introduction);
            }
            note_report(context, turn);
            // A closed pipe or a full disk is reported with the result.
            let _ = printer.print(&format!("{}\n", render::turn(turn)));
        })
        .await?;
        Heard::of(&game).learn(&finished.turns);
        let played = Played {
            stack: STACK,
            deployment,
            game: finished,
        };
        printer.result(&played, |played| render::game_over(&played.game))?;
        printer.note(&render::what_next(STACK, in_the_sandbox));
        Ok(())
    }
}
