//! The turns and the players of a game.

use std::collections::BTreeMap;

use super::style::{bold, dim};
use super::table::Table;
use crate::game::auto::FinishedGame;
use crate::game::{Accusation, Day, Player, State, Turn, TurnKind, Winner};
use crate::names::short_name;
use crate::wording::{count, shortened};

/// How to reason about who is mafia.
const HOW_TO_REASON: &str = "They never blame their own.";

/// The players, the living first, and how the game stands.
pub fn players(state: &State) -> String {
    let players = &state.players;
    if players.is_empty() {
        return "No game yet.".to_owned();
    }
    let (living, dead): (Vec<&Player>, Vec<&Player>) = players.iter().partition(|p| p.is_alive());
    let leaks = players.iter().any(|player| player.true_identity.is_some());
    let mut headings = vec!["PLAYER", "", "IDENTITY"];
    headings.extend(leaks.then_some("TRUE IDENTITY"));
    let mut table = Table::new(&headings).without_if_narrow(&[""]);
    for player in living.iter().chain(&dead) {
        let (mark, identity) = if player.is_alive() {
            ("alive", identity_of_the_living(state.winner))
        } else {
            ("dead", player.identity.as_str())
        };
        let mut row = vec![player.name.as_str(), mark, identity];
        row.extend(leaks.then(|| player.true_identity.as_deref().unwrap_or_default()));
        table.row(row);
    }
    let standing = match state.winner {
        Some(winner) => game_over_line(winner, &state.uncovered_mafia()),
        None => format!(
            "{} of {} alive{}",
            living.len(),
            count(players.len(), "player"),
            state.mafia_left.map(left_among_them).unwrap_or_default()
        ),
    };
    format!("{}\n\n{standing}", table.render())
}

/// The end uncovers everybody who is alive.
fn identity_of_the_living(winner: Option<Winner>) -> &'static str {
    match winner {
        None => "unknown",
        Some(Winner::Mafia) => "mafia",
        Some(Winner::Innocents) => "innocent",
    }
}

fn left_among_them(mafia_left: usize) -> String {
    match mafia_left {
        1 => ", 1 of them is mafia".to_owned(),
        left => format!(", {left} of them are mafia"),
    }
}

/// What a judge may know: how many of the mafia are left, and how to find them.
pub fn to_reason(mafia_left: usize) -> String {
    let left = match mafia_left {
        1 => "One of the mafia is left.".to_owned(),
        left => format!("{left} of the mafia are left."),
    };
    dim(format!("{left} {HOW_TO_REASON}"))
}

/// One turn of the game: the function's own lines, and what they say as a table.
pub fn turn(turn: &Turn) -> String {
    if let Some(expected) = turn.expected {
        return not_understood(turn, expected);
    }
    match &turn.turn {
        TurnKind::State(state) => players(state),
        TurnKind::Day(day) if !day.accusations.is_empty() => {
            format!("{}\n\n{}", own_lines(turn), votes(day))
        }
        _ => own_lines(turn),
    }
}

fn own_lines(turn: &Turn) -> String {
    let lines = turn.lines.iter().map(|line| {
        if decides(&turn.turn, line) {
            bold(line)
        } else {
            line.clone()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The lines that decide something stand out.
fn decides(turn: &TurnKind, line: &str) -> bool {
    match turn {
        TurnKind::New(_) => false,
        TurnKind::Night(night)
            if night
                .killed
                .as_deref()
                .is_some_and(|name| line.ends_with(name)) =>
        {
            true
        }
        _ => [
            "Mafia has been uncovered!",
            "Mafia has not been uncovered!",
            "Game over: the innocents win",
            "Game over: the mafia wins",
        ]
        .contains(&line),
    }
}

/// The lines of an answer, or all of it as it came, with one line on what was expected.
fn not_understood(turn: &Turn, expected: &str) -> String {
    let answer = match &turn.answer {
        _ if !turn.lines.is_empty() => turn.lines.join("\n"),
        serde_json::Value::String(text) => text.clone(),
        answer => format!("{answer:#}"),
    };
    let remark = format!("expected from {}: {expected}", short_name(&turn.function));
    let answer = shortened(&answer);
    match turn.task() {
        Some(_) => answer,
        None => format!("{answer}\n{}", dim(remark)),
    }
}

fn votes(day: &Day) -> String {
    let mut votes = Table::new(&["BLAMED", ">VOTES", "BY"]);
    for (name, number) in day.votes() {
        let blamed = |a: &&Accusation| a.accused == name;
        let by = day.accusations.iter().filter(blamed);
        let by: Vec<&str> = by.map(|a| a.accuser.as_str()).collect();
        votes.row([name.to_owned(), number.to_string(), by.join(", ")]);
    }
    votes.render()
}

/// The winner, and who the mafia was.
fn game_over_line(winner: Winner, mafia: &[&str]) -> String {
    let line = match winner {
        Winner::Mafia => bold("Game over: the mafia wins."),
        Winner::Innocents => bold("Game over: the innocents win."),
    };
    match mafia {
        [] => line,
        [one] => format!("{line} The mafia was {one}."),
        [others @ .., last] => format!("{line} The mafia were {} and {last}.", others.join(", ")),
    }
}

/// The end of a whole game.
pub fn game_over(game: &FinishedGame) -> String {
    format!(
        "{}\n{}",
        players(&game.end),
        dim(format!(
            "{}, seed {}",
            count(game.rounds as usize, "round"),
            game.seed
        ))
    )
}

/// Lambda's report of a call in one line.
pub fn report(report: &BTreeMap<String, String>) -> String {
    let figure = |name: &str| report.get(name).map(String::as_str);
    let memory = || {
        let used = figure("Max Memory Used")?.trim_end_matches(" MB");
        Some(format!("{used} of {}", figure("Memory Size")?))
    };
    let figures = [
        figure("Duration").map(str::to_owned),
        figure("Init Duration").map(|time| format!("cold start {time}")),
        figure("Billed Duration").map(|time| format!("billed {time}")),
        memory(),
    ];
    let figures: Vec<String> = figures.into_iter().flatten().collect();
    if figures.is_empty() {
        dim("this target reports no figures for the call")
    } else {
        dim(figures.join(", "))
    }
}
