//! 01.6: the game ends when no innocent or no mafia lives, not earlier and not later.

use serde_json::{Value, json};

use super::super::answer::{Answer, mentions};
use super::super::blocked::{Checked, Stop};
use super::super::players::{Cast, Change, Identity, Player, Side, described, names};
use super::super::probe::{Probe, named};
use crate::game::{DAY_TURN, JUDGEMENT, NEW_GAME, NIGHT_TURN};

/// Games that are close to their end.
const CLOSE: [Cast; 3] = [
    Cast {
        mafia: 4,
        innocents: 1,
        killed: 3,
        correctly: 0,
        incorrectly: 2,
    },
    Cast {
        mafia: 1,
        innocents: 5,
        killed: 1,
        correctly: 3,
        incorrectly: 0,
    },
    Cast {
        mafia: 1,
        innocents: 1,
        killed: 2,
        correctly: 2,
        incorrectly: 1,
    },
];
const MAFIA_HAS_WON: [Cast; 3] = [
    Cast {
        mafia: 2,
        innocents: 0,
        killed: 3,
        correctly: 1,
        incorrectly: 2,
    },
    Cast {
        mafia: 1,
        innocents: 0,
        killed: 1,
        correctly: 0,
        incorrectly: 0,
    },
    Cast {
        mafia: 3,
        innocents: 0,
        killed: 0,
        correctly: 2,
        incorrectly: 4,
    },
];
const INNOCENTS_HAVE_WON: [Cast; 3] = [
    Cast {
        mafia: 0,
        innocents: 4,
        killed: 2,
        correctly: 2,
        incorrectly: 1,
    },
    Cast {
        mafia: 0,
        innocents: 1,
        killed: 0,
        correctly: 1,
        incorrectly: 0,
    },
    Cast {
        mafia: 0,
        innocents: 2,
        killed: 3,
        correctly: 3,
        incorrectly: 0,
    },
];

/// The turns of a game, each with its payload for these players.
fn turns(players: &[Player]) -> [(&'static str, Value); 3] {
    let living = players.iter().find(|it| it.is_alive());
    let name = living.map_or("John", |it| &it.name);
    [
        (NIGHT_TURN, json!({})),
        (DAY_TURN, json!({})),
        (JUDGEMENT, named(name)),
    ]
}

/// While both sides live, the game goes on, however few they are.
pub async fn the_game_goes_on(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    for cast in CLOSE {
        let players = cast.draw(chance);
        let lives = |side| players.iter().find(|it| it.lives_as(side));
        let (Some(mafia), Some(innocent)) = (lives(Side::Mafia), lives(Side::Innocent)) else {
            continue;
        };
        let expected = format!(
            "the game goes on: {} (Mafia) and {} (Innocent) are alive",
            mafia.name, innocent.name
        );
        let names = names(&players);
        probe.set(&players).await?;
        let day = probe.call(DAY_TURN, json!({})).await?;
        let blames = |line: &&str| mentions(line, &names).len() == 2;
        if !day.lines().iter().any(blames) {
            return Err(day.wrong(expected));
        }
        for (turn, payload, player, becomes) in [
            (NIGHT_TURN, json!({}), None, Identity::Killed),
            (
                JUDGEMENT,
                named(&mafia.name),
                Some(mafia),
                Identity::Correctly,
            ),
            (
                JUDGEMENT,
                named(&innocent.name),
                Some(innocent),
                Identity::Incorrectly,
            ),
        ] {
            probe.set(&players).await?;
            let answer = probe.call(turn, payload).await?;
            let changes = probe.changes(&players).await?;
            let is_it = |change: &Change| match change {
                Change::Became(who, now) => {
                    *now == becomes && player.is_none_or(|player| player == who)
                }
                Change::Spoiled(_) => false,
            };
            if !changes.iter().any(is_it) {
                let got = format!("{}; {}", answer.shown, described(&changes));
                return Err(answer.wrong_in(got, expected));
            }
        }
    }
    Ok("the game goes on while both sides live".to_owned())
}

/// Whether the text says that this side wins: its name, and soon after it a form of `win`.
fn claims(answer: &Answer, side: Side) -> bool {
    const WINS: [&str; 5] = ["win", "wins", "winner", "winners", "won"];
    let side = side.text().to_lowercase();
    answer.lines().iter().any(|line| {
        let line = line.to_lowercase();
        let words = line.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
        let wins = |word: &&str| WINS.contains(word);
        let is_side = |word: &str| word.starts_with(&side);
        let mut places = (0..words.len()).filter(|at| is_side(words[*at]));
        places.any(|at| words.iter().skip(at + 1).take(3).any(wins))
    })
}

/// What the turns answer after this side has won. No answer may say the opposite, and nobody is sentenced: that
/// would be a turn of a game that goes on.
async fn over(probe: &Probe<'_>, players: &[Player], winner: Side) -> Result<Vec<Answer>, Stop> {
    let expected = match winner {
        Side::Mafia => "the game is over, the mafia has won: no innocent is alive",
        Side::Innocent => "the game is over, the innocents have won: no mafia is alive",
    };
    let mut answers = Vec::new();
    for (turn, payload) in turns(players) {
        probe.set(players).await?;
        let answer = probe.call(turn, payload).await?;
        let changes = probe.changes(players).await?;
        let is_turn = |change: &Change| matches!(change, Change::Became(..));
        if changes.iter().any(is_turn) {
            let got = format!("{}; {}", answer.shown, described(&changes));
            return Err(answer.wrong_in(got, expected));
        }
        let names = names(players);
        let blames = |line: &&str| turn == DAY_TURN && mentions(line, &names).len() == 2;
        let denies = claims(&answer, winner.other()) && !claims(&answer, winner);
        if denies || answer.lines().iter().any(blames) {
            return Err(answer.wrong(expected));
        }
        answers.push(answer);
    }
    Ok(answers)
}

pub async fn the_mafia_wins(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    for game in probe.games(MAFIA_HAS_WON.len()) {
        over(probe, &MAFIA_HAS_WON[game].draw(chance), Side::Mafia).await?;
    }
    Ok("the mafia wins when no innocent lives".to_owned())
}

pub async fn the_innocents_win(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    for game in probe.games(INNOCENTS_HAVE_WON.len()) {
        let players = INNOCENTS_HAVE_WON[game].draw(chance);
        let innocents = over(probe, &players, Side::Innocent).await?;
        let mafia = over(probe, &MAFIA_HAS_WON[game].draw(chance), Side::Mafia).await?;
        let same = innocents
            .iter()
            .zip(&mafia)
            .find(|(one, other)| one.body == other.body);
        if let Some((answer, _)) = same {
            return Err(answer.wrong("another answer than when the mafia has won"));
        }
    }
    Ok("the innocents win when no mafia lives".to_owned())
}

/// The turn that ends the game says so already, in words that the turns after it repeat.
pub async fn the_last_turn_tells(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    for (cast, turn, winner) in [
        (CLOSE[0], NIGHT_TURN, Side::Mafia),
        (CLOSE[1], JUDGEMENT, Side::Innocent),
        (CLOSE[2], NIGHT_TURN, Side::Mafia),
        (CLOSE[2], JUDGEMENT, Side::Innocent),
    ] {
        let players = cast.draw(chance);
        let mafia = players.iter().find(|it| it.lives_as(Side::Mafia));
        let payload = match (turn, mafia) {
            (JUDGEMENT, Some(mafia)) => named(&mafia.name),
            _ => json!({}),
        };
        probe.set(&players).await?;
        let last = probe.call(turn, payload).await?;
        let after = probe.call(DAY_TURN, json!({})).await?;
        let (last_lines, after_lines) = (last.lines(), after.lines());
        let repeats = last_lines.iter().any(|line| after_lines.contains(line));
        if !repeats && !claims(&last, winner) {
            let expected = match winner {
                Side::Mafia => "the turn that kills the last innocent says that the mafia has won",
                Side::Innocent => "the sentence of the last mafia says that the innocents have won",
            };
            return Err(last.wrong(expected));
        }
    }
    Ok("the last turn tells who has won".to_owned())
}

pub async fn nothing_changes_after_the_end(probe: &Probe<'_>) -> Checked {
    let chance = &mut probe.chance();
    for cast in [MAFIA_HAS_WON[0], INNOCENTS_HAVE_WON[0]] {
        let players = cast.draw(chance);
        for (turn, payload) in turns(&players) {
            probe.set(&players).await?;
            let answer = probe.call(turn, payload).await?;
            let changes = probe.changes(&players).await?;
            if !changes.is_empty() {
                let got = described(&changes);
                return Err(answer.wrong_in(got, "nothing changes after the end"));
            }
        }
    }
    let answer = probe.call(NEW_GAME, json!({})).await?;
    let items = probe.items().await?;
    let lives = |item| Player::read(item).is_ok_and(|player| player.is_alive());
    if items.is_empty() || !items.iter().all(lives) {
        return Err(answer.wrong("a new game after the end"));
    }
    Ok("after the end, only a new game changes something".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_claims_a_winner_in_its_own_words() {
        use Side::{Innocent, Mafia};
        for (text, mafia, innocents) in [
            ("Game over: the mafia wins", true, false),
            ("The innocents have won!", false, true),
            ("Innocent people win the game", false, true),
            ("All innocents are dead. The Mafia won", true, false),
            ("La mafia a gagné", false, false),
            ("Who is the Mafia? A winter's tale", false, false),
        ] {
            let answer = Answer::read(
                &json!({}),
                json!({ "Message": text }).to_string().as_bytes(),
            );
            assert_eq!(
                (claims(&answer, Mafia), claims(&answer, Innocent)),
                (mafia, innocents),
                "{text}"
            );
        }
    }
}
