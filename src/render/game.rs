//! The turns and the players of a game.

use std::collections::BTreeMap;
use std::io;

use super::prose::{PAGE_WIDTH, wrapped};
use super::style::{bad, bold, dim, good};
use super::table::Table;
use super::terminal;
use crate::game::auto::FinishedGame;
use crate::game::{Accusation, Day, Night, Player, Turn, Verdict, Winner};
use crate::wording::count;

/// The players, the living first.
pub fn players(players: &[Player]) -> String {
    if players.is_empty() {
        return "No game yet. Run `mafia play new` to start one.".to_owned();
    }
    let (living, dead): (Vec<&Player>, Vec<&Player>) = players.iter().partition(|p| p.is_alive());
    let leaks = players.iter().any(|player| player.true_identity.is_some());
    let mut headings = vec!["PLAYER", "", "IDENTITY"];
    headings.extend(leaks.then_some("TRUE IDENTITY"));
    let mut table = Table::new(&headings);
    for player in living.iter().chain(&dead) {
        let mark = if player.is_alive() { "alive" } else { "dead" };
        let mut row = vec![player.name.as_str(), mark, &player.identity];
        row.extend(leaks.then(|| player.true_identity.as_deref().unwrap_or_default()));
        table.row(row);
    }
    format!(
        "{}\n\n{} of {} alive",
        table.render(),
        living.len(),
        count(players.len(), "player")
    )
}

/// One turn of the game.
pub fn turn(turn: &Turn) -> String {
    match turn {
        Turn::New(new) => new_game(&new.turn.players),
        Turn::Night(night) => night_turn(&night.turn),
        Turn::Day(day) => day_turn(&day.turn),
        Turn::Judgement(verdict) => judgement(&verdict.turn),
        Turn::State(state) => players(&state.turn.players),
    }
}

fn new_game(players: &[String]) -> String {
    let heading = bold(format!(
        "A new game with {}:",
        count(players.len(), "player")
    ));
    let width = terminal::width(&io::stdout()).unwrap_or(PAGE_WIDTH);
    let names = wrapped(&players.join(", "), Some(width), 0, 0);
    format!("{heading}\n{names}")
}

fn night_turn(night: &Night) -> String {
    let text = match &night.killed {
        Some(name) => format!("{} The mafia kills {}.", bold("Night."), bold(name)),
        None => as_answered(&night.lines, night.winner),
    };
    with_winner(text, night.winner)
}

fn day_turn(day: &Day) -> String {
    if day.accusations.is_empty() {
        return with_winner(as_answered(&day.lines, day.winner), day.winner);
    }
    let mut votes = Table::new(&["BLAMED", ">VOTES", "BY"]).on_a_page();
    for (name, number) in day.votes() {
        let blamed = |a: &&Accusation| a.accused == name;
        let by = day.accusations.iter().filter(blamed);
        let by: Vec<&str> = by.map(|a| a.accuser.as_str()).collect();
        votes.row([name.to_owned(), number.to_string(), by.join(", ")]);
    }
    with_winner(format!("{}\n{}", bold("Day."), votes.render()), day.winner)
}

fn judgement(verdict: &Verdict) -> String {
    let name = bold(&verdict.name);
    let text = match verdict.was_mafia {
        Some(true) => format!("{} {name} was mafia.", good("Correctly sentenced:")),
        Some(false) => format!("{} {name} was innocent.", bad("Incorrectly sentenced:")),
        None => as_answered(&verdict.lines, verdict.winner),
    };
    with_winner(text, verdict.winner)
}

/// The lines of the answer, without the one that names the winner.
fn as_answered(lines: &[String], winner: Option<Winner>) -> String {
    let lines = lines
        .iter()
        .filter(|line| winner.is_none() || !line.starts_with("Game over: "));
    lines.map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn with_winner(text: String, winner: Option<Winner>) -> String {
    match winner {
        None => text,
        Some(winner) => [text, verdict_line(winner)]
            .join("\n")
            .trim_start()
            .to_owned(),
    }
}

fn verdict_line(winner: Winner) -> String {
    match winner {
        Winner::Mafia => bad("Game over: the mafia wins."),
        Winner::Innocents => good("Game over: the innocents win."),
    }
}

/// The end of a whole game.
pub fn game_over(game: &FinishedGame) -> String {
    format!(
        "{}\n{}",
        players(&game.end.players),
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
