//! Writes many items.

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};

use super::error::{Operation, failed};
use super::{Item, Table};
use crate::error::Failure;
use crate::retry::growing_pause;

/// The most writes that DynamoDB takes in one batch.
const BATCH: usize = 25;

/// How often a batch is sent while DynamoDB leaves some of it undone. The pauses between the tries
/// add up to less than 4 s.
const TRIES: u32 = 8;

/// Writes an item, in place of the one with the same key if there is one.
pub fn put(item: Item) -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(item)).build();
    let put = put.expect("the item is set");
    WriteRequest::builder().put_request(put).build()
}

/// Deletes the item that has the same value of `key`, the table's key, as this one.
pub fn delete(key: &str, item: &Item) -> WriteRequest {
    let key = item.get_key_value(key).into_iter();
    let key = key.map(|(name, value)| (name.clone(), value.clone()));
    let delete = DeleteRequest::builder().set_key(Some(key.collect()));
    let delete = delete.build().expect("the key is set");
    WriteRequest::builder().delete_request(delete).build()
}

/// Does all of these writes, of which no two may have the same key, or fails.
pub async fn write_all(table: &Table, writes: Vec<WriteRequest>) -> Result<(), Failure> {
    let (name, all) = (&table.name, writes.len());
    let mut done = 0;
    for batch in writes.chunks(BATCH) {
        let undone = write_batch(table, batch.to_vec()).await?;
        done += batch.len() - undone;
        if undone > 0 {
            let left = all - done;
            return Err(Failure::storage(format!(
                "DynamoDB left {left} of {all} writes to the table {name} undone after {TRIES} \
                 tries, so only a part of them is in it. Call the function again in a moment"
            )));
        }
    }
    Ok(())
}

/// Sends a batch, and again what DynamoDB left undone of it. Returns how many are still undone.
async fn write_batch(table: &Table, mut batch: Vec<WriteRequest>) -> Result<usize, Failure> {
    for round in 0..TRIES {
        growing_pause(round).await;
        let request = table
            .client
            .batch_write_item()
            .request_items(&table.name, batch);
        let answer = request.send().await;
        let answer = answer.map_err(|error| failed(Operation::WriteBatch, &table.name, &error))?;
        let mut undone = answer.unprocessed_items.unwrap_or_default();
        batch = undone.remove(&table.name).unwrap_or_default();
        if batch.is_empty() {
            break;
        }
    }
    Ok(batch.len())
}
