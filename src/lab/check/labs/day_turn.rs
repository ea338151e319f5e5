//! 01.4: by day every living player blames another.

use serde_json::json;

use super::super::answer::{Answer, mentions};
use super::super::blocked::{Checked, Stop};
use super::super::players::{Cast, Player, Side, described, names};
use super::super::probe::Probe;
use crate::game::DAY_TURN;

/// In which everybody would blame the same again by chance.
const MOST_DAYS: usize = 12;

/// A day in a game.
struct Day {
    players: Vec<Player>,
    answer: Answer,
    /// Two players for each line that names two: who blames, and whom.
    pairs: Vec<[usize; 2]>,
}

impl Day {
    async fn of(probe: &Probe<'_>, players: Vec<Player>) -> Result<Self, Stop> {
        probe.set(&players).await?;
        let answer = probe.call(DAY_TURN, json!({})).await?;
        let names = names(&players);
        let place = |name: &str| names.iter().position(|it| *it == name);
        let lines = answer.lines();
        let pairs = lines
            .iter()
            .filter_map(|line| match mentions(line, &names)[..] {
                [one, other] => Some([place(one)?, place(other)?]),
                _ => None,
            });
        let pairs = pairs.collect();
        Ok(Self {
            players,
            answer,
            pairs,
        })
    }

    /// The same read as `Ann is blamed by Bo`.
    fn turned(&self) -> Vec<[usize; 2]> {
        let pairs = self.pairs.iter();
        pairs.map(|[one, other]| [*other, *one]).collect()
    }

    fn living(&self) -> impl Iterator<Item = usize> {
        (0..self.players.len()).filter(|at| self.players[*at].is_alive())
    }
}

/// What is wrong with the accusations of a game: what was found, and what is expected.
type Rule = fn(&Day, &[[usize; 2]]) -> Option<(String, String)>;

/// Plays days in `games` games and holds them against the rule. A student's text may name first who blames, or
/// first who is blamed, but the same in all games.
async fn days(probe: &Probe<'_>, cast: Cast, games: usize, rule: Rule) -> Result<(), Stop> {
    let chance = &mut probe.chance();
    let mut days = Vec::new();
    for _ in probe.games(games) {
        days.push(Day::of(probe, cast.draw(chance)).await?);
    }
    let wrong = days
        .iter()
        .find_map(|day| Some((day, rule(day, &day.pairs)?)));
    let Some((day, (got, expected))) = wrong else {
        return Ok(());
    };
    if days.iter().all(|day| rule(day, &day.turned()).is_none()) {
        return Ok(());
    }
    Err(day
        .answer
        .wrong_in(format!("{}; {got}", day.answer.shown), expected))
}

pub async fn everybody_blames_one(probe: &Probe<'_>) -> Checked {
    let expected = "a line for each living player, with two names: who blames, and whom";
    let rule: Rule = |day, pairs| {
        let blames = |at: usize| pairs.iter().filter(|it| it[0] == at).count();
        let wrong = day.living().find(|at| blames(*at) != 1)?;
        let name = &day.players[wrong].name;
        let got = match blames(wrong) {
            0 => format!("{name} blames nobody"),
            times => format!("{name} blames {times} times"),
        };
        Some((got, String::new()))
    };
    for (mafia, innocents) in [(3, 7), (1, 2), (4, 21)] {
        let cast = Cast {
            mafia,
            innocents,
            ..Cast::default()
        };
        days(probe, cast, 1, rule)
            .await
            .map_err(|stop| match stop {
                Stop::Wrong(mut finding) => {
                    finding.expected = expected.to_owned();
                    Stop::Wrong(finding)
                }
                blocked => blocked,
            })?;
    }
    Ok("every living player blames one".to_owned())
}

pub async fn the_dead_stay_out(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 2,
        innocents: 3,
        killed: 7,
        correctly: 3,
        incorrectly: 5,
    };
    days(probe, cast, 4, |day, pairs| {
        let dead = pairs
            .iter()
            .flatten()
            .find(|at| !day.players[**at].is_alive());
        let blames = |at: usize| pairs.iter().filter(|it| it[0] == at).count();
        let silent = day.living().find(|at| blames(*at) != 1);
        let got = match (dead, silent) {
            (Some(dead), _) => {
                let Player { name, identity, .. } = &day.players[*dead];
                format!("{name} is out of the game: {}", identity.text())
            }
            (None, Some(at)) => format!("{} does not blame one", day.players[at].name),
            (None, None) => return None,
        };
        let expected = "the living blame the living, and nobody else takes part";
        Some((got, expected.to_owned()))
    })
    .await?;
    Ok("the dead stay out of it".to_owned())
}

pub async fn nobody_blames_oneself(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 1,
        innocents: 4,
        ..Cast::default()
    };
    days(probe, cast, 12, |day, pairs| {
        let [one, _] = pairs.iter().find(|[one, other]| one == other)?;
        let got = format!("{} blames oneself", day.players[*one].name);
        Some((got, "everybody blames another".to_owned()))
    })
    .await?;
    Ok("nobody blames oneself".to_owned())
}

pub async fn the_mafia_blames_innocents(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 8,
        innocents: 2,
        ..Cast::default()
    };
    days(probe, cast, 4, |day, pairs| {
        let is_mafia = |at: usize| day.players[at].side == Side::Mafia;
        let wrong = pairs.iter().find(|it| is_mafia(it[0]) && is_mafia(it[1]));
        let [one, other] = wrong?;
        let [one, other] = [one, other].map(|at| &day.players[*at].name);
        let got = format!("{one} and {other} are both mafia");
        Some((got, "the mafia blames innocents only".to_owned()))
    })
    .await?;
    Ok("the mafia blames innocents only".to_owned())
}

pub async fn accusations_vary(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 2,
        innocents: 6,
        ..Cast::default()
    };
    let players = cast.draw(&mut probe.chance());
    let first = Day::of(probe, players.clone()).await?;
    let sorted = |mut pairs: Vec<[usize; 2]>| {
        pairs.sort_unstable();
        pairs
    };
    let accusations = sorted(first.pairs.clone());
    for _ in 1..MOST_DAYS {
        let next = Day::of(probe, players.clone()).await?;
        if sorted(next.pairs) != accusations {
            return Ok("whom they blame is chance".to_owned());
        }
    }
    let got = format!("the same accusations on {MOST_DAYS} days of the same game");
    Err(first.answer.wrong_in(got, "whom they blame is chance"))
}

pub async fn nothing_changes(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 2,
        innocents: 5,
        killed: 2,
        correctly: 1,
        incorrectly: 1,
    };
    let chance = &mut probe.chance();
    for _ in probe.games(3) {
        let day = Day::of(probe, cast.draw(chance)).await?;
        let changes = probe.changes(&day.players).await?;
        if !changes.is_empty() {
            let got = described(&changes);
            return Err(day
                .answer
                .wrong_in(got, "a day changes nothing in the table"));
        }
    }
    Ok("nothing changes in the table".to_owned())
}
