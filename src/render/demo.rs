//! The texts of the demo, for somebody who sees all of this for the first time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::prose::paragraphs;
use super::style::bold;
use crate::game::{Turn, TurnKind};
use crate::invocation::Invocation;
use crate::sandbox::IDLE_TIMEOUT;

const WELCOME: &str = "\
Some of the players are the mafia, and only they know who they are.
At night, the mafia kills a player.
During the day, everybody blames somebody, and a judge sentences one of them.
Each turn is a Rust function on AWS Lambda.
The players are stored in a DynamoDB table.";
const IN_THE_SANDBOX: &str = "\
Everything runs on this machine, in a sandbox that is part of mafia.";

/// Where the demo plays.
pub struct Stage<'a> {
    /// How a command works on the demo's stack.
    pub invocation: &'a Invocation,
    pub in_the_sandbox: bool,
    /// The workshop folder that was made for the demo, in which its commands work.
    pub folder: Option<&'static str>,
}

impl Stage<'_> {
    pub fn welcome(&self) -> String {
        let title = bold("A game of Mafia");
        let place = if self.in_the_sandbox {
            IN_THE_SANDBOX
        } else {
            ""
        };
        paragraphs(&format!("{title}\n{WELCOME}\n{place}\n"))
    }

    /// The next commands to try, and how to delete the demo.
    pub fn what_next(&self) -> String {
        let folder = self
            .folder
            .map(|folder| (format!("cd {folder}"), "go to the game's folder"));
        let commands = [
            ("play", "be the judge yourself"),
            ("logs", "read the functions' logs"),
            ("deploy", "update the functions that you edited"),
        ];
        let commands = commands.map(|(command, what)| (self.invocation.line(command), what));
        let commands: Vec<_> = folder.into_iter().chain(commands).collect();
        let widths = commands.iter().map(|(command, _)| command.len());
        let width = widths.max().unwrap_or_default();
        let commands = commands.iter().map(|(command, what)| {
            let padding = " ".repeat(width - command.len());
            format!("  {}{padding}  {what}", bold(command))
        });
        let commands: Vec<_> = commands.collect();
        let hints = self.how_to_end();
        let end = hints.iter().map(|hint| sentence(hint));
        format!(
            "\n{}\n{}\n{}",
            bold("Next steps:"),
            commands.join("\n"),
            paragraphs(&end.collect::<Vec<_>>().join("\n"))
        )
    }

    /// What stays after the demo, and the commands that end it, as hints.
    pub fn how_to_end(&self) -> Vec<String> {
        let mut end = vec![format!(
            "run `{}` to delete the demo",
            self.invocation.line("clean")
        )];
        if self.in_the_sandbox {
            let minutes = IDLE_TIMEOUT.as_secs() / 60;
            end.push(format!(
                "the sandbox stops when it has had no requests for {minutes} minutes; run `{}` to \
                 stop it now",
                self.invocation.line("sandbox stop")
            ));
        }
        end
    }
}

/// A hint with a capital letter and a full stop.
fn sentence(hint: &str) -> String {
    let mut letters = hint.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// The text between the deployment and the game.
pub fn before_the_game() -> String {
    format!(
        "{} Now watch a whole game:\n",
        bold("The functions are deployed.")
    )
}

/// Introduces each kind of turn before the first of its kind.
#[derive(Debug, Default)]
pub struct TurnIntroductions {
    seen: [AtomicBool; 4],
}

impl TurnIntroductions {
    /// The introduction of `turn`, if it is the first of its kind.
    pub fn before(&self, turn: &Turn) -> Option<String> {
        let (index, function, does) = match &turn.turn {
            TurnKind::New(_) => (
                0,
                "new-game",
                "draws the players and secretly picks the mafia",
            ),
            TurnKind::Night(_) => (1, "night-turn", "lets the mafia kill an innocent player"),
            TurnKind::Day(_) => (2, "day-turn", "lets each living player blame somebody"),
            TurnKind::Judgement(_) => (
                3,
                "judgement",
                "sentences a player with the most votes and reveals who it was",
            ),
            TurnKind::State(_) => return None,
        };
        let seen = self.seen[index].swap(true, Ordering::Relaxed);
        (!seen).then(|| format!("{} {does}:", bold(function)))
    }
}
