//! 01.3: at night the mafia kills one living innocent, and never one of its own.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::answer::Answer;
use super::super::blocked::{Checked, Stop};
use super::super::players::{Cast, Change, Identity, Player, Side, described, names};
use super::super::probe::Probe;
use crate::game::NIGHT_TURN;

/// How many turns are taken at once, and in how many games.
const AT_ONCE: usize = 5;
const MOST_RACES: usize = 10;
/// In which every victim would be the same of eight by chance.
const MOST_NIGHTS: usize = 12;

const ONE: &str = "one living player becomes \"Killed by mafia\"";

/// A night in this game, and what it changed in the table.
async fn night(probe: &Probe<'_>, players: &[Player]) -> Result<(Answer, Vec<Change>), Stop> {
    probe.set(players).await?;
    let answer = probe.call(NIGHT_TURN, json!({})).await?;
    let changes = probe.changes(players).await?;
    Ok((answer, changes))
}

/// Those who lived and were killed.
fn killed(changes: &[Change]) -> Vec<&Player> {
    let killed = changes.iter().filter_map(|change| match change {
        Change::Became(player, Identity::Killed) if player.is_alive() => Some(player),
        _ => None,
    });
    killed.collect()
}

fn wrong(answer: &Answer, changes: &[Change], expected: &str) -> Stop {
    answer.wrong_in(
        format!("{}; {}", answer.shown, described(changes)),
        expected,
    )
}

pub async fn one_dies(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    let sizes = [(3, 7), (1, 2), (2, 12), (5, 30)];
    for game in probe.games(sizes.len()) {
        let (mafia, innocents) = sizes[game];
        let cast = Cast {
            mafia,
            innocents,
            ..Cast::default()
        };
        let (answer, changes) = night(probe, &cast.draw(chance)).await?;
        if killed(&changes).len() != 1 {
            return Err(wrong(&answer, &changes, ONE));
        }
    }
    Ok("night-turn kills one player".to_owned())
}

pub async fn never_its_own(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 9,
        innocents: 2,
        killed: 1,
        ..Cast::default()
    };
    let chance = &mut probe.chance();
    for _ in probe.games(8) {
        let (answer, changes) = night(probe, &cast.draw(chance)).await?;
        if killed(&changes).iter().any(|it| it.side == Side::Mafia) {
            return Err(wrong(&answer, &changes, "the victim is innocent"));
        }
    }
    Ok("never one of the mafia's own".to_owned())
}

pub async fn the_dead_stay_dead(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 2,
        innocents: 2,
        killed: 8,
        correctly: 3,
        incorrectly: 8,
    };
    let chance = &mut probe.chance();
    for _ in probe.games(8) {
        let (answer, changes) = night(probe, &cast.draw(chance)).await?;
        let was_dead =
            |change: &Change| matches!(change, Change::Became(player, _) if !player.is_alive());
        if changes.iter().any(was_dead) || killed(&changes).len() != 1 {
            let expected = "the victim is alive before, and the dead stay as they are";
            return Err(wrong(&answer, &changes, expected));
        }
    }
    Ok("the dead stay dead".to_owned())
}

pub async fn nobody_else_changes(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 3,
        innocents: 6,
        killed: 2,
        correctly: 1,
        incorrectly: 2,
    };
    let chance = &mut probe.chance();
    for _ in probe.games(4) {
        let (answer, changes) = night(probe, &cast.draw(chance)).await?;
        if changes.len() != 1 {
            return Err(wrong(&answer, &changes, "only the victim changes"));
        }
    }
    Ok("nobody else changes".to_owned())
}

pub async fn the_answer_names_the_victim(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 3,
        innocents: 6,
        killed: 2,
        ..Cast::default()
    };
    let chance = &mut probe.chance();
    for _ in probe.games(4) {
        let players = cast.draw(chance);
        let (answer, changes) = night(probe, &players).await?;
        let named: BTreeSet<&str> = answer.names(&names(&players)).into_iter().collect();
        for victim in killed(&changes) {
            if !named.contains(&*victim.name) {
                let expected = format!("an answer that names the victim, {}", victim.name);
                return Err(answer.wrong(expected));
            }
        }
        let mafia = players.iter().filter(|it| it.side == Side::Mafia);
        let mafia: BTreeSet<&str> = mafia.map(|it| &*it.name).collect();
        let others: BTreeSet<&str> = named
            .into_iter()
            .filter(|name| !killed(&changes).iter().any(|it| it.name == *name))
            .collect();
        if answer.has_secret() || others == mafia {
            return Err(answer.wrong("an answer that does not tell who is mafia"));
        }
    }
    Ok("the answer names the victim".to_owned())
}

pub async fn any_innocent_may_die(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 2,
        innocents: 8,
        ..Cast::default()
    };
    let players = cast.draw(&mut probe.chance());
    let mut victims = BTreeSet::new();
    for _ in 0..MOST_NIGHTS {
        let (_, changes) = night(probe, &players).await?;
        victims.extend(killed(&changes).into_iter().map(|it| it.name.clone()));
        if victims.len() > 1 {
            return Ok("any innocent may be the victim".to_owned());
        }
    }
    let victim = victims.first().map_or("nobody", String::as_str);
    Err(Stop::wrong(
        format!("in {MOST_NIGHTS} nights of the same game, the victim was {victim}"),
        "any living innocent, by chance",
    ))
}

pub async fn two_at_once(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 2,
        // One more than die: the game goes on.
        innocents: AT_ONCE + 1,
        ..Cast::default()
    };
    let chance = &mut probe.chance();
    for _ in probe.games(MOST_RACES) {
        let players = cast.draw(chance);
        probe.set(&players).await?;
        let answers = probe.at_once(AT_ONCE, NIGHT_TURN, &json!({})).await?;
        let changes = probe.changes(&players).await?;
        let killed: Vec<&str> = killed(&changes).into_iter().map(|it| &*it.name).collect();
        let named: Vec<Vec<&str>> = answers.iter().map(|it| it.names(&killed)).collect();
        let all: Vec<&str> = names(&players);
        let told = answers.iter().map(|it| it.names(&all).join(" and "));
        let told: Vec<String> = told.collect();
        if killed.len() != AT_ONCE || !each_has_its_own(&named, &mut Vec::new()) {
            let expected =
                format!("{AT_ONCE} victims, and each answer names one that no other names");
            let got = format!(
                "{AT_ONCE} turns at once, whose answers name {}; {} killed in the table",
                told.join(", "),
                killed.len()
            );
            return Err(answers.first().map_or_else(
                || Stop::wrong(got.clone(), expected.clone()),
                |answer| answer.wrong_in(got.clone(), expected.clone()),
            ));
        }
    }
    Ok(format!("{AT_ONCE} turns at once kill {AT_ONCE} players"))
}

/// Whether each can have one of its names that no other has.
fn each_has_its_own<'a>(named: &[Vec<&'a str>], taken: &mut Vec<&'a str>) -> bool {
    let Some((first, rest)) = named.split_first() else {
        return true;
    };
    for name in first {
        if !taken.contains(name) {
            taken.push(name);
            if each_has_its_own(rest, taken) {
                return true;
            }
            taken.pop();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_needs_a_victim_of_its_own() {
        for (named, expected) in [
            (&[&["a"][..], &["b"]][..], true),
            (&[&["a"], &["a"]], false),
            (&[&["a", "b"], &["a"]], true),
            (&[&["a"], &[]], false),
            (&[&["a", "b"], &["a", "b"], &["a", "b"]], false),
        ] {
            let named: Vec<Vec<&str>> = named.iter().map(|it| it.to_vec()).collect();
            assert_eq!(
                each_has_its_own(&named, &mut Vec::new()),
                expected,
                "{named:?}"
            );
        }
    }
}
