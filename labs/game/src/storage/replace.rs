//! Starting over: one game out of the table, another one in.
//!
//! DynamoDB has no "replace everything". It takes batches of writes, does as many of them as it
//! can, and says which it left undone; a game isn't started before all of them are done.

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};

use super::{Item, Operation, StorageError, Table};
use crate::pause;
use crate::player::Player;
use crate::rules::Game;

/// The most writes that DynamoDB takes in one batch.
const BATCH: usize = 25;

/// How often a batch is sent while DynamoDB leaves some of it undone. The pauses between the tries
/// add up to less than 4 s.
const BATCH_TRIES: u32 = 8;

/// How often a game is written while others write to the same table.
const GAME_TRIES: u32 = 12;

impl Table {
    /// Makes `game` the only one in the table.
    ///
    /// The table is read once more at the end. Two new games at once would otherwise leave the
    /// players of both in it, and both would be told that all is well.
    pub async fn replace(&self, game: &Game) -> Result<(), StorageError> {
        let mut found = self.items().await?;
        for round in 0..GAME_TRIES {
            pause::growing(round).await;
            self.write_all(&writes(game, &found)).await?;
            found = self.items().await?;
            if holds(&found, game) {
                return Ok(());
            }
        }
        Err(StorageError::Overwritten {
            table: self.name.clone(),
            tries: GAME_TRIES,
        })
    }

    async fn write_all(&self, writes: &[WriteRequest]) -> Result<(), StorageError> {
        let mut done = 0;
        for batch in writes.chunks(BATCH) {
            let undone = self.write_batch(batch.to_vec()).await?;
            if !undone.is_empty() {
                return Err(StorageError::Unprocessed {
                    table: self.name.clone(),
                    left: writes.len() - done - (batch.len() - undone.len()),
                    all: writes.len(),
                    tries: BATCH_TRIES,
                });
            }
            done += batch.len();
        }
        Ok(())
    }

    /// Sends a batch, and again what DynamoDB left undone of it. Returns what is still undone.
    async fn write_batch(
        &self,
        mut batch: Vec<WriteRequest>,
    ) -> Result<Vec<WriteRequest>, StorageError> {
        for round in 0..BATCH_TRIES {
            pause::growing(round).await;
            let request = self
                .client
                .batch_write_item()
                .request_items(&self.name, batch);
            let answer = request
                .send()
                .await
                .map_err(|error| self.failed(Operation::Replace, &error))?;
            let mut undone = answer.unprocessed_items.unwrap_or_default();
            batch = undone.remove(&self.name).unwrap_or_default();
            if batch.is_empty() {
                break;
            }
        }
        Ok(batch)
    }
}

/// A put for every player of `game`, and a delete for every item `found` that no put replaces.
fn writes(game: &Game, found: &[Item]) -> Vec<WriteRequest> {
    let puts = game.players().iter().map(|player| {
        let item = serde_dynamo::to_item(player).expect("a player is three plain strings");
        let put = PutRequest::builder()
            .set_item(Some(item))
            .build()
            .expect("the item is set");
        WriteRequest::builder().put_request(put).build()
    });

    let stays = |item: &Item| game.players().iter().any(|player| is_named(item, player));
    let deletes = found.iter().filter(|item| !stays(item)).filter_map(|item| {
        let delete = DeleteRequest::builder()
            .key("Name", item.get("Name")?.clone())
            .build();
        Some(
            WriteRequest::builder()
                .delete_request(delete.expect("the key is set"))
                .build(),
        )
    });

    puts.chain(deletes).collect()
}

/// Whether the items are the players of `game`. Some of them may have been killed or sentenced
/// already: turns don't wait until new-game has answered.
fn holds(items: &[Item], game: &Game) -> bool {
    let is_in_game = |item: &Item| {
        let player: Option<Player> = serde_dynamo::from_item(item.clone()).ok();
        player.is_some_and(|found| {
            let same = |p: &&Player| p.name == found.name && p.true_identity == found.true_identity;
            game.players().iter().any(|player| same(&player))
        })
    };
    items.len() == game.players().len() && items.iter().all(is_in_game)
}

fn is_named(item: &Item, player: &Player) -> bool {
    item.get("Name").and_then(|name| name.as_s().ok()) == Some(&player.name)
}
