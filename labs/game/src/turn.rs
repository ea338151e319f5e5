//! A turn that changes the game: read, decide, write.
//!
//! Others take turns at the same time. So what a turn decided is only written while it still holds
//! for the player whom it concerns, and when somebody else came first, the turn looks again and
//! decides again. That is why a night kills exactly one, and a judgement never sentences the dead.

use crate::error::Error;
use crate::player::Player;
use crate::rules::{Fate, Game, Refusal, Winner};
use crate::storage::{StorageError, Table, Written};
use crate::{log, pause};

/// How often a turn decides before it gives up. Each race that is lost is a turn that somebody
/// else took, and a game ends long before that many are taken.
const TRIES: u32 = 100;

/// A turn that was taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Turn {
    /// The player who left the game.
    pub player: Player,
    /// The side that has won, when the game is over now.
    pub winner: Option<Winner>,
}

/// Takes the turn that `decide` chooses for the game as it stands. `decide` is asked again,
/// about the game as it stands then, as often as another turn comes first.
pub async fn take(
    table: &Table,
    mut decide: impl FnMut(&Game) -> Result<Fate, Refusal>,
) -> Result<Turn, Error> {
    for round in 0..TRIES {
        let game = table.game().await?;
        let fate = decide(&game)?;

        match table.write(&fate).await? {
            Written::Yes => {
                // Others may have left the game at the same moment, so the end of the game is
                // looked for in the table. Should that fail, the turn is taken nevertheless.
                let after = table.game().await.unwrap_or_else(|_| game.after(&fate));
                return Ok(Turn {
                    winner: after.winner(),
                    player: fate.player,
                });
            }
            Written::No => {
                log::line("somebody else's turn came first: deciding again");
                pause::short(round).await;
            }
        }
    }
    Err(StorageError::Contended {
        table: table.name().to_owned(),
        tries: TRIES,
    }
    .into())
}
