//! Deletes the items whose time to live is over.
//!
//! Source: "Using time to live (TTL) in DynamoDB": within a few days, as a service of DynamoDB, which a stream
//! says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::select;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

use super::DynamoDb;
use crate::service::Background;

/// Between two looks. Without a table that has a time to live, a look is one query.
const EVERY: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Expiry {
    stop: Notify,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Expiry {
    fn task(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Background for DynamoDb {
    fn resume(self: Arc<Self>) {
        let tables = self.clone();
        let task = tokio::spawn(async move {
            loop {
                let looking = tables.clone();
                // One that fails is tried again.
                let _ = spawn_blocking(move || looking.delete_expired()).await;
                select! {
                    () = sleep(EVERY) => {}
                    () = tables.expiry.stop.notified() => return,
                }
            }
        });
        *self.expiry.task() = Some(task);
    }

    /// What has expired can wait for the next start.
    fn is_busy(&self) -> bool {
        false
    }

    /// Waits for a look that has begun: it holds the tables.
    async fn stop(&self) {
        self.expiry.stop.notify_one();
        let task = self.expiry.task().take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

impl DynamoDb {
    /// Blocks for a short time at once: other requests come in between.
    fn delete_expired(&self) {
        let deleted = self.database.library.sweep_ttl();
        if deleted.is_ok_and(|count| count > 0) {
            self.database.watches.wake_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::streams::Streams;
    use super::*;
    use crate::caller::Caller;
    use crate::service::{self, Service};

    async fn ask(service: &dyn Service, operation: &'static str, parameters: Value) -> Value {
        let caller = Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..Caller::default()
        };
        let answer = service::call(service, operation, parameters, &caller).await;
        answer.expect(operation)
    }

    #[tokio::test]
    async fn an_expired_item_goes_and_the_stream_says_by_whom() {
        let folder = tempfile::tempdir().expect("a folder");
        let tables = DynamoDb::open(&folder.path().join("tables")).expect("it opens");
        let tables = Arc::new(tables);
        let table = json!({ "TableName": "events", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "Id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "Id", "KeyType": "HASH" }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "OLD_IMAGE" } });
        let made = ask(&*tables, "CreateTable", table).await;
        let arn = made["TableDescription"]["LatestStreamArn"]
            .as_str()
            .expect("a stream");
        let expires = json!({ "TableName": "events",
            "TimeToLiveSpecification": { "Enabled": true, "AttributeName": "Until" } });
        ask(&*tables, "UpdateTimeToLive", expires).await;
        for (id, until) in [("old", "1"), ("new", "99999999999")] {
            let item = json!({ "Id": { "S": id }, "Until": { "N": until } });
            ask(
                &*tables,
                "PutItem",
                json!({ "TableName": "events", "Item": item }),
            )
            .await;
        }
        let streams = Streams::new(&tables);
        let latest = streams.end(arn).expect("it has one");
        let mut watch = streams.watch(arn);
        tables.clone().resume();
        watch.changed().await.expect("it is woken");
        tables.stop().await;
        let left = ask(&*tables, "Scan", json!({ "TableName": "events" })).await;
        assert_eq!(left["Items"][0]["Id"]["S"], "new", "{left}");
        assert_eq!(left["Count"], 1);

        let described = ask(&streams, "DescribeStream", json!({ "StreamArn": arn })).await;
        let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
        let place = json!({ "StreamArn": arn, "ShardId": shard, "SequenceNumber": latest,
            "ShardIteratorType": "AFTER_SEQUENCE_NUMBER" });
        let iterator = ask(&streams, "GetShardIterator", place).await;
        let records = ask(&streams, "GetRecords", iterator).await;
        let record = &records["Records"][0];
        assert_eq!(record["eventName"], "REMOVE", "{records}");
        assert_eq!(
            record["userIdentity"]["PrincipalId"],
            "dynamodb.amazonaws.com"
        );
        assert_eq!(record["dynamodb"]["OldImage"]["Id"]["S"], "old");
    }
}
