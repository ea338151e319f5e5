//! What is handed over, to whom, and for whom.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::delivery::{Delivery, RetryPolicy};
use crate::sqs::ServiceMessage;

/// Stands for the number of the attempt in what Scheduler hands over.
///
/// Source: "Adding context attributes in EventBridge Scheduler".
const ATTEMPT: &str = "<aws.scheduler.attempt-number>";

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Parcel {
    /// The ARN of a function, a queue or a topic.
    pub target: String,
    pub body: String,
    /// Of FIFO queues.
    pub group: Option<String>,
    pub sender: Sender,
    /// The ARN of a queue.
    pub dead_letter: Option<String>,
    /// Names and texts, of messages in dead-letter queues.
    #[serde(default)]
    pub attributes: Vec<(String, String)>,
}

/// Who hands it over.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Sender {
    pub principal: Principal,
    /// The ARN of the rule or the schedule.
    pub source: String,
    /// The ARN of the role in which it is done; the service itself does it if there is none.
    pub role: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum Principal {
    Events,
    Scheduler,
}

impl Principal {
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events.amazonaws.com",
            Self::Scheduler => "scheduler.amazonaws.com",
        }
    }

    /// The name of its sessions of roles.
    pub fn session(self) -> &'static str {
        match self {
            Self::Events => "AWSEvents",
            Self::Scheduler => "AmazonEventBridgeScheduler",
        }
    }
}

impl Parcel {
    /// The delivery of it.
    pub fn delivery(&self, retry: RetryPolicy) -> Delivery {
        let sender = &self.sender.source;
        let mut delivery = Delivery::new(Uuid::new_v4(), sender, self.written());
        delivery.retry = retry;
        delivery.destinations.on_failure = self.dead_letter.as_ref().map(|_| sender.clone());
        delivery
    }

    pub fn written(&self) -> String {
        json!(self).to_string()
    }

    /// With the number of the attempt, where it stands for that.
    pub fn at_attempt(mut self, attempt: u32) -> Self {
        if self.sender.principal == Principal::Scheduler {
            self.body = self.body.replace(ATTEMPT, &attempt.to_string());
        }
        self
    }

    pub fn message(&self) -> ServiceMessage {
        let attributes = self.attributes.iter();
        let attributes =
            attributes.map(|(name, text)| (name.clone(), "String".to_owned(), text.clone()));
        ServiceMessage {
            body: self.body.clone(),
            attributes: attributes.collect(),
            group: self.group.clone(),
            deduplication_id: None,
        }
    }

    /// As SQS takes attributes.
    pub fn attributes(&self) -> Map<String, Value> {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, text)| {
            let attribute = json!({ "DataType": "String", "StringValue": text });
            (name.clone(), attribute)
        });
        attributes.collect()
    }
}
