//! The texts of the demo, for somebody who sees all of this for the first time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::prose::paragraphs;
use super::style::{bold, hint};
use crate::game::{Turn, TurnKind};
use crate::sandbox::IDLE_TIMEOUT;

const WELCOME: &str = "\
Some of the players are the mafia, and only they know who they are. At night, \
the mafia kills a player. During the day, everybody blames somebody, and a judge \
sentences one of them. Each turn is a Rust function on AWS Lambda, and the \
players are stored in a DynamoDB table.";
const IN_THE_SANDBOX: &str = "\
Everything runs on this machine, in a sandbox that is part of mafia.";

/// The introduction; `in_the_sandbox` says that everything runs on this machine.
pub fn welcome(in_the_sandbox: bool) -> String {
    let title = bold("A game of Mafia");
    let place = if in_the_sandbox { IN_THE_SANDBOX } else { "" };
    paragraphs(format!("{title}\n{WELCOME}\n{place}").trim_end())
}

/// The text between the deployment and the game.
pub fn before_the_game() -> String {
    paragraphs(&format!(
        "{} Now watch a whole game:",
        bold("The functions are deployed.")
    ))
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
        (!seen).then(|| paragraphs(&hint(format!("{function} {does}:"))))
    }
}

/// The next commands to try, and how to delete the demo; `in_the_sandbox` as in [`welcome`].
pub fn what_next(stack: &str, in_the_sandbox: bool) -> String {
    // As the demo was started: with `cargo run`, nothing may be installed.
    let mafia = if std::env::var_os("CARGO").is_some() {
        "cargo run --"
    } else {
        "mafia"
    };
    let commands = [
        ("play", "be the judge yourself"),
        ("logs", "read the functions' logs"),
        ("deploy", "update the functions that you edited"),
    ];
    let commands = commands.map(|(command, what)| {
        let command = format!("{mafia} {command} --stack {stack}");
        let width = mafia.len() + " deploy --stack ".len() + stack.len();
        format!("  {}  {what}", bold(format!("{command:width$}")))
    });
    let mut end = format!("To delete the demo, run `{mafia} clean --stack {stack}`.");
    if in_the_sandbox {
        let minutes = IDLE_TIMEOUT.as_secs() / 60;
        end += &format!(
            "\nThe sandbox stops when it has had no requests for {minutes} minutes. To stop it now, \
             run `{mafia} sandbox stop`."
        );
    }
    format!(
        "\n{}\n{}\n{}",
        bold("Next steps:"),
        commands.join("\n"),
        paragraphs(&end)
    )
}
