//! Reads a stream page by page, in the role of the function.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::super::Lambda;
use super::super::mapping::Mapping;
use crate::fault::{Answer, Fault};

/// Of one request. Source: the documentation of GetRecords.
const PAGE: usize = 1_000;

#[derive(Debug)]
pub struct Reader {
    lambda: Arc<Lambda>,
    mapping: Arc<Mapping>,
    /// The sequence number of the last record that was read.
    after: Option<String>,
    /// The place after that.
    iterator: Option<String>,
    pub shard: String,
    /// The name of the table's partition key.
    pub key: String,
}

impl Reader {
    /// One that begins after a sequence number, or without one at the beginning of the stream.
    pub fn new(lambda: &Arc<Lambda>, mapping: &Arc<Mapping>, after: Option<String>) -> Self {
        Self {
            lambda: lambda.clone(),
            mapping: mapping.clone(),
            after,
            iterator: None,
            shard: String::new(),
            key: String::new(),
        }
    }

    /// The next records, at most so many. Without any, there are none yet.
    pub async fn page(&mut self, most: usize) -> Result<Vec<Value>, Fault> {
        let iterator = match self.iterator.take() {
            Some(iterator) => iterator,
            None => self.open().await?,
        };
        let read = self.read(iterator, most).await;
        let mut answer = match read {
            Err(fault) if fault.code == "ExpiredIteratorException" => {
                let iterator = self.open().await?;
                self.read(iterator, most).await?
            }
            read => read?,
        };
        // A stream that is closed has none after its end, and opens another one there.
        self.iterator = answer["NextShardIterator"].as_str().map(str::to_owned);
        let records = match answer["Records"].take() {
            Value::Array(records) => records,
            _ => Vec::new(),
        };
        if let Some(last) = records.last() {
            self.after = Some(super::sequence_number(last).to_owned());
        }
        Ok(records)
    }

    async fn read(&self, iterator: String, most: usize) -> Answer {
        let request = json!({ "ShardIterator": iterator, "Limit": most.min(PAGE) });
        self.ask("GetRecords", request).await
    }

    /// An iterator where the reader is. What was trimmed since then is lost.
    async fn open(&mut self) -> Result<String, Fault> {
        let source = &self.mapping.source;
        let answer = self
            .ask("DescribeStream", json!({ "StreamArn": source }))
            .await?;
        let stream = &answer["StreamDescription"];
        let mut keys = stream["KeySchema"].as_array().into_iter().flatten();
        let hash = keys.find(|key| key["KeyType"] == "HASH");
        let name = hash.and_then(|key| key["AttributeName"].as_str());
        self.key = name.unwrap_or_default().to_owned();
        let shard = stream["Shards"][0]["ShardId"].as_str();
        self.shard = shard.unwrap_or_default().to_owned();
        let horizon = json!({ "StreamArn": source, "ShardId": self.shard,
            "ShardIteratorType": "TRIM_HORIZON" });
        let mut request = horizon.clone();
        if let Some(after) = &self.after {
            request["ShardIteratorType"] = json!("AFTER_SEQUENCE_NUMBER");
            request["SequenceNumber"] = json!(after);
        }
        let opened = match self.ask("GetShardIterator", request).await {
            Err(fault) if fault.code == "TrimmedDataAccessException" => {
                self.ask("GetShardIterator", horizon).await?
            }
            opened => opened?,
        };
        Ok(opened["ShardIterator"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    async fn ask(&self, operation: &'static str, parameters: Value) -> Answer {
        let caller = self.lambda.caller(&self.mapping)?;
        let streams = &*self.lambda.event_sources.streams;
        self.lambda
            .ask(streams, &caller, operation, parameters)
            .await
    }
}
