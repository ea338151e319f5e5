//! `mafia play` without a turn: the person is the judge of a game.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::turns::{note_report, wait_for_turn};
use crate::context::Context;
use crate::error::Error;
use crate::game::{GameClient, GameError, Player, Told, Turn};
use crate::render;

const HELP: [&str; 5] = [
    "  NAME   sentence this player, in upper or lower case",
    "  Enter  sentence nobody and continue with the night",
    "  ?      show the players and this help",
    "  new    start a new game",
    "  q      quit and keep the game",
];

/// A line that was typed.
enum Input<'a> {
    Continue,
    Judge(&'a str),
    Help,
    NewGame,
    Quit,
}

impl<'a> Input<'a> {
    /// `None` is the end of input.
    fn parse(line: Option<&'a str>) -> Self {
        match line.map(str::trim) {
            None | Some("q" | "quit" | "exit") => Self::Quit,
            Some("") => Self::Continue,
            Some("?" | "help") => Self::Help,
            Some("new") => Self::NewGame,
            Some(name) => Self::Judge(name),
        }
    }
}

/// How a round ended.
enum RoundEnd {
    NextRound,
    GameOver,
    Quit,
}

/// Plays until the person quits.
pub async fn play(context: &Context, game: &GameClient<'_>) -> Result<(), Error> {
    let told = Mutex::default();
    Interactive {
        context,
        game,
        told,
    }
    .run()
    .await
}

struct Interactive<'a> {
    context: &'a Context,
    game: &'a GameClient<'a>,
    told: Mutex<Told>,
}

impl Interactive<'_> {
    async fn run(&self) -> Result<(), Error> {
        let players = self.read_players().await?;
        if players.is_empty() {
            self.new_game().await?;
        } else {
            self.print(&render::players(&players))?;
            if !self.resume().await? {
                return self.quit();
            }
        }
        loop {
            match self.round().await? {
                RoundEnd::NextRound => {}
                RoundEnd::Quit => return self.quit(),
                RoundEnd::GameOver => {
                    let players = self.read_players().await?;
                    self.print(&format!("\n{}\n", render::players(&players)))?;
                    let question = "Play again? (Enter for a new game, q to quit): ";
                    match self.ask(question).await?.as_deref() {
                        Some("" | "new") => self.new_game().await?,
                        _ => return Ok(()),
                    }
                }
            }
        }
    }

    /// Asks what to do with a running game, before anybody is killed in it. False to quit.
    async fn resume(&self) -> Result<bool, Error> {
        let question = "\nA game is running (Enter to continue, new for a new game, q to quit): ";
        loop {
            match Input::parse(self.ask(question).await?.as_deref()) {
                Input::Continue => return Ok(true),
                Input::Quit => return Ok(false),
                Input::NewGame => {
                    self.new_game().await?;
                    return Ok(true);
                }
                Input::Help => self.players().await?,
                Input::Judge(_) => self.respond("you can judge after the next night and day"),
            }
        }
    }

    async fn round(&self) -> Result<RoundEnd, Error> {
        let night = wait_for_turn(self.context, "night-turn", self.game.night()).await?;
        let over = night.turn.winner.is_some();
        self.print_turn(Turn::Night(night))?;
        if over {
            return Ok(RoundEnd::GameOver);
        }
        let day = wait_for_turn(self.context, "day-turn", self.game.day()).await?;
        let over = day.turn.winner.is_some();
        self.print_turn(Turn::Day(day))?;
        if over {
            return Ok(RoundEnd::GameOver);
        }
        self.judgement().await
    }

    /// Asks until a player is sentenced, or the person wants something else.
    async fn judgement(&self) -> Result<RoundEnd, Error> {
        let question = "\nWho is the mafia? Type a name (Enter for nobody, ? for help): ";
        loop {
            match Input::parse(self.ask(question).await?.as_deref()) {
                Input::Continue => return Ok(RoundEnd::NextRound),
                Input::Quit => return Ok(RoundEnd::Quit),
                Input::NewGame => {
                    self.new_game().await?;
                    return Ok(RoundEnd::NextRound);
                }
                Input::Help => {
                    self.players().await?;
                    self.respond(&format!("\n{}", HELP.join("\n")));
                }
                Input::Judge(name) => {
                    if let Some(end) = self.judge(name).await? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    /// `None` when the name was refused.
    async fn judge(&self, name: &str) -> Result<Option<RoundEnd>, Error> {
        match wait_for_turn(self.context, "judgement", self.game.judge(name)).await {
            Ok(verdict) => {
                let over = verdict.turn.winner.is_some();
                self.print_turn(Turn::Judgement(verdict))?;
                Ok(Some(if over {
                    RoundEnd::GameOver
                } else {
                    RoundEnd::NextRound
                }))
            }
            Err(
                refused @ (GameError::Refused { .. }
                | GameError::UnknownPlayer { .. }
                | GameError::PlayerOut { .. }),
            ) => {
                self.respond(&with_suggestion(&refused));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn new_game(&self) -> Result<(), Error> {
        let new = wait_for_turn(self.context, "new-game", self.game.new_game()).await?;
        self.print_turn(Turn::New(new))
    }

    async fn players(&self) -> Result<(), Error> {
        self.print(&render::players(&self.read_players().await?))
    }

    /// The players as game-state shows them, and as the turns have told since.
    async fn read_players(&self) -> Result<Vec<Player>, Error> {
        let state = wait_for_turn(self.context, "game-state", self.game.state()).await?;
        let mut players = state.turn.players;
        self.told().correct(&mut players);
        Ok(players)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, question: &str) -> Result<Option<String>, Error> {
        let answer = self.context.printer.ask(question).await?;
        Ok(answer.map(|answer| answer.trim().to_owned()))
    }

    fn print_turn(&self, turn: Turn) -> Result<(), Error> {
        note_report(self.context, &turn);
        self.told().learn(&turn);
        self.print(&format!("\n{}", render::turn(&turn)))
    }

    fn print(&self, text: &str) -> Result<(), Error> {
        self.context.printer.print(text)
    }

    fn respond(&self, text: &str) {
        self.context.printer.note_always(text);
    }

    fn quit(&self) -> Result<(), Error> {
        let printer = &self.context.printer;
        printer.note("The game is kept; run `mafia play` to continue.");
        Ok(())
    }
}

/// The reason for the refusal, and the player who may have been meant.
fn with_suggestion(refused: &GameError) -> String {
    match refused {
        GameError::UnknownPlayer {
            nearest: Some(nearest),
            ..
        } => format!("{refused}; did you mean {nearest}?"),
        refused => refused.to_string(),
    }
}
