//! `mafia demo`

use clap::Args;
use serde::Serialize;

use super::deploy::Deploy;
use super::heard::Heard;
use super::turns::{note_report, random_seed};
use super::values::number;
use crate::context::Context;
use crate::deploy::Deployment;
use crate::error::Error;
use crate::game::GameClient;
use crate::game::auto::{self, FinishedGame};
use crate::options::{Origin, TargetName};
use crate::render::{self, Stage, TurnIntroductions};
use crate::target::{self, Choice};

/// Deploy to the sandbox and watch a whole game
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  mafia demo\n  mafia demo --seed 7")]
#[command(after_long_help = "\
Needs no account. The first build takes minutes: 6 to 14 with `cargo run` on two cores. After \
that, the demo takes seconds. At a terminal, it waits for Enter after each turn.
To delete the demo's stack, run `mafia clean --stack mafia-demo`. The sandbox keeps running for 30 \
minutes; to stop it at once, run `mafia sandbox stop`.
With --endpoint-url, the demo uses that server instead of the sandbox. It does not run on AWS.")]
pub struct Demo {
    /// Play the game of this seed [default: random]
    #[arg(long, value_name = "NUMBER", value_parser = number::<u64>)]
    seed: Option<u64>,
    /// Do not wait for Enter between the turns
    #[arg(long)]
    fast: bool,
}

const STACK: &str = "mafia-demo";

#[derive(Serialize)]
struct Played {
    stack: &'static str,
    deployment: Deployment,
    game: FinishedGame,
    next: String,
}

impl Demo {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if context.options.target == Some(TargetName::Aws) {
            let omit = match context.options.origin("target") {
                Some(Origin::Folder) => "use `mafia demo --target sandbox`",
                _ => "omit --target or unset MAFIA_TARGET",
            };
            return Err(Error::usage("the demo runs in the sandbox, not on AWS")
                .hint(omit)
                .hint("on AWS, run `mafia deploy`, then `mafia play auto`"));
        }
        if context.options.invocation.typed("stack").is_some() {
            return Err(
                Error::usage(format!("the demo has a stack of its own, {STACK}"))
                    .hint("omit --stack")
                    .hint("on your own stack, run `mafia deploy`, then `mafia play auto`"),
            );
        }
        let printer = &context.printer;
        let invocation = context.options.invocation.of_stack(STACK);
        let stage = Stage {
            invocation: &invocation,
            in_the_sandbox: matches!(target::choice(&context.options)?, Choice::Sandbox(_)),
        };
        for hint in stage.how_to_end() {
            printer.after_ctrl_c(hint);
        }
        printer.narrate(&stage.welcome())?;
        let (cloud, deployment) = Deploy::default().deploy(context, STACK).await?;
        printer.print(&format!("{}\n", render::deployment(&deployment)))?;

        printer.narrate(&render::before_the_game())?;
        let waits = printer.is_watched() && !self.fast;
        if waits {
            printer.wait_for_enter("Press Enter to start. ").await;
        }
        let introductions = TurnIntroductions::default();
        let seed = self.seed.unwrap_or_else(random_seed);
        let game = GameClient::new(&cloud, STACK);
        let finished = auto::play(&game, seed, async |turn| {
            Heard::of(context, &game).learn(turn, &[]);
            // A closed pipe or a full disk is reported with the result.
            if let Some(introduction) = introductions.before(turn) {
                let _ = printer.narrate(&introduction);
            }
            note_report(context, turn);
            let _ = printer.print(&format!("{}\n", render::turn(turn)));
            if waits && turn.turn.winner().is_none() {
                printer
                    .wait_for_enter("Press Enter for the next turn. ")
                    .await;
            }
        })
        .await?;
        let played = Played {
            stack: STACK,
            deployment,
            game: finished,
            next: invocation.line("play"),
        };
        printer.result(&played, |played| render::game_over(&played.game))?;
        printer.narrate(&stage.what_next())
    }
}
