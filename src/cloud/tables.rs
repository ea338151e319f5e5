//! DynamoDB: tables and what is in them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, KeySchemaElement, WriteRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Cloud, CloudError};

/// The attributes of an item by name, as plain JSON.
pub type Item = BTreeMap<String, Value>;

/// A table as its service describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The attributes of its key, the partition key first.
    pub keys: Vec<String>,
    pub indexes: Vec<Index>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub name: String,
    /// As of a table.
    pub keys: Vec<String>,
}

/// Some or all items of a table or an index.
#[derive(Clone, Debug, PartialEq)]
pub struct Items {
    pub items: Vec<Item>,
    /// Whether there are no others.
    pub complete: bool,
}

impl Cloud {
    /// The table of that name, if there is one.
    pub async fn table(&self, name: &str) -> Result<Option<Table>, CloudError> {
        let answer = self
            .tables
            .describe_table()
            .table_name(name)
            .send()
            .await
            .map_err(self.failed("DescribeTable"));
        let described = match answer {
            Ok(answer) => answer.table,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(described.map(|table| {
            let global = table.global_secondary_indexes().iter();
            let global = global.map(|index| (index.index_name(), index.key_schema()));
            let local = table.local_secondary_indexes().iter();
            let local = local.map(|index| (index.index_name(), index.key_schema()));
            let indexes = global.chain(local).map(|(name, schema)| Index {
                name: name.unwrap_or_default().to_owned(),
                keys: keys(schema),
            });
            Table {
                keys: keys(table.key_schema()),
                indexes: indexes.collect(),
            }
        }))
    }

    /// The items of a table, or those that its index has, at most so many. A table shows all that was
    /// written before; an index may lag.
    pub async fn items(
        &self,
        table: &str,
        index: Option<&str>,
        at_most: usize,
    ) -> Result<Items, CloudError> {
        let mut items = Vec::new();
        let mut start: Option<HashMap<String, AttributeValue>> = None;
        loop {
            let page = self
                .tables
                .scan()
                .table_name(table)
                .set_index_name(index.map(str::to_owned))
                .set_consistent_read(index.is_none().then_some(true))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(self.failed("Scan"))?;
            let found = page.items.unwrap_or_default().into_iter();
            items.extend(found.map(|item| {
                let attributes = item.into_iter();
                attributes
                    .map(|(name, value)| (name, plain(value)))
                    .collect::<Item>()
            }));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || items.len() >= at_most {
                let complete = start.is_none() && items.len() <= at_most;
                items.truncate(at_most);
                return Ok(Items { items, complete });
            }
        }
    }
}

/// How many items a request writes or deletes at most.
///
/// Source: DynamoDB API reference, `BatchWriteItem`.
pub(super) const LARGEST_BATCH: usize = 25;
/// Before what was not processed is asked for again.
const PAUSE: Duration = Duration::from_millis(100);

impl Cloud {
    /// Deletes all items of a table; returns how many there were. A table that does not exist is empty.
    pub async fn empty_table(&self, name: &str) -> Result<usize, CloudError> {
        let Some(table) = self.table(name).await? else {
            return Ok(0);
        };
        let mut deleted = 0;
        let scan = self.tables.scan().table_name(name).consistent_read(true);
        let mut items = scan.into_paginator().items().send();
        let mut batch = Vec::new();
        while let Some(item) = items.next().await {
            let mut item = item.map_err(self.failed("Scan"))?;
            item.retain(|attribute, _| table.keys.contains(attribute));
            let delete = DeleteRequest::builder().set_key(Some(item)).build();
            let delete = delete.expect("the key is set");
            batch.push(WriteRequest::builder().delete_request(delete).build());
            deleted += 1;
            if batch.len() == LARGEST_BATCH {
                self.write_batch(name, std::mem::take(&mut batch)).await?;
            }
        }
        self.write_batch(name, batch).await?;
        Ok(deleted)
    }

    pub(super) async fn write_batch(
        &self,
        table: &str,
        batch: Vec<WriteRequest>,
    ) -> Result<(), CloudError> {
        let mut left = batch;
        while !left.is_empty() {
            let write = self.tables.batch_write_item().request_items(table, left);
            let answer = write.send().await.map_err(self.failed("BatchWriteItem"))?;
            let unprocessed = answer.unprocessed_items.unwrap_or_default();
            left = unprocessed.into_values().flatten().collect();
            if !left.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }
}

fn keys(schema: &[KeySchemaElement]) -> Vec<String> {
    schema
        .iter()
        .map(|key| key.attribute_name().to_owned())
        .collect()
}

/// A value without its types. A number that JSON's readers would round stays a text.
fn plain(value: AttributeValue) -> Value {
    let list = |values: Vec<String>| values.into_iter().map(Value::from).collect();
    match value {
        AttributeValue::S(text) => text.into(),
        AttributeValue::N(number) => plain_number(number),
        AttributeValue::Bool(is_it) => is_it.into(),
        AttributeValue::B(bytes) => STANDARD.encode(bytes).into(),
        AttributeValue::Ss(texts) => list(texts),
        AttributeValue::Ns(numbers) => numbers.into_iter().map(plain_number).collect(),
        AttributeValue::Bs(all) => list(all.into_iter().map(|it| STANDARD.encode(it)).collect()),
        AttributeValue::L(values) => values.into_iter().map(plain).collect(),
        AttributeValue::M(values) => {
            let values = values.into_iter().map(|(name, value)| (name, plain(value)));
            Value::Object(values.collect())
        }
        _ => Value::Null,
    }
}

fn plain_number(number: String) -> Value {
    let value: Value = serde_json::from_str(&number).unwrap_or_default();
    let shown = value.to_string();
    if shown == number {
        value
    } else {
        number.into()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_of_any_type_becomes_plain_json() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: &str| AttributeValue::N(number.to_owned());
        for (value, expected) in [
            (text("Ann"), json!("Ann")),
            (number("7"), json!(7)),
            (number("-1.5"), json!(-1.5)),
            (number("3E+2"), json!("3E+2")),
            (
                number("12345678901234567890123456789012345678"),
                json!("12345678901234567890123456789012345678"),
            ),
            (AttributeValue::Bool(true), json!(true)),
            (AttributeValue::Null(true), json!(null)),
            (AttributeValue::B(Blob::new("hi")), json!("aGk=")),
            (AttributeValue::Ss(vec!["a".to_owned()]), json!(["a"])),
            (AttributeValue::Ns(vec!["1".to_owned()]), json!([1])),
            (AttributeValue::Bs(vec![Blob::new("hi")]), json!(["aGk="])),
            (
                AttributeValue::L(vec![number("1"), text("b")]),
                json!([1, "b"]),
            ),
            (
                AttributeValue::M([("k".to_owned(), text("v"))].into()),
                json!({ "k": "v" }),
            ),
        ] {
            assert_eq!(plain(value), expected);
        }
    }
}
