//! The rules of the game: who may die, who blames whom, who has won.
//!
//! Nothing here knows AWS, and chance comes in from outside as `rng`, so that a test can play
//! thousands of games in a moment and repeat any of them by its seed.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::player::{Identity, Player, TrueIdentity};

/// How many players a new game has, and how many of them are the mafia.
///
/// [`crate::settings`] checks the numbers before a game is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Setup {
    pub players: usize,
    pub mafia: usize,
}

/// The players of one game, living and dead, as they were read at one moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Game {
    players: Vec<Player>,
}

/// The side that has won.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Winner {
    Mafia,
    Innocents,
}

impl Winner {
    /// The line that ends the answer of a finished game.
    pub fn announcement(self) -> String {
        let side = match self {
            Self::Mafia => "the mafia wins",
            Self::Innocents => "the innocents win",
        };
        format!("Game over: {side}")
    }
}

/// Why a turn can't be taken. The caller is told; nothing is broken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("No game yet: start one with new-game")]
    NoGame,
    #[error("{}", .0.announcement())]
    Over(Winner),
    #[error("Player with name {0} not found")]
    NotFound(String),
}

/// What a turn decided: `player`, as it was when the turn looked, becomes something else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fate {
    pub player: Player,
    pub becomes: Identity,
}

/// One living player points at another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Accusation {
    pub accuser: String,
    pub accused: String,
}

impl Game {
    pub fn new(players: Vec<Player>) -> Self {
        Self { players }
    }

    /// Draws the players of a new game out of `names` and hides the mafia among them.
    pub fn draw(names: &[String], setup: Setup, rng: &mut impl Rng) -> Self {
        let mut sides = vec![TrueIdentity::Innocent; setup.players];
        sides
            .iter_mut()
            .take(setup.mafia)
            .for_each(|side| *side = TrueIdentity::Mafia);
        sides.shuffle(rng);

        let drawn = names.sample(rng, setup.players);
        Self::new(
            drawn
                .zip(sides)
                .map(|(name, side)| Player::new(name, side))
                .collect(),
        )
    }

    pub fn players(&self) -> &[Player] {
        &self.players
    }

    /// The mafia wins when no innocent lives, the innocents win when no mafia lives.
    ///
    /// When nobody lives at all (the last of the mafia was sentenced in the very moment when it
    /// killed the last innocent) the mafia has won: there is nobody left to enjoy the peace.
    pub fn winner(&self) -> Option<Winner> {
        if self.players.is_empty() {
            None
        } else if self.living_on(TrueIdentity::Innocent).is_empty() {
            Some(Winner::Mafia)
        } else if self.living_on(TrueIdentity::Mafia).is_empty() {
            Some(Winner::Innocents)
        } else {
            None
        }
    }

    /// A night: the mafia kills one living innocent, never one of its own.
    pub fn night(&self, rng: &mut impl Rng) -> Result<Fate, Refusal> {
        self.still_on()?;
        let innocents = self.living_on(TrueIdentity::Innocent);
        let victim = innocents.choose(rng).ok_or(Refusal::Over(Winner::Mafia))?;
        Ok(Fate {
            player: (*victim).clone(),
            becomes: Identity::KilledByMafia,
        })
    }

    /// A day: every living player blames one. The mafia knows its own and blames an innocent; an
    /// innocent knows nothing and blames anybody else.
    pub fn day(&self, rng: &mut impl Rng) -> Result<Vec<Accusation>, Refusal> {
        self.still_on()?;
        let innocents = self.living_on(TrueIdentity::Innocent);

        let accusations = self.living().into_iter().filter_map(|accuser| {
            let suspects = match accuser.true_identity {
                TrueIdentity::Mafia => innocents.clone(),
                TrueIdentity::Innocent => self.living_except(accuser),
            };
            let accused = suspects.choose(rng)?;
            Some(Accusation {
                accuser: accuser.name.clone(),
                accused: accused.name.clone(),
            })
        });
        Ok(accusations.collect())
    }

    /// A judgement: the living player called `name` is sentenced, and the side uncovered.
    pub fn judgement(&self, name: &str) -> Result<Fate, Refusal> {
        self.still_on()?;
        let accused = self.living().into_iter().find(|player| player.name == name);
        let player = accused.ok_or_else(|| Refusal::NotFound(name.to_owned()))?;
        let becomes = match player.true_identity {
            TrueIdentity::Mafia => Identity::CorrectlySentenced,
            TrueIdentity::Innocent => Identity::IncorrectlySentenced,
        };
        Ok(Fate {
            player: player.clone(),
            becomes,
        })
    }

    /// The game as it is once `fate` has come true.
    pub fn after(mut self, fate: &Fate) -> Self {
        for player in self
            .players
            .iter_mut()
            .filter(|player| **player == fate.player)
        {
            player.identity = fate.becomes;
        }
        self
    }

    fn still_on(&self) -> Result<(), Refusal> {
        if self.players.is_empty() {
            return Err(Refusal::NoGame);
        }
        self.winner()
            .map_or(Ok(()), |winner| Err(Refusal::Over(winner)))
    }

    fn living(&self) -> Vec<&Player> {
        self.players
            .iter()
            .filter(|player| player.lives())
            .collect()
    }

    fn living_on(&self, side: TrueIdentity) -> Vec<&Player> {
        self.living()
            .into_iter()
            .filter(|player| player.true_identity == side)
            .collect()
    }

    fn living_except(&self, one: &Player) -> Vec<&Player> {
        self.living()
            .into_iter()
            .filter(|player| player.name != one.name)
            .collect()
    }
}

#[cfg(test)]
mod tests;
