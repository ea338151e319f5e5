//! 01.1: new-game clears the table, draws players and hides the mafia among them.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::answer::Answer;
use super::super::blocked::{Checked, Stop};
use super::super::players::{Cast, Identity, Player, Side, names};
use super::super::probe::Probe;
use crate::game::NEW_GAME;
use crate::wording::count;

/// With the fewest players, every second game would look ordered by chance.
const MOST_GAMES: usize = 40;

/// A call of new-game with this game in the table, and the players that are there afterwards.
async fn new_game(probe: &Probe<'_>, old: &[Player]) -> Result<(Answer, Vec<Player>), Stop> {
    probe.set(old).await?;
    let answer = probe.call(NEW_GAME, json!({})).await?;
    let items = probe.items().await?;
    let players: Result<Vec<Player>, String> = items.iter().map(Player::read).collect();
    match players {
        Ok(players) => Ok((answer, players)),
        Err(problem) => {
            let expected = "players with Name, TrueIdentity (Mafia or Innocent) and Identity";
            Err(answer.wrong_in(format!("in the table: {problem}"), expected))
        }
    }
}

pub async fn as_many_players(probe: &Probe<'_>) -> Checked {
    let asked = probe.place.players;
    for _ in probe.games(3) {
        let (answer, players) = new_game(probe, &[]).await?;
        if players.len() != asked {
            let got = format!("{} in the table", count(players.len(), "player"));
            let expected = format!("{asked}, as NUMBER_OF_PLAYERS says, each with another name");
            return Err(answer.wrong_in(got, expected));
        }
        let is_strange = |player: &&Player| match &probe.place.names {
            Some(known) => !known.contains(&player.name),
            None => player.name.trim().is_empty(),
        };
        if let Some(stranger) = players.iter().find(is_strange) {
            let got = format!("a player with the name {:?}", stranger.name);
            return Err(answer.wrong_in(got, "a name of the file names.txt"));
        }
    }
    Ok(format!("new-game makes {}", count(asked, "player")))
}

pub async fn as_many_mafia(probe: &Probe<'_>) -> Checked {
    let asked = probe.place.mafia;
    for _ in probe.games(3) {
        let (answer, players) = new_game(probe, &[]).await?;
        let mafia = players.iter().filter(|it| it.side == Side::Mafia).count();
        if mafia != asked {
            let got = format!("{mafia} mafia in the table");
            return Err(answer.wrong_in(got, format!("{asked}, as NUMBER_OF_MAFIA says")));
        }
    }
    Ok(format!("{asked} of them are mafia"))
}

pub async fn everybody_is_uncovered(probe: &Probe<'_>) -> Checked {
    for _ in probe.games(2) {
        let (answer, players) = new_game(probe, &[]).await?;
        if let Some(player) = players.iter().find(|it| !it.is_alive()) {
            let (name, identity) = (&player.name, player.identity.text());
            let got = format!("in the table, {name} has the Identity {identity:?}");
            let expected = format!("{:?}", Identity::Uncovered.text());
            return Err(answer.wrong_in(got, expected));
        }
    }
    Ok("everybody is Uncovered".to_owned())
}

pub async fn the_old_game_is_gone(probe: &Probe<'_>) -> Checked {
    let cast = Cast {
        mafia: 4,
        innocents: 12,
        killed: 6,
        correctly: 3,
        incorrectly: 6,
    };
    let chance = &mut probe.chance();
    for _ in probe.games(2) {
        let old = cast.draw(chance);
        let (answer, players) = new_game(probe, &old).await?;
        let asked = probe.place.players;
        let is_left = players.iter().any(|it| !it.is_alive());
        if players.len() != asked || is_left {
            let got = format!(
                "{} in the table after a game of {}",
                count(players.len(), "player"),
                old.len()
            );
            return Err(answer.wrong_in(got, format!("only the {asked} of the new game")));
        }
    }
    Ok("the players of the game before are gone".to_owned())
}

pub async fn the_answer_names_the_players(probe: &Probe<'_>) -> Checked {
    for _ in probe.games(2) {
        let (answer, players) = new_game(probe, &[]).await?;
        let named = answer.names(&names(&players));
        if let Some(player) = players.iter().find(|it| !named.contains(&&*it.name)) {
            let expected = format!("the names of all players, also {}", player.name);
            return Err(answer.wrong(expected));
        }
    }
    Ok("the answer names them".to_owned())
}

/// The mafia is neither always the first nor always the last, neither in the answer nor by its names.
pub async fn the_order_gives_nothing_away(probe: &Probe<'_>) -> Checked {
    let mut always: BTreeSet<&str> = [
        "the first",
        "the last",
        "the first by name",
        "the last by name",
    ]
    .into();
    for _ in 0..MOST_GAMES {
        let (answer, players) = new_game(probe, &[]).await?;
        if answer.has_secret() {
            return Err(answer.wrong("nobody's TrueIdentity"));
        }
        let mafia = |name: &&str| {
            let is_it = |it: &Player| it.name == **name && it.side == Side::Mafia;
            players.iter().any(is_it)
        };
        let mut told = answer.names(&names(&players));
        let mut seen = BTreeSet::new();
        told.retain(|name| seen.insert(*name));
        let number = told.iter().filter(|it| mafia(it)).count();
        let mut sorted = told.clone();
        sorted.sort_unstable();
        let is_so = |pattern: &&str| {
            let order = if pattern.ends_with("by name") {
                &sorted
            } else {
                &told
            };
            let place = if pattern.starts_with("the first") {
                &order[..number]
            } else {
                &order[order.len() - number..]
            };
            place.iter().all(mafia)
        };
        always.retain(|pattern| is_so(pattern));
        if always.is_empty() {
            return Ok("their order gives nothing away".to_owned());
        }
        if told.len() < 2 {
            break;
        }
    }
    let pattern = always.first().copied().unwrap_or_default();
    Err(Stop::wrong(
        format!("in {MOST_GAMES} games, the mafia were {pattern} of those that the answer names"),
        "an order that gives nothing away",
    ))
}

/// Other names, and other mafia among them.
pub async fn every_game_is_another(probe: &Probe<'_>) -> Checked {
    // Where the names are all that there are, each game has the same.
    let has_choice = match &probe.place.names {
        Some(known) => known.len() > probe.place.players,
        None => false,
    };
    let (answer, first) = new_game(probe, &[]).await?;
    let told = |answer: &Answer, players: &[Player]| -> Vec<bool> {
        let mafia = |name: &str| {
            players
                .iter()
                .any(|it| it.name == name && it.side == Side::Mafia)
        };
        let names = answer.names(&names(players));
        names.into_iter().map(mafia).collect()
    };
    let named = |players: &[Player]| -> BTreeSet<String> {
        players.iter().map(|it| it.name.clone()).collect()
    };
    let (order, players) = (told(&answer, &first), named(&first));
    let (mut other_names, mut other_order) = (!has_choice, false);
    for _ in 1..MOST_GAMES {
        let (answer, next) = new_game(probe, &[]).await?;
        other_names |= named(&next) != players;
        other_order |= told(&answer, &next) != order;
        if other_names && other_order {
            return Ok("every game is another".to_owned());
        }
    }
    let got = match other_names {
        false => "has the same players",
        true => "has the mafia at the same places",
    };
    Err(Stop::wrong(
        format!("each of {MOST_GAMES} games {got}"),
        "players and mafia drawn by chance, each time anew",
    ))
}
