//! SQS on a store in a folder. It comes and goes as processes do.

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::caller::Caller;
use crate::clock::turned::Clock;
use crate::fault::{Answer, Fault};
use crate::service;
use crate::sqs::{Sqs, names};
use crate::store::Store;

pub struct World {
    pub clock: Arc<Clock>,
    pub sqs: Arc<Sqs>,
    folder: TempDir,
}

pub fn refusal<T>(result: Result<T, Fault>) -> Fault {
    result.err().expect("it is refused")
}

pub fn bodies(messages: &[Value]) -> Vec<String> {
    let bodies = messages.iter().map(|message| message["Body"].as_str());
    bodies.map(|body| body.expect("text").to_owned()).collect()
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::open(folder, Arc::new(Clock::turned()))
    }

    fn open(folder: TempDir, clock: Arc<Clock>) -> Self {
        let store = Arc::new(Store::open(&folder.path().join("state")).expect("it opens"));
        let sqs = Sqs::open(&store, "http://127.0.0.1:1", clock.clone()).expect("it opens");
        Self { clock, sqs, folder }
    }

    /// As after a kill: only what is in the store is known.
    pub fn restarted(self) -> Self {
        let Self { clock, sqs, folder } = self;
        drop(sqs);
        Self::open(folder, clock)
    }

    pub async fn ask(&self, operation: &'static str, parameters: Value) -> Answer {
        let caller = Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..Caller::default()
        };
        service::call(&*self.sqs, operation, parameters, &caller).await
    }

    pub async fn call(&self, operation: &'static str, parameters: Value) -> Value {
        self.ask(operation, parameters).await.expect(operation)
    }

    /// On a queue.
    pub async fn try_on(&self, queue: &str, operation: &'static str, parameters: Value) -> Answer {
        let mut parameters = parameters;
        parameters["QueueUrl"] = json!(self.sqs.queue_url(queue));
        self.ask(operation, parameters).await
    }

    pub async fn on(&self, queue: &str, operation: &'static str, parameters: Value) -> Value {
        self.try_on(queue, operation, parameters)
            .await
            .expect(operation)
    }

    pub async fn create(&self, name: &str, mut attributes: Value) {
        if name.ends_with(names::FIFO) {
            attributes["FifoQueue"] = json!("true");
        }
        self.call(
            "CreateQueue",
            json!({ "QueueName": name, "Attributes": attributes }),
        )
        .await;
    }

    pub async fn send(&self, queue: &str, body: &str) {
        self.on(queue, "SendMessage", json!({ "MessageBody": body }))
            .await;
    }

    /// To a FIFO queue.
    pub async fn send_in(&self, queue: &str, group: &str, id: &str, body: &str) -> Value {
        let message = json!({ "MessageBody": body, "MessageGroupId": group,
            "MessageDeduplicationId": id });
        self.on(queue, "SendMessage", message).await
    }

    pub async fn receive(&self, queue: &str, request: Value) -> Vec<Value> {
        let answer = self.on(queue, "ReceiveMessage", request).await;
        answer["Messages"].as_array().cloned().unwrap_or_default()
    }

    pub async fn delete(&self, queue: &str, message: &Value) {
        let handle = json!({ "ReceiptHandle": message["ReceiptHandle"] });
        self.on(queue, "DeleteMessage", handle).await;
    }

    pub async fn change_visibility(&self, queue: &str, message: &Value, timeout: u32) -> Answer {
        let request =
            json!({ "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": timeout });
        self.try_on(queue, "ChangeMessageVisibility", request).await
    }

    pub async fn attributes(&self, queue: &str) -> Value {
        let all = json!({ "AttributeNames": ["All"] });
        self.on(queue, "GetQueueAttributes", all).await["Attributes"].take()
    }

    /// Of messages that are visible, in flight and delayed.
    pub async fn counts(&self, queue: &str) -> (u32, u32, u32) {
        let all = self.attributes(queue).await;
        let count = |end: &str| {
            let count = all[format!("ApproximateNumberOfMessages{end}")].as_str();
            count
                .and_then(|count| count.parse().ok())
                .expect("a number")
        };
        (count(""), count("NotVisible"), count("Delayed"))
    }

    /// How many records there are of messages, and of what was done with them.
    pub fn stored(&self) -> usize {
        let messages = self.sqs.messages.all().expect("read").len();
        messages + self.sqs.handlings.all().expect("read").len()
    }
}
