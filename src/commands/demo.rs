//! `mafia demo`

use std::env;
use std::path::Path;

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
use crate::lab::{content, ready};
use crate::options::{FILE as SETTINGS, Origin, Settings, TargetName};
use crate::render::{self, Stage, TurnIntroductions};
use crate::target::{self, Choice};
use crate::workspace::{self, NewFolder, current_folder};

/// Deploy to the sandbox and watch a whole game
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  mafia demo\n  mafia demo --seed 7")]
#[command(after_long_help = "\
Needs no account. The first build takes minutes: 6 to 14 with `cargo run` on two cores. After \
that, the demo takes seconds. An installed mafia has the game ready built, and makes a workshop folder \
`mafia-demo` for it if you are in none. At a terminal, it waits for Enter after each turn.
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
/// The workshop folder that the demo makes where there is none.
const FOLDER: &str = "mafia-demo";

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
        let folder = enter_finished_game()?;
        let invocation = match folder {
            Some(_) => context.options.invocation.from_anywhere(),
            None => context.options.invocation.clone(),
        };
        let invocation = invocation.of_stack(STACK);
        let stage = Stage {
            invocation: &invocation,
            folder,
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

/// Where there is no workspace and the functions are ready built: goes into a workshop folder with
/// the finished game, and makes it if an earlier demo has not.
fn enter_finished_game() -> Result<Option<&'static str>, Error> {
    if ready::folder().is_none() || workspace::root(&current_folder()?).is_some() {
        return Ok(None);
    }
    let folder = Path::new(FOLDER);
    if !folder.join(SETTINGS).is_file() {
        let new = NewFolder::at(folder)?;
        for (path, bytes) in content::finished_files() {
            new.write(&path, &bytes)?;
        }
        new.write(SETTINGS, Settings::default().text().as_bytes())?;
        new.finish()?;
    }
    env::set_current_dir(folder).map_err(|error| {
        Error::usage(format!("cannot use the folder {FOLDER}: {error}"))
            .hint("remove it, or start the demo in another folder")
    })?;
    Ok(Some(FOLDER))
}
