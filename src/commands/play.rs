//! `mafia play`

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::heard::Heard;
use super::interactive;
use super::next::Done;
use super::turns::{NEW_GAME_QUESTION, agrees, note_report, random_seed, wait_for_turn};
use super::values::number;
use crate::api::Api;
use crate::context::Context;
use crate::error::Error;
use crate::game::{
    DAY_TURN, GAME_STATE, GameClient, GameError, JUDGEMENT, NEW_GAME, NIGHT_TURN, Turn, TurnKind,
    auto,
};
use crate::names;
use crate::render;

/// Play the game with your functions
#[derive(Args, Debug)]
#[command(
    after_help = "\
Examples:
  mafia play
  mafia play night
  mafia play judge Latifa
  mafia play auto --seed 7
  mafia play auto --api",
    after_long_help = "\
Without a command, you play as the judge: it is night, it is day, you judge, and so on until one \
side wins. The names of the functions work too, such as `mafia play night-turn` or `mafia play 3`."
)]
pub struct Play {
    #[command(subcommand)]
    play: Option<Plays>,
    /// Play through the API of the stack, over HTTP
    #[arg(long, global = true)]
    api: bool,
}

#[derive(Debug, Subcommand)]
enum Plays {
    #[command(flatten)]
    Turn(OneTurn),
    /// Play a whole game; the judge sentences a player with the most votes
    #[command(
        after_help = "Examples:\n  mafia play auto\n  mafia play auto --seed 7",
        after_long_help = "Where the functions use words of their own, game-state tells who is alive. If nobody is \
                           blamed in words that mafia understands, the judge sentences one of the living by chance."
    )]
    Auto {
        /// Play the game of this seed [default: random]
        #[arg(long, value_name = "NUMBER", value_parser = number::<u64>)]
        seed: Option<u64>,
    },
}

#[derive(Debug, Subcommand)]
enum OneTurn {
    /// Start a new game
    #[command(after_help = "Examples:\n  mafia play new\n  mafia play new --json")]
    New,
    /// Show who is alive and who is dead
    #[command(after_help = "Examples:\n  mafia play state\n  mafia play state --json")]
    State,
    /// Let the mafia kill a player
    #[command(after_help = "Examples:\n  mafia play night\n  mafia play night --verbose")]
    Night,
    /// Let every player blame another
    #[command(after_help = "Examples:\n  mafia play day\n  mafia play day --verbose")]
    Day,
    /// Sentence a player
    #[command(
        override_usage = "mafia play judge <NAME>",
        after_help = "Examples:\n  mafia play judge Latifa\n  mafia play judge latifa --json"
    )]
    Judge {
        /// The player's name, in upper or lower case
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: String,
    },
}

/// The turns by the functions that play them.
const TURNS: [(&str, &str); 5] = [
    (NEW_GAME, "new"),
    (GAME_STATE, "state"),
    (NIGHT_TURN, "night"),
    (DAY_TURN, "day"),
    (JUDGEMENT, "judge"),
];

/// The turn that the function plays which is called like this, in any of the ways that functions are.
pub fn turn_called(typed: &str) -> Option<&'static str> {
    match turns_called(typed)[..] {
        [turn] => Some(turn),
        _ => None,
    }
}

/// The turns of all functions that may be meant.
pub fn turns_called(typed: &str) -> Vec<&'static str> {
    let functions = names::meant(typed, TURNS.iter().map(|(function, _)| *function));
    let turns = TURNS.iter().filter(|(name, _)| functions.contains(name));
    turns.map(|(_, turn)| *turn).collect()
}

impl Play {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if self.play.is_none() && context.printer.json() {
            return Err(Error::usage("interactive play has no JSON output")
                .hint("run `mafia play auto --json` to play a whole game"));
        }
        let cloud = context.announced_cloud().await?;
        let stack = context.stack()?;
        let game = GameClient::new(&cloud, stack);
        let game = match self.api {
            true => game.through(Api::find(&cloud, stack, None).await?),
            false => game,
        };
        let turn = match self.play {
            None => return interactive::play(context, &game).await,
            Some(Plays::Auto { seed }) => return whole_game(context, &game, seed).await,
            Some(Plays::Turn(turn)) => turn,
        };
        if matches!(turn, OneTurn::New) && keeps_its_game(context, &game).await? {
            return Err(Error::failed("cancelled, the game is kept"));
        }
        match turn.played(context, &game).await {
            Err(GameError::NoGame) if offers_a_game(context).await? => {
                let new = wait_for_turn(context, "new-game", game.new_game()).await?;
                context
                    .printer
                    .print(&format!("{}\n", render::turn(&new.into())))?;
                print_turn(context, &turn.played(context, &game).await?)
            }
            played => print_turn(context, &played?),
        }
    }
}

impl OneTurn {
    async fn played(&self, context: &Context, game: &GameClient<'_>) -> Result<Turn, GameError> {
        let mut heard = Heard::of(context, game);
        let turn: Turn = match self {
            Self::New => wait_for_turn(context, "new-game", game.new_game())
                .await?
                .into(),
            Self::Night => wait_for_turn(context, "night-turn", game.night())
                .await?
                .into(),
            Self::Day => wait_for_turn(context, "day-turn", game.day()).await?.into(),
            Self::Judge { name } => {
                let verdict = wait_for_turn(context, "judgement", game.judge(name)).await?;
                verdict.into()
            }
            Self::State => {
                let mafia = game.number_of_mafia().await;
                let mut state = wait_for_turn(context, "game-state", game.state()).await?;
                heard.correct(&mut state.turn.players);
                state.turn.assess(mafia);
                state.into()
            }
        };
        heard.learn(&turn, &[]);
        Ok(turn)
    }
}

/// Whether the person wants a game where there is none.
async fn offers_a_game(context: &Context) -> Result<bool, Error> {
    let printer = &context.printer;
    if !printer.can_ask() {
        return Ok(false);
    }
    let answer = printer
        .ask("There is no game yet. Start one? [Y/n] ")
        .await?;
    Ok(answer.is_some_and(|answer| agrees(&answer)))
}

/// Whether the person wants to keep a game that is running. A script is not asked, and makes no call for it.
async fn keeps_its_game(context: &Context, game: &GameClient<'_>) -> Result<bool, Error> {
    let printer = &context.printer;
    if context.options.yes || !printer.can_ask() {
        return Ok(false);
    }
    // A new game may be what mends a table that cannot be read.
    let Ok(state) = OneTurn::State.played(context, game).await else {
        return Ok(false);
    };
    let is_running = matches!(&state.turn, TurnKind::State(state) if state.is_running());
    Ok(is_running && printer.ask_yes(NEW_GAME_QUESTION).await? == Some(false))
}

fn print_turn(context: &Context, turn: &Turn) -> Result<(), Error> {
    note_report(context, turn);
    let next = Done::Played(turn).next(context);
    context.printer.result_and_next(turn, next, render::turn)
}

async fn whole_game(
    context: &Context,
    game: &GameClient<'_>,
    seed: Option<u64>,
) -> Result<(), Error> {
    let printer = &context.printer;
    let seed = seed.unwrap_or_else(random_seed);
    let finished = auto::play(game, seed, async |turn| {
        Heard::of(context, game).learn(turn, &[]);
        note_report(context, turn);
        // A closed pipe or a full disk is reported with the result.
        let _ = printer.print(&format!("{}\n", render::turn(turn)));
    })
    .await?;
    let next = Done::PlayedAWholeGame.next(context);
    printer.result_and_next(&finished, next, render::game_over)
}
