//! `mafia play`

use clap::{Args, Subcommand};

use super::interactive;
use super::turns::{note_report, random_seed, seed, wait_for_turn};
use crate::context::Context;
use crate::error::Error;
use crate::game::{GameClient, Turn, auto};
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
            None => interactive::play(context, &game).await,
            Some(Turns::New) => {
                let new = wait_for_turn(context, "new-game", game.new_game()).await?;
                print_turn(context, Turn::New(new))
            }
            Some(Turns::Night) => {
                let night = wait_for_turn(context, "night-turn", game.night()).await?;
                print_turn(context, Turn::Night(night))
            }
            Some(Turns::Day) => {
                let day = wait_for_turn(context, "day-turn", game.day()).await?;
                print_turn(context, Turn::Day(day))
            }
            Some(Turns::Judge { name }) => {
                let verdict = wait_for_turn(context, "judgement", game.judge(&name)).await?;
                print_turn(context, Turn::Judgement(verdict))
            }
            Some(Turns::State) => {
                let state = wait_for_turn(context, "game-state", game.state()).await?;
                print_turn(context, Turn::State(state))
            }
            Some(Turns::Auto { seed }) => whole_game(context, &game, seed).await,
        }
    }
}

fn print_turn(context: &Context, turn: Turn) -> Result<(), Error> {
    note_report(context, &turn);
    context.printer.result(&turn, render::turn)
}

async fn whole_game(
    context: &Context,
    game: &GameClient<'_>,
    seed: Option<u64>,
) -> Result<(), Error> {
    let printer = &context.printer;
    let seed = seed.unwrap_or_else(random_seed);
    let game = auto::play(game, seed, |turn| {
        note_report(context, turn);
        // A closed pipe or a full disk is reported with the result.
        let _ = printer.print(&format!("{}\n", render::turn(turn)));
    })
    .await?;
    printer.result(&game, render::game_over)
}
