//! `mafia play`

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::sitting::sitting;
use crate::context::Context;
use crate::error::Error;
use crate::game::{GameClient, GameError, Reply, Turn, auto};
use crate::render;

/// Play the game with your functions
#[derive(Args, Debug)]
#[command(after_help = "\
Without a command, you play as the judge: it is night, it is day, you judge, and so on until one \
side wins.")]
pub struct Play {
    #[command(subcommand)]
    turn: Option<Turns>,
}

#[derive(Debug, Subcommand)]
enum Turns {
    /// Start a new game
    New,
    /// Show who is alive and who is dead
    State,
    /// Let the mafia kill a player
    Night,
    /// Let every player blame another
    Day,
    /// Sentence a player
    #[command(override_usage = "mafia play judge [OPTIONS] <NAME>")]
    Judge {
        /// The player's name, in upper or lower case
        name: String,
    },
    /// Play a whole game; the judge sentences a player with the most votes
    Auto {
        /// Seed for the judge's choices [default: random]
        #[arg(long, value_name = "NUMBER", value_parser = seed)]
        seed: Option<u64>,
    },
}

impl Play {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if self.turn.is_none() && context.printer.json() {
            return Err(Error::usage("interactive play has no JSON output")
                .hint("run `mafia play auto --json` to play a whole game"));
        }
        let cloud = context.announced_cloud().await?;
        let game = GameClient {
            cloud: &cloud,
            stack: context.stack()?,
        };
        match self.turn {
            None => sitting(context, &game).await,
            Some(Turns::New) => {
                let new = taken(context, "new-game", game.new_game()).await?;
                single(context, Turn::New(new))
            }
            Some(Turns::Night) => {
                let night = taken(context, "night-turn", game.night()).await?;
                single(context, Turn::Night(night))
            }
            Some(Turns::Day) => {
                let day = taken(context, "day-turn", game.day()).await?;
                single(context, Turn::Day(day))
            }
            Some(Turns::Judge { name }) => {
                let verdict = taken(context, "judgement", game.judge(&name)).await?;
                single(context, Turn::Judgement(verdict))
            }
            Some(Turns::State) => {
                let state = taken(context, "game-state", game.state()).await?;
                single(context, Turn::State(state))
            }
            Some(Turns::Auto { seed }) => whole_game(context, &game, seed).await,
        }
    }
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "expected a whole number, such as 7".to_owned())
}

/// Waits for a turn; says so when `function` takes long.
pub(super) async fn taken<T: Serialize>(
    context: &Context,
    function: &str,
    turn: impl Future<Output = Result<Reply<T>, GameError>>,
) -> Result<Reply<T>, GameError> {
    let waiting = format!("waiting for {function}");
    context.printer.patiently(&waiting, turn).await
}

fn single(context: &Context, turn: Turn) -> Result<(), Error> {
    report(context, turn.report());
    context.printer.result(&turn, render::turn)
}

async fn whole_game(
    context: &Context,
    game: &GameClient<'_>,
    seed: Option<u64>,
) -> Result<(), Error> {
    let printer = &context.printer;
    let seed = seed.unwrap_or_else(drawn_seed);
    let game = auto::play(game, seed, |turn| {
        report(context, turn.report());
        // A closed pipe or a full disk shows again at the end.
        let _ = printer.show(&format!("{}\n", render::turn(turn)));
    })
    .await?;
    printer.result(&game, render::game_over)
}

/// One that is easily typed.
pub(super) fn drawn_seed() -> u64 {
    u64::from(rand::random::<u32>())
}

/// With `--verbose`, what Lambda reported of a call.
pub(super) fn report(context: &Context, figures: &BTreeMap<String, String>) {
    if context.printer.verbose() {
        context.printer.note(&render::report(figures));
    }
}
