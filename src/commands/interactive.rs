//! `mafia play` without a turn: the person is the judge of a game.

use super::heard::Heard;
use super::turns::{NEW_GAME_QUESTION, agrees, note_report, says_yes, wait_for_turn};
use crate::context::Context;
use crate::error::Error;
use crate::game::{
    GameClient, GameError, Meant, Player, Reply, State, Turn, Winner, is_day, mafia_left, meant,
};
use crate::render::{self, Conversation};
use crate::wording::alternatives;

const HELP: [&str; 5] = [
    "  NAME   sentence this player; its beginning is enough, and Tab completes it",
    "  skip   sentence nobody and continue with the night",
    "  state  show the players",
    "  new    start a new game",
    "  quit   quit and keep the game",
];

/// The words that are no names.
const COMMANDS: [&str; 5] = ["skip", "state", "help", "new", "quit"];

/// A line that was typed.
enum Input<'a> {
    Nothing,
    Name(&'a str),
    Night,
    Skip,
    State,
    Help,
    NewGame,
    Quit,
}

impl<'a> Input<'a> {
    /// `None` is the end of input.
    fn parse(line: Option<&'a str>) -> Self {
        let Some(line) = line else {
            return Self::Quit;
        };
        match line.to_lowercase().as_str() {
            "" => Self::Nothing,
            "night" => Self::Night,
            "skip" => Self::Skip,
            "state" => Self::State,
            "help" | "?" => Self::Help,
            "new" => Self::NewGame,
            "quit" | "q" | "exit" => Self::Quit,
            _ => Self::Name(without_judge(line)),
        }
    }
}

/// `NAME` of `judge NAME`, which is how the command outside is typed.
fn without_judge(line: &str) -> &str {
    match line.split_once(char::is_whitespace) {
        Some((word, name)) if word.eq_ignore_ascii_case("judge") => name.trim_start(),
        _ => line,
    }
}

/// Where the game goes on.
enum Next {
    Night,
    Day,
    Over(Winner),
    Quit,
    Done,
}

/// Plays until the person quits.
pub async fn play(context: &Context, game: &GameClient<'_>) -> Result<(), Error> {
    let mut sitting = Sitting {
        context,
        game,
        conversation: context.printer.conversation(),
        players: Vec::new(),
        heard: Heard::of(context, game),
        mafia: None,
    };
    let mut next = sitting.begin().await?;
    loop {
        next = match next {
            Next::Night => sitting.night().await?,
            Next::Day => sitting.day().await?,
            Next::Over(winner) => sitting.over(winner).await?,
            Next::Quit => {
                let play = context.options.invocation.line("play");
                let note = format!("The game is kept; run `{play}` to continue.");
                context.printer.note(&note);
                return Ok(());
            }
            Next::Done => return Ok(()),
        };
    }
}

struct Sitting<'a> {
    context: &'a Context,
    game: &'a GameClient<'a>,
    conversation: Conversation,
    /// The players, as far as the turns have told.
    players: Vec<Player>,
    heard: Heard,
    /// The number of mafia that the game began with, if it is known.
    mafia: Option<usize>,
}

impl Sitting<'_> {
    /// Starts a game, or resumes the one that is running.
    async fn begin(&mut self) -> Result<Next, Error> {
        self.mafia = self.game.number_of_mafia().await;
        let state = self.state().await?;
        if state.turn.players.is_empty() && state.expected.is_none() {
            return self.new_game().await;
        }
        self.players.clone_from(&state.turn.players);
        let winner = state.turn.winner;
        self.print(&render::turn(&state.into()))?;
        match winner {
            Some(_) => self.again().await,
            None if is_day(&self.players) => Ok(Next::Day),
            None => self.resume().await,
        }
    }

    /// Asks what to do with a running game, before anybody is killed in it.
    async fn resume(&mut self) -> Result<Next, Error> {
        self.respond(match self.players.is_empty() {
            true => "\nWhether a game is running cannot be seen.",
            false => "\nA game is running, and night comes.",
        });
        loop {
            let line = self.ask("Enter to continue, new, quit: ", &["new", "quit"]);
            match Input::parse(line.await?.as_deref()) {
                Input::Nothing | Input::Night => return Ok(Next::Night),
                Input::Quit => return Ok(Next::Quit),
                Input::NewGame if self.insists(NEW_GAME_QUESTION).await? => {
                    return self.new_game().await;
                }
                Input::NewGame => {}
                Input::Help | Input::State => self.show_players().await?,
                Input::Skip | Input::Name(_) => {
                    self.respond("you can judge after the next night and day");
                }
            }
        }
    }

    async fn night(&mut self) -> Result<Next, Error> {
        let night = wait_for_turn(self.context, "night-turn", self.game.night()).await?;
        self.called(night.into(), Next::Day).await
    }

    async fn day(&mut self) -> Result<Next, Error> {
        let next = match self.heard.day(&self.living()) {
            Some(answer) => {
                self.respond("\nIt is still day. You have heard this:");
                let day = self.game.answered_day(answer)?;
                self.show(day.into(), Next::Night).await?
            }
            None => {
                let day = wait_for_turn(self.context, "day-turn", self.game.day()).await?;
                self.called(day.into(), Next::Night).await?
            }
        };
        match next {
            Next::Night => self.judgement().await,
            over => Ok(over),
        }
    }

    /// Asks until a player is sentenced, or the person wants something else.
    async fn judgement(&mut self) -> Result<Next, Error> {
        if let Some(left) = self
            .mafia
            .and_then(|mafia| mafia_left(&self.players, mafia))
        {
            self.context
                .printer
                .note(&format!("\n{}", render::to_reason(left)));
        }
        self.respond("");
        loop {
            let living = self.living();
            let mut words: Vec<&str> = living.iter().map(String::as_str).collect();
            words.extend(COMMANDS);
            let line = self.ask("Name, skip or help: ", &words).await?;
            let name = match Input::parse(line.as_deref()) {
                Input::Nothing | Input::Night => {
                    self.respond("type a name to sentence that player, or skip to sentence nobody");
                    continue;
                }
                Input::Skip => return Ok(Next::Night),
                Input::Quit => return Ok(Next::Quit),
                Input::NewGame if self.insists(NEW_GAME_QUESTION).await? => {
                    return self.new_game().await;
                }
                Input::NewGame => continue,
                Input::State => {
                    self.show_players().await?;
                    continue;
                }
                Input::Help => {
                    self.respond(&HELP.join("\n"));
                    continue;
                }
                Input::Name(typed) => match self.chosen(typed, &living).await? {
                    Some(name) => name,
                    None => continue,
                },
            };
            if let Some(next) = self.judge(name).await? {
                return Ok(next);
            }
        }
    }

    /// Who is to be judged, if the person has made that clear.
    async fn chosen<'n>(
        &mut self,
        typed: &'n str,
        living: &'n [String],
    ) -> Result<Option<&'n str>, Error> {
        let (name, is_sure) = match meant(typed, living) {
            Meant::Exactly(name) => (name, true),
            Meant::Unknown => (typed, true),
            Meant::Beginning(name) => {
                let answer = self.ask(&format!("Judge {name}? [Y/n] "), &[]).await?;
                (name, answer.is_some_and(|answer| agrees(&answer)))
            }
            // Enter alone sentences nobody who was only guessed.
            Meant::Perhaps(name) => {
                self.respond(&format!("did you mean {name}?"));
                (name, self.insists(&format!("Judge {name}?")).await?)
            }
            Meant::AnyOf(names) => {
                let names = alternatives(&names);
                self.respond(&format!("{typed} could be {names}"));
                return Ok(None);
            }
        };
        Ok(is_sure.then_some(name))
    }

    /// Whether the answer is more than Enter.
    async fn insists(&mut self, question: &str) -> Result<bool, Error> {
        let answer = self.ask(&format!("{question} [y/N] "), &[]).await?;
        Ok(answer.is_some_and(|answer| says_yes(&answer)))
    }

    /// `None` when the name was refused.
    async fn judge(&mut self, name: &str) -> Result<Option<Next>, Error> {
        match wait_for_turn(self.context, "judgement", self.game.judge(name)).await {
            Ok(verdict) => self.called(verdict.into(), Next::Night).await.map(Some),
            Err(
                refused @ (GameError::Refused { .. }
                | GameError::UnknownPlayer { .. }
                | GameError::PlayerOut { .. }),
            ) => {
                self.respond(&refused.to_string());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn over(&mut self, winner: Winner) -> Result<Next, Error> {
        let mut end = self.state().await?;
        end.turn.finish(winner);
        self.print(&format!("\n{}", render::turn(&end.into())))?;
        self.again().await
    }

    async fn again(&mut self) -> Result<Next, Error> {
        self.respond("");
        match self.ask("Play again? [Y/n] ", &[]).await? {
            Some(answer) if agrees(&answer) || answer == "new" => self.new_game().await,
            _ => Ok(Next::Done),
        }
    }

    async fn new_game(&mut self) -> Result<Next, Error> {
        let new = wait_for_turn(self.context, "new-game", self.game.new_game()).await?;
        self.mafia = self.game.number_of_mafia().await;
        self.players = new
            .turn
            .players
            .iter()
            .map(|name| Player::new(name))
            .collect();
        self.called(new.into(), Next::Night).await
    }

    fn living(&self) -> Vec<String> {
        let living = self.players.iter().filter(|player| player.is_alive());
        living.map(|player| player.name.clone()).collect()
    }

    /// The players as game-state shows them, and as the turns have told since.
    async fn state(&self) -> Result<Reply<State>, GameError> {
        let mut state = wait_for_turn(self.context, "game-state", self.game.state()).await?;
        self.heard.correct(&mut state.turn.players);
        state.turn.assess(self.mafia);
        Ok(state)
    }

    async fn show_players(&self) -> Result<(), Error> {
        let state = self.state().await?;
        self.print(&render::turn(&state.into()))
    }

    /// Shows a turn after its call, and goes on.
    async fn called(&mut self, turn: Turn, next: Next) -> Result<Next, Error> {
        note_report(self.context, &turn);
        self.show(turn, next).await
    }

    /// Shows a turn, and goes on with `next` unless the game is over.
    async fn show(&mut self, turn: Turn, next: Next) -> Result<Next, Error> {
        let living = self.living();
        self.heard.learn(&turn, &living);
        self.heard.correct(&mut self.players);
        self.print(&format!("\n{}", render::turn(&turn)))?;
        let mut winner = turn.turn.winner();
        if turn.turn.changes_players() && !turn.turn.is_clear() {
            winner = self.ask_who_lives().await;
        }
        Ok(winner.map_or(next, Next::Over))
    }

    /// Asks game-state what a turn did, where its own lines were not understood. Without its answer, the sitting
    /// goes on with what is known.
    async fn ask_who_lives(&mut self) -> Option<Winner> {
        let state = self.state().await.ok()?;
        if state.expected.is_none() {
            self.players = state.turn.players;
        }
        state.turn.winner
    }

    async fn ask(&mut self, question: &str, words: &[&str]) -> Result<Option<String>, Error> {
        let printer = &self.context.printer;
        let line = printer
            .ask_in(&mut self.conversation, question, words)
            .await?;
        Ok(line.map(|line| line.trim().to_owned()))
    }

    fn print(&self, text: &str) -> Result<(), Error> {
        self.context.printer.print(text)
    }

    fn respond(&self, text: &str) {
        self.context.printer.respond(text);
    }
}
