//! A whole game with a judge who picks among the most blamed.

use rand::seq::IndexedRandom;
use rand::{SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::{Day, GameError, NewGame, Night, Played, State, Table, Verdict, Winner};

/// More rounds than any game can have: each one takes at least one player.
const MOST_ROUNDS: u32 = 1000;

/// What happens at the table, as it happens.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "turn")]
pub enum Turn {
    New(Played<NewGame>),
    Night(Played<Night>),
    Day(Played<Day>),
    Judgement(Played<Verdict>),
    /// A look at the players, which changes nothing; not a part of whole games.
    State(Played<State>),
}

/// A game that was played to its end.
#[derive(Clone, Debug, Serialize)]
pub struct Game {
    /// Of the judge's choices; the functions draw their own.
    pub seed: u64,
    pub rounds: u32,
    pub winner: Winner,
    pub turns: Vec<Turn>,
    /// The players at the end.
    pub end: State,
}

/// Plays a new game to its end; `on_turn` sees each turn as it comes.
pub async fn play(
    table: &Table<'_>,
    seed: u64,
    on_turn: impl Fn(&Turn) + Sync,
) -> Result<Game, GameError> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut turns = Vec::new();
    let mut note = |turn: Turn| {
        on_turn(&turn);
        turns.push(turn);
    };
    note(Turn::New(table.new_game().await?));
    for rounds in 1..=MOST_ROUNDS {
        if let Some(winner) = round(table, &mut rng, &mut note).await? {
            let end = table.state().await?.turn;
            return Ok(Game {
                seed,
                rounds,
                winner,
                turns,
                end,
            });
        }
    }
    Err(GameError::Endless {
        rounds: MOST_ROUNDS,
    })
}

async fn round(
    table: &Table<'_>,
    rng: &mut StdRng,
    note: &mut impl FnMut(Turn),
) -> Result<Option<Winner>, GameError> {
    let night = table.night().await?;
    let over = night.turn.winner;
    note(Turn::Night(night));
    if over.is_some() {
        return Ok(over);
    }
    let day = table.day().await?;
    let over = day.turn.winner;
    let suspect = suspect(&day.turn, rng);
    note(Turn::Day(day));
    let Some(suspect) = suspect.filter(|_| over.is_none()) else {
        return Ok(over);
    };
    let verdict = table.judge(&suspect).await?;
    let over = verdict.turn.winner;
    note(Turn::Judgement(verdict));
    Ok(over)
}

/// One of those blamed most.
fn suspect(day: &Day, rng: &mut StdRng) -> Option<String> {
    let votes = day.votes();
    let most = votes.first()?.1;
    let blamed: Vec<&str> = votes
        .iter()
        .filter(|(_, count)| *count == most)
        .map(|(name, _)| *name)
        .collect();
    blamed.choose(rng).map(|name| (*name).to_owned())
}

impl Turn {
    /// What Lambda reported of the call.
    pub fn report(&self) -> &std::collections::BTreeMap<String, String> {
        match self {
            Self::New(played) => &played.report,
            Self::Night(played) => &played.report,
            Self::Day(played) => &played.report,
            Self::Judgement(played) => &played.report,
            Self::State(played) => &played.report,
        }
    }
}
