//! DynamoDB: items with the types of their values, so that they can be written back as they were.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::tables::LARGEST_BATCH;
use super::{Cloud, CloudError};

/// How many batches are written at the same time.
const MAX_CONCURRENT_BATCHES: usize = 4;

/// The attributes of an item by name, with their types.
pub type StoredItem = BTreeMap<String, StoredValue>;

/// A value with its type, by DynamoDB's names for the types.
///
/// Source: DynamoDB API reference, `AttributeValue`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StoredValue {
    S(String),
    N(String),
    Bool(bool),
    Null(bool),
    B(Vec<u8>),
    Ss(Vec<String>),
    Ns(Vec<String>),
    Bs(Vec<Vec<u8>>),
    L(Vec<StoredValue>),
    M(StoredItem),
}

impl StoredValue {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for StoredValue {
    fn from(text: &str) -> Self {
        Self::S(text.to_owned())
    }
}

impl Cloud {
    /// All items of a table, with all that was written before.
    pub async fn stored_items(&self, table: &str) -> Result<Vec<StoredItem>, CloudError> {
        let scan = self.tables.scan().table_name(table).consistent_read(true);
        let items = scan.into_paginator().items().send();
        let items: Result<Vec<_>, _> = items.collect().await;
        let items = items.map_err(self.failed("Scan"))?;
        Ok(items.into_iter().map(stored).collect())
    }

    /// Puts an item, unless the one with its key has the same value of this attribute already.
    pub async fn put_unless_same(
        &self,
        table: &str,
        item: &StoredItem,
        attribute: &str,
    ) -> Result<(), CloudError> {
        let put = self.tables.put_item().table_name(table);
        let put = put.set_item(Some(written_item(item)));
        let put = match item.get(attribute) {
            None => put,
            Some(value) => put
                .condition_expression("attribute_not_exists(#it) OR #it <> :it")
                .expression_attribute_names("#it", attribute)
                .expression_attribute_values(":it", written(value)),
        };
        match put.send().await.map_err(self.failed("PutItem")) {
            Err(error) if error.code() != Some("ConditionalCheckFailedException") => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes these the only items of a table with this `key`; returns how many had to be written or deleted.
    /// What is there already is not written again, so it can be repeated until it has succeeded.
    pub async fn replace_items(
        &self,
        table: &str,
        key: &[String],
        items: &[StoredItem],
    ) -> Result<usize, CloudError> {
        let there = self.stored_items(table).await?;
        let is_same = |one: &StoredItem, other: &StoredItem| {
            key.iter().all(|name| one.get(name) == other.get(name))
        };
        let left_over = |item: &&StoredItem| !items.iter().any(|it| is_same(it, item));
        let deletes = there.iter().filter(left_over).map(|item| {
            let of_key = item.iter().filter(|(name, _)| key.contains(name));
            let of_key = of_key.map(|(name, value)| (name.clone(), written(value)));
            let delete = DeleteRequest::builder().set_key(Some(of_key.collect()));
            let delete = delete.build().expect("the key is set");
            WriteRequest::builder().delete_request(delete).build()
        });
        let puts = items.iter().filter(|item| !there.contains(item));
        let puts = puts.map(|item| {
            let put = PutRequest::builder().set_item(Some(written_item(item)));
            let put = put.build().expect("the item is set");
            WriteRequest::builder().put_request(put).build()
        });
        let writes: Vec<WriteRequest> = deletes.chain(puts).collect();
        stream::iter(writes.chunks(LARGEST_BATCH))
            .map(|batch| self.write_batch(table, batch.to_vec()))
            .buffer_unordered(MAX_CONCURRENT_BATCHES)
            .try_collect::<()>()
            .await?;
        Ok(writes.len())
    }
}

fn stored(item: HashMap<String, AttributeValue>) -> StoredItem {
    let attributes = item.into_iter();
    attributes
        .map(|(name, value)| (name, stored_value(value)))
        .collect()
}

fn stored_value(value: AttributeValue) -> StoredValue {
    match value {
        AttributeValue::S(text) => StoredValue::S(text),
        AttributeValue::N(number) => StoredValue::N(number),
        AttributeValue::Bool(is_it) => StoredValue::Bool(is_it),
        AttributeValue::B(bytes) => StoredValue::B(bytes.into_inner()),
        AttributeValue::Ss(texts) => StoredValue::Ss(texts),
        AttributeValue::Ns(numbers) => StoredValue::Ns(numbers),
        AttributeValue::Bs(all) => StoredValue::Bs(all.into_iter().map(Blob::into_inner).collect()),
        AttributeValue::L(values) => StoredValue::L(values.into_iter().map(stored_value).collect()),
        AttributeValue::M(values) => StoredValue::M(stored(values)),
        // DynamoDB has no other types.
        _ => StoredValue::Null(true),
    }
}

fn written(value: &StoredValue) -> AttributeValue {
    match value.clone() {
        StoredValue::S(text) => AttributeValue::S(text),
        StoredValue::N(number) => AttributeValue::N(number),
        StoredValue::Bool(is_it) => AttributeValue::Bool(is_it),
        StoredValue::Null(is_it) => AttributeValue::Null(is_it),
        StoredValue::B(bytes) => AttributeValue::B(Blob::new(bytes)),
        StoredValue::Ss(texts) => AttributeValue::Ss(texts),
        StoredValue::Ns(numbers) => AttributeValue::Ns(numbers),
        StoredValue::Bs(all) => AttributeValue::Bs(all.into_iter().map(Blob::new).collect()),
        StoredValue::L(values) => AttributeValue::L(values.iter().map(written).collect()),
        StoredValue::M(values) => AttributeValue::M(written_item(&values)),
    }
}

fn written_item(item: &StoredItem) -> HashMap<String, AttributeValue> {
    let attributes = item.iter();
    attributes
        .map(|(name, value)| (name.clone(), written(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_survives_a_file() {
        let number = |number: &str| AttributeValue::N(number.to_owned());
        let values = [
            AttributeValue::S("Ann".to_owned()),
            number("12345678901234567890123456789012345678"),
            AttributeValue::Bool(false),
            AttributeValue::Null(true),
            AttributeValue::B(Blob::new([0, 255])),
            AttributeValue::Ss(vec!["a".to_owned()]),
            AttributeValue::Ns(vec!["1.0".to_owned()]),
            AttributeValue::Bs(vec![Blob::new([1])]),
            AttributeValue::L(vec![number("1")]),
            AttributeValue::M([("k".to_owned(), number("2"))].into()),
        ];
        for value in values {
            let text = serde_json::to_string(&stored_value(value.clone())).expect("it is JSON");
            let read: StoredValue = serde_json::from_str(&text).expect("it is a value");
            assert_eq!(written(&read), value, "{text}");
        }
    }
}
