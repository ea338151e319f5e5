//! `mafia demo`

use std::env;
use std::ffi::OsString;

use clap::Args;
use serde::Serialize;

use super::deploy::Deploy;
use super::heard::{self, Heard};
use super::turns::{note_report, random_seed};
use super::values::number;
use crate::context::Context;
use crate::deploy::Deployment;
use crate::error::Error;
use crate::game::GameClient;
use crate::game::auto::{self, FinishedGame};
use crate::options::{Options, TargetName};
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
}

impl Demo {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if context.options.target == Some(TargetName::Aws) {
            return Err(Error::usage("the demo runs in the sandbox, not on AWS")
                .hint("omit --target or unset MAFIA_TARGET")
                .hint("on AWS, run `mafia deploy`, then `mafia play auto`"));
        }
        let printer = &context.printer;
        let stage = Stage {
            program: program(),
            stack: STACK,
            options: typed_options(&context.options),
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
        heard::forget();
        let finished = auto::play(&game, seed, async |turn| {
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
        Heard::of(&game).learn(&finished.turns);
        let played = Played {
            stack: STACK,
            deployment,
            game: finished,
        };
        printer.result(&played, |played| render::game_over(&played.game))?;
        printer.narrate(&stage.what_next())
    }
}

/// What starts this program from the current folder, as the person has started it.
fn program() -> String {
    let is_cargos_folder = |folder: OsString| env::current_dir().is_ok_and(|here| here == folder);
    let with_cargo = env::var_os("CARGO").and(env::var_os("CARGO_MANIFEST_DIR"));
    if with_cargo.is_some_and(is_cargos_folder) {
        "cargo run --".to_owned()
    } else {
        let typed = env::args_os().next();
        typed.map_or("mafia".to_owned(), |typed| quoted(&typed.to_string_lossy()))
    }
}

/// The options that say where the stack is, but for those that an environment variable gives as well.
fn typed_options(options: &Options) -> String {
    let target = options.target.map(|_| "sandbox".to_owned());
    let folder = options
        .state_dir
        .as_ref()
        .map(|folder| folder.display().to_string());
    let given = [
        ("--target", "MAFIA_TARGET", target),
        (
            "--endpoint-url",
            "MAFIA_ENDPOINT_URL",
            options.endpoint_url.clone(),
        ),
        ("--state-dir", "MAFIA_STATE_DIR", folder),
        ("--profile", "MAFIA_PROFILE", options.profile.clone()),
        ("--region", "MAFIA_REGION", options.region.clone()),
    ];
    let typed = given.into_iter().filter_map(|(option, variable, value)| {
        let value = value.filter(|value| env::var_os(variable) != Some(value.into()))?;
        Some(format!(" {option} {}", quoted(&value)))
    });
    typed.collect()
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@%+=,".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_the_options_that_were_typed() {
        let options = Options {
            target: Some(TargetName::Sandbox),
            state_dir: Some("/tmp/Ann's game".into()),
            ..Options::default()
        };
        assert_eq!(
            typed_options(&options),
            r" --target sandbox --state-dir '/tmp/Ann'\''s game'"
        );
        assert_eq!(typed_options(&Options::default()), "");
    }
}
