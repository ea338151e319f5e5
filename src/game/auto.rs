//! Plays a whole game: the judge sentences one of the players with the most votes.

use rand::seq::IndexedRandom;
use rand::{SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::{Day, GameClient, GameError, State, Turn, Winner};

/// More rounds than a game can have: at least one player leaves in each.
const MAX_ROUNDS: u32 = 1000;

/// A game that was played to its end.
#[derive(Clone, Debug, Serialize)]
pub struct FinishedGame {
    /// The seed of the judge's choices; the functions use their own.
    pub seed: u64,
    pub rounds: u32,
    pub winner: Winner,
    pub turns: Vec<Turn>,
    /// The players at the end.
    pub end: State,
}

/// Plays a new game to its end, and calls `on_turn` with each turn.
pub async fn play(
    game: &GameClient<'_>,
    seed: u64,
    on_turn: impl Fn(&Turn) + Sync,
) -> Result<FinishedGame, GameError> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut turns = Vec::new();
    let mut record = |turn: Turn| {
        on_turn(&turn);
        turns.push(turn);
    };
    record(Turn::New(game.new_game().await?));
    for rounds in 1..=MAX_ROUNDS {
        if let Some(winner) = round(game, &mut rng, &mut record).await? {
            let end = game.state().await?.turn;
            return Ok(FinishedGame {
                seed,
                rounds,
                winner,
                turns,
                end,
            });
        }
    }
    Err(GameError::TooManyRounds { rounds: MAX_ROUNDS })
}

async fn round(
    game: &GameClient<'_>,
    rng: &mut StdRng,
    record: &mut impl FnMut(Turn),
) -> Result<Option<Winner>, GameError> {
    let night = game.night().await?;
    let over = night.turn.winner;
    record(Turn::Night(night));
    if over.is_some() {
        return Ok(over);
    }
    let day = game.day().await?;
    let over = day.turn.winner;
    let suspect = suspect(&day.turn, rng);
    record(Turn::Day(day));
    let Some(suspect) = suspect.filter(|_| over.is_none()) else {
        return Ok(over);
    };
    let verdict = game.judge(&suspect).await?;
    let over = verdict.turn.winner;
    record(Turn::Judgement(verdict));
    Ok(over)
}

/// One of the players with the most votes.
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
