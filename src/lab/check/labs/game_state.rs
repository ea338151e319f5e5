//! 01.2: game-state tells what everybody may know, and keeps the secret.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::blocked::{Checked, Stop};
use super::super::players::{Cast, Player, Side};
use super::super::probe::Probe;
use crate::clock;
use crate::game::GAME_STATE;
use crate::wording::count;

/// An index may still show what was there before, also after it has shown the new once.
const MOST_CALLS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest name that a key may be, in bytes.
///
/// Source: DynamoDB developer guide, "Quotas", partition key length.
const LONGEST_NAME: usize = 2048;
/// More than DynamoDB reads at once.
///
/// Source: DynamoDB API reference, `Scan`: 1 MB.
const MORE_THAN_A_PAGE: usize = 1_150_000;

/// What game-state shows of these players: the names, each with the identity. It is called again while it does
/// not show what `is_right` demands.
async fn state(
    probe: &Probe<'_>,
    players: &[Player],
    is_right: impl Fn(&BTreeMap<String, Option<String>>) -> bool,
) -> Result<(Answer, BTreeMap<String, Option<String>>), Stop> {
    probe.set(players).await?;
    probe.await_index(players).await?;
    let mut pause = FIRST_PAUSE;
    for call in 1.. {
        let answer = probe.call(GAME_STATE, json!({})).await?;
        let shown = read(&answer)?;
        if call == MOST_CALLS || is_right(&shown) {
            return Ok((answer, shown));
        }
        clock::sleep(pause).await;
        pause *= 2;
    }
    unreachable!("the last call returns")
}

fn read(answer: &Answer) -> Result<BTreeMap<String, Option<String>>, Stop> {
    let text = |player: &Value, key: &str| player[key].as_str().map(str::to_owned);
    let players = answer.body.as_array().map(|players| {
        let named = players
            .iter()
            .map(|it| Some((text(it, "Name")?, text(it, "Identity"))));
        named.collect::<Option<BTreeMap<_, _>>>()
    });
    match players.flatten() {
        Some(players) => Ok(players),
        None => Err(answer.wrong("a list of players, each with a Name and an Identity")),
    }
}

/// Games of some sizes, with players of every kind.
fn casts() -> [Cast; 3] {
    let cast = |mafia, innocents, killed, correctly, incorrectly| Cast {
        mafia,
        innocents,
        killed,
        correctly,
        incorrectly,
    };
    [
        cast(2, 5, 1, 1, 1),
        cast(1, 1, 0, 0, 0),
        cast(6, 20, 9, 4, 7),
    ]
}

pub async fn all_players(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    let mut number = 0;
    for game in probe.games(3) {
        let players = casts()[game].draw(chance);
        let has_all = |shown: &BTreeMap<String, Option<String>>| {
            shown.len() == players.len() && players.iter().all(|it| shown.contains_key(&it.name))
        };
        let (answer, shown) = state(probe, &players, has_all).await?;
        if let Some(player) = players.iter().find(|it| !shown.contains_key(&it.name)) {
            let got = format!("{} without {}", count(shown.len(), "player"), player.name);
            let expected = format!("all {}, the dead as well", players.len());
            return Err(answer.wrong_in(got, expected));
        }
        if let Some(name) = shown
            .keys()
            .find(|it| !players.iter().any(|p| p.name == **it))
        {
            let got = format!("{name:?}, who is not in the table");
            return Err(answer.wrong_in(got, "the players in the table"));
        }
        number = number.max(players.len());
    }
    Ok(format!("game-state answers with {number} players"))
}

pub async fn identities_stay_hidden(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    for game in probe.games(3) {
        let players = casts()[game].draw(chance);
        let (answer, _) = state(probe, &players, |_| true).await?;
        let has_more = |player: &Value| {
            let mut keys = player.as_object().into_iter().flat_map(|it| it.keys());
            keys.any(|key| key != "Name" && key != "Identity")
        };
        let mut shown = answer.body.as_array().into_iter().flatten();
        if shown.any(has_more) || answer.has_secret() {
            return Err(answer.wrong("Name and Identity, nothing else"));
        }
    }
    Ok("it shows Name and Identity, nothing else".to_owned())
}

pub async fn identities_are_shown(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    for game in probe.games(3) {
        let players = casts()[game].draw(chance);
        let expected: BTreeMap<String, Option<String>> = players
            .iter()
            .map(|it| (it.name.clone(), Some(it.identity.text().to_owned())))
            .collect();
        let (answer, shown) = state(probe, &players, |shown| *shown == expected).await?;
        let differs = |(name, identity): &(&String, &Option<String>)| {
            shown.get(*name).is_some_and(|it| it != *identity)
        };
        if let Some((name, identity)) = expected.iter().find(differs) {
            let is = shown[name].as_deref().unwrap_or("missing");
            let got = format!("{name} with the Identity {is:?}");
            let expected = format!("{:?}", identity.as_deref().unwrap_or_default());
            return Err(answer.wrong_in(got, expected));
        }
    }
    Ok("it shows how each player stands".to_owned())
}

/// So many players that DynamoDB needs several answers for them.
pub async fn more_than_a_page(probe: &Probe<'_>) -> Checked {
    let number = MORE_THAN_A_PAGE / LONGEST_NAME;
    let players: Vec<Player> = (0..number)
        .map(|at| {
            let side = if at % 3 == 0 {
                Side::Mafia
            } else {
                Side::Innocent
            };
            let start = format!("Player {} {at} ", probe.seed);
            Player::new(format!("{start:x<width$}", width = LONGEST_NAME), side)
        })
        .collect();
    let (answer, shown) = state(probe, &players, |shown| shown.len() == number).await?;
    // Not to be in the table of whoever looks at it next, nor in the next call's answer.
    probe.set(&[]).await?;
    if shown.len() != number {
        let got = format!(
            "{} of {number} with long names",
            count(shown.len(), "player")
        );
        let expected = "all of them: a scan returns 1 MB at most, and where to go on";
        return Err(answer.wrong_in(got, expected));
    }
    Ok("also when they do not fit into one page of DynamoDB".to_owned())
}
