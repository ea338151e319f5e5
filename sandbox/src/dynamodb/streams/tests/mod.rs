//! Streams through their operations.

mod changes;
mod lives;
mod reading;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::caller::Caller;
use crate::fault::Answer;
use crate::service;

struct World {
    tables: Arc<DynamoDb>,
    streams: Streams,
    folder: TempDir,
}

fn specification(view: &str) -> Value {
    json!({ "StreamEnabled": true, "StreamViewType": view })
}

impl World {
    /// With the table `Events`, whose stream shows `view`.
    async fn new(view: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let world = Self::in_folder(folder);
        world.create("Events", view).await;
        world
    }

    fn in_folder(folder: TempDir) -> Self {
        let tables = DynamoDb::open(&folder.path().join("tables")).expect("it opens");
        let tables = Arc::new(tables);
        let streams = Streams::new(&tables);
        Self {
            tables,
            streams,
            folder,
        }
    }

    async fn create(&self, name: &str, view: &str) {
        let table = json!({ "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "Id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "Id", "KeyType": "HASH" }],
            "StreamSpecification": specification(view) });
        self.table("CreateTable", table).await.expect("made");
    }

    async fn table(&self, operation: &'static str, parameters: Value) -> Answer {
        service::call(&*self.tables, operation, parameters, &caller()).await
    }

    async fn ask(&self, operation: &'static str, parameters: Value) -> Answer {
        service::call(&self.streams, operation, parameters, &caller()).await
    }

    async fn put(&self, id: &str, text: &str) {
        let item = json!({ "Id": { "S": id }, "Words": { "S": text } });
        let put = json!({ "TableName": "Events", "Item": item });
        self.table("PutItem", put).await.expect("put");
    }

    async fn arn(&self) -> String {
        let listed = self
            .ask("ListStreams", json!({ "TableName": "Events" }))
            .await;
        let arn = listed.expect("listed")["Streams"][0]["StreamArn"].take();
        arn.as_str().expect("a stream").to_owned()
    }

    async fn iterator(&self, arn: &str, kind: &str) -> String {
        self.iterator_with(arn, kind, json!({}))
            .await
            .expect("an iterator")
    }

    async fn iterator_with(&self, arn: &str, kind: &str, more: Value) -> Result<String, Fault> {
        let described = self
            .ask("DescribeStream", json!({ "StreamArn": arn }))
            .await?;
        let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
        let mut request = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind });
        for (name, value) in more.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        let answer = self.ask("GetShardIterator", request).await?;
        Ok(answer["ShardIterator"].as_str().expect("text").to_owned())
    }

    async fn records(&self, iterator: &str) -> (Vec<Value>, Option<String>) {
        let answer = self
            .ask("GetRecords", json!({ "ShardIterator": iterator }))
            .await;
        let answer = answer.expect("records");
        let records = answer["Records"].as_array().expect("a list").clone();
        let next = answer["NextShardIterator"].as_str();
        (records, next.map(str::to_owned))
    }

    async fn all(&self, arn: &str) -> Vec<Value> {
        self.records(&self.iterator(arn, "TRIM_HORIZON").await)
            .await
            .0
    }

    async fn disable(&self) {
        let off =
            json!({ "TableName": "Events", "StreamSpecification": { "StreamEnabled": false } });
        self.table("UpdateTable", off).await.expect("disabled");
    }

    /// Makes all records older.
    fn age(&self, minutes: i64) {
        let path = self.folder.path().join("tables");
        let file = rusqlite::Connection::open(path).expect("it opens");
        let sql = "UPDATE _stream_records SET created_at = created_at - ?1,
                   sequence_number = CAST(sequence_number AS INTEGER) - ?1 * 1000000";
        file.execute(sql, [minutes * 60]).expect("changed");
        // The stream itself is as old.
        let sql = "UPDATE _tables SET stream_label = (CAST(stream_label AS INTEGER) - ?1) || '.000000000'";
        file.execute(sql, [minutes * 60]).expect("changed");
        let sql = "UPDATE _sandbox_stream_starts SET first = first - ?1 * 1000000";
        file.execute(sql, [minutes * 60]).expect("changed");
    }
}

fn caller() -> Caller {
    Caller {
        id: "id".to_owned(),
        arn: "arn".to_owned(),
        ..Caller::default()
    }
}

fn names(records: &[Value]) -> Vec<String> {
    let names = records.iter().map(|record| {
        let id = record["dynamodb"]["Keys"]["Id"]["S"]
            .as_str()
            .expect("a key");
        format!("{} {id}", record["eventName"].as_str().expect("text"))
    });
    names.collect()
}
