//! Plays a whole game: the judge sentences one of the players with the most votes. Where the functions use
//! words of their own, game-state tells who is alive, and the judge chooses by chance.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::{Day, GameClient, GameError, Player, State, Told, Turn, TurnKind, Winner};

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
        game,
        on_turn,
        turns: Vec::new(),
        told: Told::default(),
        seen: None,
    };
    let new = game.with_seed(rng.next_u32()).new_game().await?;
    record.add(new.into()).await?;
    for rounds in 1..=MAX_ROUNDS {
        let before = record.seen.clone();
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
        if record.seen.is_some() && record.seen == before {
            return Err(GameError::Stuck);
        }
    }
    Err(GameError::TooManyRounds { rounds: MAX_ROUNDS })
}

async fn round(
    game: &GameClient<'_>,
    rng: &mut StdRng,
    record: &mut Record<'_, impl AsyncFn(&Turn)>,
) -> Result<Option<Winner>, GameError> {
    let night = game.with_seed(rng.next_u32()).night().await?;
    if let Some(winner) = record.add(night.into()).await? {
        return Ok(Some(winner));
    }
    let day = game.with_seed(rng.next_u32()).day().await?;
    let suspect = suspect(&day.turn, rng);
    if let Some(winner) = record.add(day.into()).await? {
        return Ok(Some(winner));
    }
    let suspect = match suspect {
        Some(suspect) => suspect,
        None => by_chance(record.seen.iter().flatten(), rng).ok_or(GameError::Stuck)?,
    };
    let verdict = game.judge(&suspect).await?;
    record.add(verdict.into()).await
}

/// The turns of a game so far.
struct Record<'a, F> {
    game: &'a GameClient<'a>,
    on_turn: F,
    turns: Vec<Turn>,
    told: Told,
    /// The players as game-state has shown them, where the lines of a turn did not tell what it
    /// did.
    seen: Option<Vec<Player>>,
}

impl<F: AsyncFn(&Turn)> Record<'_, F> {
    /// Adds a turn; says who has won, if anybody has. Of a turn in other words than expected, game-state tells
    /// that.
    async fn add(&mut self, turn: Turn) -> Result<Option<Winner>, GameError> {
        (self.on_turn)(&turn).await;
        self.told.learn(&turn);
        let kind = &turn.turn;
        let (winner, is_new) = (kind.winner(), matches!(kind, TurnKind::New(_)));
        let (is_clear, changes_players) = (kind.is_clear(), kind.changes_players());
        self.turns.push(turn);
        if is_clear {
            self.seen = self.seen.take().filter(|_| !changes_players);
            return Ok(winner);
        }
        let state = self.state().await?;
        self.seen = Some(state.players);
        Ok(state.winner.filter(|_| !is_new))
    }

    /// The players and how the game stands. Without that, a game cannot go on by itself.
    async fn state(&self) -> Result<State, GameError> {
        let reply = self.game.state().await?;
        if let Some(expected) = reply.expected {
            return Err(GameError::UnexpectedAnswer {
                function: reply.function,
                answer: reply.answer.to_string(),
                expected,
            });
        }
        let mut state = reply.turn;
        self.told.correct(&mut state.players);
        state.assess(self.game.number_of_mafia().await);
        Ok(state)
    }
}

/// One of the players who are alive.
fn by_chance<'a>(players: impl Iterator<Item = &'a Player>, rng: &mut StdRng) -> Option<String> {
    let living = players.filter(|player| player.is_alive());
    let mut living: Vec<&str> = living.map(|player| player.name.as_str()).collect();
    living.sort_unstable();
    living.choose(rng).map(|name| (*name).to_owned())
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

    #[test]
    fn without_votes_any_of_the_living_may_be_sentenced() {
        let mut players = ["Ann", "Bo", "Cy"].map(Player::new);
        players[1].identity = "Killed by mafia".to_owned();
        let chosen =
            (0..100).map(|seed| by_chance(players.iter(), &mut StdRng::seed_from_u64(seed)));
        let mut chosen: Vec<String> = chosen.flatten().collect();
        chosen.sort();
        chosen.dedup();
        assert_eq!(chosen, ["Ann", "Cy"]);
        let nobody: [Player; 0] = [];
        assert_eq!(
            by_chance(nobody.iter(), &mut StdRng::seed_from_u64(1)),
            None
        );
    }
}
