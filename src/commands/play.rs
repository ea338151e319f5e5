//! `mafia play`

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::context::Context;
use crate::error::Error;
use crate::game::auto::{self, Turn};
use crate::game::{Played, Table};
use crate::render;

/// Play the game through your functions
#[derive(Args, Debug)]
#[command(after_help = "Without a turn you sit down at the table: night, day, and then you judge.")]
pub struct Play {
    #[command(subcommand)]
    turn: Option<Turns>,
}

#[derive(Debug, Subcommand)]
enum Turns {
    /// Start a new game
    New,
    /// Show who lives and who is out
    State,
    /// Let the mafia kill
    Night,
    /// Let everybody blame somebody
    Day,
    /// Sentence a player
    Judge {
        /// The player's name
        name: String,
    },
    /// Play a whole game, with a judge who sentences one of those blamed most
    Auto {
        /// Of the judge's choices; drawn if not given
        #[arg(long)]
        seed: Option<u64>,
    },
}

impl Play {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if self.turn.is_none() && context.printer.json() {
            return Err(Error::usage("a sitting at the table has no JSON")
                .hint("`mafia play auto --json` plays a whole game by itself"));
        }
        let cloud = context.announced_cloud().await?;
        let table = Table {
            cloud: &cloud,
            stack: context.stack()?,
        };
        match self.turn {
            None => sitting(context, &table).await,
            Some(Turns::New) => single(context, table.new_game().await?, Turn::New),
            Some(Turns::Night) => single(context, table.night().await?, Turn::Night),
            Some(Turns::Day) => single(context, table.day().await?, Turn::Day),
            Some(Turns::Judge { name }) => {
                single(context, table.judge(&name).await?, Turn::Judgement)
            }
            Some(Turns::State) => {
                let state = table.state().await?;
                report(context, &state);
                context
                    .printer
                    .result(&state, |state| render::players(&state.turn.players))
            }
            Some(Turns::Auto { seed }) => whole_game(context, &table, seed).await,
        }
    }
}

fn single<T: Clone + Serialize>(
    context: &Context,
    played: Played<T>,
    turn: fn(Played<T>) -> Turn,
) -> Result<(), Error> {
    report(context, &played);
    context.printer.result(&turn(played), render::turn)
}

async fn whole_game(context: &Context, table: &Table<'_>, seed: Option<u64>) -> Result<(), Error> {
    let printer = &context.printer;
    let seed = seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let game = auto::play(table, seed, |turn| {
        if printer.verbose() {
            printer.note(&render::report(turn.report()));
        }
        // A closed pipe or a full disk shows again at the end.
        let _ = printer.show(&format!("{}\n", render::turn(turn)));
    })
    .await?;
    printer.result(&game, render::game_over)
}

async fn sitting(context: &Context, table: &Table<'_>) -> Result<(), Error> {
    let printer = &context.printer;
    let mut state = table.state().await?;
    if state.turn.players.is_empty() {
        show(context, Turn::New(table.new_game().await?))?;
        state = table.state().await?;
    }
    printer.show(&render::players(&state.turn.players))?;
    loop {
        let night = table.night().await?;
        let over = night.turn.winner.is_some();
        show(context, Turn::Night(night))?;
        if over {
            break;
        }
        let day = table.day().await?;
        let over = day.turn.winner.is_some();
        show(context, Turn::Day(day))?;
        if over || !judged(context, table).await? {
            break;
        }
    }
    let state = table.state().await?;
    printer.show(&render::players(&state.turn.players))
}

/// Asks whom to sentence until somebody is; false when the game is over or the judge has left.
async fn judged(context: &Context, table: &Table<'_>) -> Result<bool, Error> {
    loop {
        let question = "Who is the Mafia? (a name; Enter to let it be night again; q to leave) ";
        let Some(answer) = context.printer.ask(question).await? else {
            return Ok(false);
        };
        match answer.trim() {
            "q" => return Ok(false),
            "" => return Ok(true),
            name => match table.judge(name).await {
                Ok(verdict) => {
                    let over = verdict.turn.winner.is_some();
                    show(context, Turn::Judgement(verdict))?;
                    return Ok(!over);
                }
                Err(crate::game::GameError::Refused { reason, .. }) => {
                    context.printer.note(&reason)
                }
                Err(error) => return Err(error.into()),
            },
        }
    }
}

fn show(context: &Context, turn: Turn) -> Result<(), Error> {
    if context.printer.verbose() {
        context.printer.note(&render::report(turn.report()));
    }
    context.printer.show(&format!("\n{}", render::turn(&turn)))
}

fn report<T>(context: &Context, played: &Played<T>) {
    if context.printer.verbose() {
        context.printer.note(&render::report(&played.report));
    }
}
