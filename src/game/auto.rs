//! Plays a whole game: the judge sentences one of the players with the most votes.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::{Day, GameClient, GameError, State, Told, Turn, Winner};

/// More rounds than a game can have: at least one player leaves in each.
const MAX_ROUNDS: u32 = 1000;

/// A game that was played to its end.
#[derive(Clone, Debug, Serialize)]
pub struct FinishedGame {
    /// The seed of all choices, the functions' and the judge's: it makes the same game again.
    pub seed: u64,
    pub rounds: u32,
    pub winner: Winner,
    pub turns: Vec<Turn>,
    /// The players at the end.
    pub end: State,
}

/// Plays a new game to its end, and calls `on_turn` after each turn.
pub async fn play(
    game: &GameClient<'_>,
    seed: u64,
    on_turn: impl AsyncFn(&Turn),
) -> Result<FinishedGame, GameError> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut record = Record {
        on_turn,
        turns: Vec::new(),
        told: Told::default(),
    };
    let new = game.with_seed(rng.next_u32()).new_game().await?;
    record.add(new.into()).await?;
    for rounds in 1..=MAX_ROUNDS {
        if let Some(winner) = round(game, &mut rng, &mut record).await? {
            let mut end = game.state().await?.turn;
            record.told.correct(&mut end.players);
            end.finish(winner);
            return Ok(FinishedGame {
                seed,
                rounds,
                winner,
                turns: record.turns,
                end,
            });
        }
    }
    Err(GameError::TooManyRounds { rounds: MAX_ROUNDS })
}

async fn round(
    game: &GameClient<'_>,
    rng: &mut StdRng,
    record: &mut Record<impl AsyncFn(&Turn)>,
) -> Result<Option<Winner>, GameError> {
    let night = game.with_seed(rng.next_u32()).night().await?;
    let over = night.turn.winner;
    record.add(night.into()).await?;
    if over.is_some() {
        return Ok(over);
    }
    let day = game.with_seed(rng.next_u32()).day().await?;
    let over = day.turn.winner;
    let suspect = suspect(&day.turn, rng);
    record.add(day.into()).await?;
    let Some(suspect) = suspect.filter(|_| over.is_none()) else {
        return Ok(over);
    };
    let verdict = game.judge(&suspect).await?;
    let over = verdict.turn.winner;
    record.add(verdict.into()).await?;
    Ok(over)
}

/// The turns of a game so far.
struct Record<F> {
    on_turn: F,
    turns: Vec<Turn>,
    told: Told,
}

impl<F: AsyncFn(&Turn)> Record<F> {
    async fn add(&mut self, turn: Turn) -> Result<(), GameError> {
        (self.on_turn)(&turn).await;
        self.told.learn(&turn);
        let understood = understood(&turn);
        self.turns.push(turn);
        understood
    }
}

/// A game goes on by itself only with answers of the expected shapes.
fn understood(turn: &Turn) -> Result<(), GameError> {
    match turn.expected {
        None => Ok(()),
        Some(expected) => Err(GameError::UnexpectedAnswer {
            function: turn.function.clone(),
            answer: turn.answer.to_string(),
            expected,
        }),
    }
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

#[cfg(test)]
mod tests {
    use super::super::Accusation;
    use super::*;

    fn day(accused: &[&str]) -> Day {
        let accusation = |accused: &&str| Accusation {
            accuser: "Ann".to_owned(),
            accused: (*accused).to_owned(),
        };
        Day {
            accusations: accused.iter().map(accusation).collect(),
            winner: None,
        }
    }

    /// The players who are sentenced with one of a hundred seeds.
    fn suspects(accused: &[&str]) -> Vec<String> {
        let day = day(accused);
        let chosen = (0..100).filter_map(|seed| suspect(&day, &mut StdRng::seed_from_u64(seed)));
        let mut chosen: Vec<String> = chosen.collect();
        chosen.sort();
        chosen.dedup();
        chosen
    }

    #[test]
    fn the_judge_chooses_among_those_with_the_most_votes_alone() {
        assert_eq!(suspects(&["Bo", "Cy", "Cy"]), ["Cy"]);
        assert_eq!(suspects(&["Bo", "Cy", "Cy", "Dee", "Bo"]), ["Bo", "Cy"]);
        assert_eq!(suspects(&[]), [""; 0]);
    }
}
