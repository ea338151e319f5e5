//! What to do after a command that succeeded: the one place that decides it.

use std::path::Path;

use super::game_stack::beside;
use crate::context::Context;
use crate::deploy::Deployment;
use crate::functions::TableItems;
use crate::game::{self, Turn, TurnKind};
use crate::invocation::{Invocation, quoted};
use crate::lab::run::LABS;
use crate::names::{QUICKBUILD_LAB, WORD_COUNT, without_number};
use crate::status::Status;

/// A command that succeeded.
pub enum Done<'a> {
    /// A function was added.
    Added,
    /// A workshop folder was made; whether it has the finished game.
    MadeFolder(&'a Path, bool),
    Checked,
    Deployed(&'a Deployment),
    /// The stack of another lab than the game was deployed, or brought back.
    DeployedLab(LabStack<'a>),
    /// What is built is deployed, and the student works on this lab.
    DeployedInLab(&'a str),
    Undone,
    Played(&'a Turn),
    PlayedAWholeGame,
    /// A function was called, by its name in the stack.
    Called(&'a str),
    /// The sandbox runs.
    Started,
    /// The sandbox is empty.
    Emptied,
    Looked(&'a Status),
    /// The endpoints of an API were shown; the path of game-state, if it has one.
    SawApi(Option<&'a str>),
    /// The items of a table were shown, or of its index.
    Listed(&'a TableItems),
    /// All checks of a lab passed; whether other labs are left.
    PassedLab(bool),
    /// It was shown where the student is: at this lab, unless all are passed.
    AtLab(Option<&'a str>),
    /// A lab was started, or is to begin again.
    StartedLab(&'a str),
    /// A hint for this lab was shown.
    Hinted(&'a str),
    /// The files of a lab are finished; the function that it is about, if it is about one.
    Solved(Option<&'a str>),
    /// A roster was written. The option that chooses it, with a space before it, and the same below.
    WroteRoster(&'a str),
    /// What a class will take was shown.
    Planned(&'a str),
    /// A deployment was only foreseen; the arguments that make it.
    Foreseen(&'a str),
    /// The same of an undo.
    UndoForeseen(&'a str),
}

/// A stack of another lab than the game.
#[derive(Clone, Copy)]
pub struct LabStack<'a> {
    pub lab: &'a str,
    pub stack: &'a str,
}

impl LabStack<'_> {
    /// The command that shows what the lab is about.
    fn trial(self) -> Option<String> {
        let lab = self.lab;
        match lab {
            QUICKBUILD_LAB => Some("deploy --quickbuild".to_owned()),
            _ => has_trial(lab).then(|| format!("lab run {lab}")),
        }
    }

    /// How that command is typed: QuickBuild is for the game beside it.
    fn invocation(self, typed: &Invocation) -> Option<Invocation> {
        match self.lab {
            QUICKBUILD_LAB => Some(typed.of_stack(beside(self.stack, Some(self.lab))?)),
            lab => Some(typed.of_lab(lab, self.stack)),
        }
    }
}

/// Whether a command shows what the lab is about.
pub fn has_trial(lab: &str) -> bool {
    lab == QUICKBUILD_LAB || LABS.contains(&lab)
}

impl Done<'_> {
    /// The command to run next, as it has to be typed.
    pub fn next(&self, context: &Context) -> Option<String> {
        self.next_in(&self.invocation(&context.options.invocation)?)
    }

    /// How the next command is typed, for the stack that it is about.
    fn invocation(&self, typed: &Invocation) -> Option<Invocation> {
        match self {
            Self::DeployedLab(of_lab) => of_lab.invocation(typed),
            Self::Looked(Status {
                stack_lab: Some(lab),
                stack,
                ..
            }) => Some(typed.of_lab(lab, stack)),
            _ => Some(typed.clone()),
        }
    }

    /// The same for another stack or lab than the options say.
    pub fn next_in(&self, invocation: &Invocation) -> Option<String> {
        let command = self.follows()?;
        Some(match self {
            Self::MadeFolder(folder, _) => {
                let folder = quoted(&folder.to_string_lossy());
                format!(
                    "cd {folder} && {}",
                    invocation.from_anywhere().line(&command)
                )
            }
            _ => invocation.line(&command),
        })
    }

    /// The command without the program and the global options.
    fn follows(&self) -> Option<String> {
        let command = match self {
            Self::Added
            | Self::Checked
            | Self::Emptied
            | Self::Started
            | Self::MadeFolder(_, true) => "deploy",
            Self::MadeFolder(_, false) => "lab",
            Self::Deployed(deployment) if deployment.functions.is_empty() => return None,
            Self::Deployed(deployment) => {
                let functions = deployment.functions.iter();
                return Some(play_or_call(functions.map(|it| it.function.as_str())));
            }
            Self::DeployedLab(of_lab) => return of_lab.trial(),
            Self::Undone | Self::PassedLab(false) | Self::AtLab(None) => "play",
            Self::PassedLab(true) => "lab next",
            Self::AtLab(Some(lab)) | Self::StartedLab(lab) => {
                return Some(format!("lab show {lab}"));
            }
            Self::Hinted(lab) | Self::DeployedInLab(lab) => {
                return Some(format!("lab check {lab}"));
            }
            Self::Solved(Some(function)) => return Some(format!("deploy {function}")),
            Self::Solved(None) => "deploy",
            Self::Played(turn) => match turn.task() {
                Some(lab) => return Some(format!("lab show {lab}")),
                None => after_turn(&turn.turn),
            },
            Self::PlayedAWholeGame => "play",
            Self::Called(function) => return Some(format!("logs {}", without_number(function))),
            Self::Looked(status) => return after_look(status),
            Self::SawApi(path) => return path.map(|path| format!("api call GET {path}")),
            Self::Listed(items) => return after_items(items),
            Self::WroteRoster(choice) => return Some(format!("class plan{choice}")),
            Self::Planned(choice) => return Some(format!("class up{choice}")),
            Self::Foreseen(arguments) => return Some(format!("deploy{arguments}")),
            Self::UndoForeseen(arguments) => return Some(format!("undo{arguments}")),
        };
        Some(command.to_owned())
    }
}

/// An index beside its table shows what it leaves out. After both, nothing follows: the table again would go
/// round in a circle.
fn after_items(items: &TableItems) -> Option<String> {
    match (&items.index, items.indexes.first()) {
        (None, Some(first)) if !items.items.is_empty() => {
            Some(format!("table --index {}", quoted(first)))
        }
        _ => None,
    }
}

/// A stack without the game's functions is not played.
fn play_or_call<'a>(mut functions: impl Iterator<Item = &'a str> + Clone) -> String {
    match functions.next() {
        None => "play".to_owned(),
        Some(first) if is_of_the_game(first) || functions.clone().any(is_of_the_game) => {
            "play".to_owned()
        }
        Some(WORD_COUNT) => SAY.to_owned(),
        Some(_) if functions.any(|it| it == WORD_COUNT) => SAY.to_owned(),
        Some(first) => format!("invoke {}", without_number(first)),
    }
}

/// What the word counter counts.
const SAY: &str = "lab slack 'hello world'";

fn is_of_the_game(function: &str) -> bool {
    [
        game::NEW_GAME,
        game::GAME_STATE,
        game::NIGHT_TURN,
        game::DAY_TURN,
        game::JUDGEMENT,
    ]
    .contains(&function)
}

fn after_turn(turn: &TurnKind) -> &'static str {
    if turn.winner().is_some() {
        return "play new";
    }
    match turn {
        TurnKind::New(_) | TurnKind::Judgement(_) => "play night",
        TurnKind::Night(_) => "play day",
        TurnKind::Day(_) => "play judge NAME",
        TurnKind::State(state) if state.players.is_empty() => "play new",
        TurnKind::State(state) if game::is_day(&state.players) => "play judge NAME",
        TurnKind::State(_) => "play night",
    }
}

fn after_look(status: &Status) -> Option<String> {
    use crate::status::Remedy::{Clean, Deploy, Play, Wait};
    match status.remedy? {
        Deploy => Some(match &status.stack_lab {
            Some(lab) => format!("deploy --lab {lab}"),
            None => "deploy".to_owned(),
        }),
        Wait => Some("status".to_owned()),
        Clean => Some("clean".to_owned()),
        Play if status.stack_lab.is_some() && status.functions.is_empty() => None,
        Play => {
            let functions = status.functions.iter().filter(|it| it.deployed);
            let is_over = status.game.as_ref().is_some_and(|it| it.winner.is_some());
            match play_or_call(functions.map(|it| it.function.as_str())) {
                play if play == "play" && is_over => Some("play new".to_owned()),
                command => Some(command),
            }
        }
    }
}

#[cfg(test)]
#[path = "next_tests.rs"]
mod tests;
