//! A sitting at the game: `mafia play` without a turn. Nights and days come by themselves, and who
//! sits there judges.

use super::play::{report, taken};
use crate::context::Context;
use crate::error::Error;
use crate::game::{GameClient, GameError, Turn};
use crate::render;

const HELP: [&str; 5] = [
    "  NAME   sentence this player, in upper or lower case",
    "  Enter  sentence nobody and continue with the night",
    "  ?      show the players and this help",
    "  new    start a new game",
    "  q      quit and keep the game",
];

/// What a person wants next.
enum Wish<'a> {
    GoOn,
    Judge(&'a str),
    ShowPlayers,
    NewGame,
    Leave,
}

impl<'a> Wish<'a> {
    /// `None` is the end of input.
    fn of(answer: Option<&'a str>) -> Self {
        match answer.map(str::trim) {
            None | Some("q" | "quit" | "exit") => Self::Leave,
            Some("") => Self::GoOn,
            Some("?" | "help") => Self::ShowPlayers,
            Some("new") => Self::NewGame,
            Some(name) => Self::Judge(name),
        }
    }
}

/// How a round ended.
enum Round {
    Goes,
    Over,
    Left,
}

pub(super) async fn sitting(context: &Context, game: &GameClient<'_>) -> Result<(), Error> {
    let state = taken(context, "game-state", game.state()).await?;
    if state.turn.players.is_empty() {
        new_game(context, game).await?;
    } else {
        context
            .printer
            .show(&render::players(&state.turn.players))?;
        if !welcomed_back(context, game).await? {
            return leave(context);
        }
    }
    loop {
        match round(context, game).await? {
            Round::Goes => {}
            Round::Left => return leave(context),
            Round::Over => {
                let state = taken(context, "game-state", game.state()).await?;
                let players = render::players(&state.turn.players);
                context.printer.show(&format!("\n{players}\n"))?;
                match ask(context, "Play again? (Enter for a new game, q to quit): ")
                    .await?
                    .as_deref()
                {
                    Some("" | "new") => new_game(context, game).await?,
                    _ => return Ok(()),
                }
            }
        }
    }
}

/// Before the first night in a game that is on already: nobody is killed without being asked for.
async fn welcomed_back(context: &Context, game: &GameClient<'_>) -> Result<bool, Error> {
    let question = "\nA game is running (Enter to continue, new for a new game, q to quit): ";
    loop {
        match Wish::of(ask(context, question).await?.as_deref()) {
            Wish::GoOn => return Ok(true),
            Wish::Leave => return Ok(false),
            Wish::NewGame => {
                new_game(context, game).await?;
                return Ok(true);
            }
            Wish::ShowPlayers => players(context, game).await?,
            Wish::Judge(_) => context
                .printer
                .say("you can judge after the next night and day"),
        }
    }
}

async fn round(context: &Context, game: &GameClient<'_>) -> Result<Round, Error> {
    let night = taken(context, "night-turn", game.night()).await?;
    let over = night.turn.winner.is_some();
    show_turn(context, Turn::Night(night))?;
    if over {
        return Ok(Round::Over);
    }
    let day = taken(context, "day-turn", game.day()).await?;
    let over = day.turn.winner.is_some();
    show_turn(context, Turn::Day(day))?;
    if over {
        return Ok(Round::Over);
    }
    judgement(context, game).await
}

/// Asks until somebody is sentenced, or nobody is to be.
async fn judgement(context: &Context, game: &GameClient<'_>) -> Result<Round, Error> {
    let question = "\nWho is the mafia? Type a name (Enter for nobody, ? for help): ";
    loop {
        match Wish::of(ask(context, question).await?.as_deref()) {
            Wish::GoOn => return Ok(Round::Goes),
            Wish::Leave => return Ok(Round::Left),
            Wish::NewGame => {
                new_game(context, game).await?;
                return Ok(Round::Goes);
            }
            Wish::ShowPlayers => {
                players(context, game).await?;
                context.printer.say(&format!("\n{}", HELP.join("\n")));
            }
            Wish::Judge(name) => match taken(context, "judgement", game.judge(name)).await {
                Ok(verdict) => {
                    let over = verdict.turn.winner.is_some();
                    show_turn(context, Turn::Judgement(verdict))?;
                    return Ok(if over { Round::Over } else { Round::Goes });
                }
                Err(
                    refused @ (GameError::Refused { .. }
                    | GameError::UnknownPlayer { .. }
                    | GameError::PlayerOut { .. }),
                ) => context.printer.say(&reason(&refused)),
                Err(error) => return Err(error.into()),
            },
        }
    }
}

/// Why a name was not taken, and who may have been meant.
fn reason(refused: &GameError) -> String {
    match refused {
        GameError::UnknownPlayer {
            nearest: Some(nearest),
            ..
        } => format!("{refused}; did you mean {nearest}?"),
        refused => refused.to_string(),
    }
}

async fn new_game(context: &Context, game: &GameClient<'_>) -> Result<(), Error> {
    let new = taken(context, "new-game", game.new_game()).await?;
    show_turn(context, Turn::New(new))
}

async fn players(context: &Context, game: &GameClient<'_>) -> Result<(), Error> {
    let state = taken(context, "game-state", game.state()).await?;
    context.printer.show(&render::players(&state.turn.players))
}

async fn ask(context: &Context, question: &str) -> Result<Option<String>, Error> {
    let answer = context.printer.ask(question).await?;
    Ok(answer.map(|answer| answer.trim().to_owned()))
}

fn show_turn(context: &Context, turn: Turn) -> Result<(), Error> {
    report(context, turn.report());
    context.printer.show(&format!("\n{}", render::turn(&turn)))
}

fn leave(context: &Context) -> Result<(), Error> {
    context
        .printer
        .note("The game is kept; run `mafia play` to continue.");
    Ok(())
}
