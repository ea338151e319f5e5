//! 01.5: judgement sentences the living player whose name is sent, once.

use serde_json::json;

use super::super::answer::Answer;
use super::super::blocked::{Checked, Stop};
use super::super::players::{Cast, Change, Identity, Player, Side, described};
use super::super::probe::{Probe, named};
use crate::game::JUDGEMENT;

const AT_ONCE: usize = 4;
const MOST_RACES: usize = 10;
const CAST: Cast = Cast {
    mafia: 3,
    innocents: 5,
    killed: 2,
    correctly: 1,
    incorrectly: 2,
};
/// Nobody's name.
const STRANGER: &str = "Nobody Of This Name";
/// Names that programs stumble over.
const ODD_NAMES: [&str; 8] = [
    "Zoë",
    "O'Brien",
    "李雷",
    "Anna \"Nina\" K.",
    "back\\slash",
    "Łukasz-Jan",
    "#1 {name}",
    "Ann, the 2nd: 100 %",
];

/// Sentences somebody in this game. Returns the answer, and what it changed in the table.
async fn sentence(
    probe: &Probe<'_>,
    players: &[Player],
    name: &str,
) -> Result<(Answer, Vec<Change>), Stop> {
    probe.set(players).await?;
    let answer = probe.call(JUDGEMENT, named(name)).await?;
    let changes = probe.changes(players).await?;
    Ok((answer, changes))
}

fn verdict_on(player: &Player) -> Identity {
    match player.side {
        Side::Mafia => Identity::Correctly,
        Side::Innocent => Identity::Incorrectly,
    }
}

fn is_sentenced(changes: &[Change], player: &Player) -> bool {
    changes.contains(&Change::Became(player.clone(), verdict_on(player)))
}

fn wrong(answer: &Answer, changes: &[Change], expected: impl Into<String>) -> Stop {
    answer.wrong_in(
        format!("{}; {}", answer.shown, described(changes)),
        expected,
    )
}

fn not_sentenced(answer: &Answer, changes: &[Change], player: &Player) -> Stop {
    let expected = format!(
        "{}, who is {}, becomes {:?}",
        player.name,
        player.side.text(),
        verdict_on(player).text()
    );
    wrong(answer, changes, expected)
}

/// A living player of that side is sentenced, and nobody else if it is `only` that one.
async fn of_side(probe: &Probe<'_>, side: Side, only: bool) -> Result<(), Stop> {
    let chance = &mut probe.chance();
    for _ in probe.games(3) {
        let players = CAST.draw(chance);
        let Some(accused) = players.iter().find(|it| it.lives_as(side)) else {
            continue;
        };
        let (answer, changes) = sentence(probe, &players, &accused.name).await?;
        if !is_sentenced(&changes, accused) {
            return Err(not_sentenced(&answer, &changes, accused));
        }
        if answer.status.is_some_and(|status| status != 200) {
            return Err(answer.wrong("the status 200"));
        }
        if only && changes.len() != 1 {
            let expected = format!("nobody but {} changes", accused.name);
            return Err(wrong(&answer, &changes, expected));
        }
    }
    Ok(())
}

pub async fn mafia_is_sentenced(probe: &Probe<'_>) -> Checked {
    of_side(probe, Side::Mafia, false).await?;
    Ok("judgement sentences the mafia".to_owned())
}

pub async fn innocents_are_sentenced(probe: &Probe<'_>) -> Checked {
    of_side(probe, Side::Innocent, false).await?;
    Ok("and innocents".to_owned())
}

pub async fn nobody_else_changes(probe: &Probe<'_>) -> Checked {
    of_side(probe, Side::Mafia, true).await?;
    of_side(probe, Side::Innocent, true).await?;
    Ok("nobody else changes".to_owned())
}

/// The sentence is refused with this status, and changes nothing.
async fn is_refused(
    probe: &Probe<'_>,
    players: &[Player],
    sent: serde_json::Value,
    statuses: std::ops::RangeInclusive<u64>,
    why: &str,
) -> Result<(), Stop> {
    let status = match (statuses.start(), statuses.end()) {
        (one, other) if one == other => format!("status {one}"),
        (one, other) => format!("a status from {one} to {other}"),
    };
    let expected = format!("{why}: {status} where the answer has one, and nothing changes");
    probe.set(players).await?;
    let direct = probe.call(JUDGEMENT, sent.clone()).await?;
    let through_api = probe.proxied(JUDGEMENT, sent).await?;
    for answer in [Some(direct), through_api].into_iter().flatten() {
        if answer.status.is_some_and(|it| !statuses.contains(&it)) {
            return Err(answer.wrong(expected));
        }
        let changes = probe.changes(players).await?;
        if !changes.is_empty() {
            return Err(wrong(&answer, &changes, expected));
        }
    }
    Ok(())
}

pub async fn unknown_is_404(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    for _ in probe.games(2) {
        let players = CAST.draw(chance);
        is_refused(
            probe,
            &players,
            named(STRANGER),
            404..=404,
            "nobody has the name",
        )
        .await?;
    }
    Ok("it does not find an unknown name".to_owned())
}

pub async fn dead_is_404(probe: &Probe<'_>) -> Checked {
    let players = CAST.draw(&mut probe.chance());
    let mut dead: Vec<&Player> = players.iter().filter(|it| !it.is_alive()).collect();
    dead.sort_by_key(|it| it.identity);
    dead.dedup_by_key(|it| it.identity);
    for player in dead {
        let why = format!(
            "{} is out of the game, {}",
            player.name,
            player.identity.text()
        );
        is_refused(probe, &players, named(&player.name), 404..=404, &why).await?;
    }
    Ok("nor one who is out of the game".to_owned())
}

pub async fn missing_name_is_refused(probe: &Probe<'_>) -> Checked {
    let mut players = CAST.draw(&mut probe.chance());
    // Whom the workshop's examples sentence.
    players.push(Player::new("John", Side::Innocent));
    is_refused(probe, &players, json!({}), 400..=499, "no Name was sent").await?;
    Ok("it refuses a call without a name".to_owned())
}

pub async fn any_name_works(probe: &Probe<'_>) -> Checked {
    let mut players = CAST.draw(&mut probe.chance());
    let odd = ODD_NAMES.iter().enumerate().map(|(at, name)| {
        let side = if at % 2 == 0 {
            Side::Innocent
        } else {
            Side::Mafia
        };
        Player::new(*name, side)
    });
    let odd: Vec<Player> = odd.collect();
    players.extend(odd.clone());
    for accused in &odd {
        let (answer, changes) = sentence(probe, &players, &accused.name).await?;
        if !is_sentenced(&changes, accused) {
            return Err(not_sentenced(&answer, &changes, accused));
        }
    }
    Ok("names may have any letters".to_owned())
}

/// Of several judgements at once, one sentences, and the others do not find the player alive.
pub async fn two_at_once(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    let expected = "one sentences, and the others find nobody alive of that name";
    for _ in probe.games(MOST_RACES) {
        let players = CAST.draw(chance);
        let Some(accused) = players.iter().find(|it| it.lives_as(Side::Mafia)) else {
            continue;
        };
        probe.set(&players).await?;
        let sent = super::super::answer::proxied(&named(&accused.name));
        let serves_an_api = probe.proxied(JUDGEMENT, named(STRANGER)).await?.is_some();
        let sent = if serves_an_api {
            sent
        } else {
            named(&accused.name)
        };
        let answers = probe.at_once(AT_ONCE, JUDGEMENT, &sent).await?;
        let changes = probe.changes(&players).await?;
        let alike = |answer: &Answer| answers.iter().filter(|it| it.body == answer.body).count();
        let sentencing = match serves_an_api {
            true => answers.iter().filter(|it| it.status == Some(200)).count(),
            // Those that sentence are another answer than those that do not.
            false => answers.iter().map(alike).min().unwrap_or_default(),
        };
        if sentencing != 1 || !is_sentenced(&changes, accused) {
            let Some(answer) = answers.first() else {
                continue;
            };
            let got = format!(
                "{sentencing} of {AT_ONCE} judgements at once sentenced {}; {}",
                accused.name,
                described(&changes)
            );
            return Err(answer.wrong_in(got, expected));
        }
    }
    Ok("of judgements at once, one sentences".to_owned())
}
