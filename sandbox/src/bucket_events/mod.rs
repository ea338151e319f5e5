//! Hands the events of buckets to their receivers: queues, topics and functions, whose policies have to let S3 do
//! that for the bucket.
//!
//! S3 records the events and is below the services that take them, so this stands beside it: it takes the
//! deliveries to buckets, and answers S3's question who may get events.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use super::delivery::{Attempt, Delivery, Outcome, Target};
use super::fault::Fault;
use super::lambda::{Lambda, NotInvoked, ServiceInvocation, Source};
use super::s3::{Notice, ReceiverKind, Receivers, Refusal};
use super::service::Background;
use super::sns::{NotPublished, ServiceNotification, Sns};
use super::sqs::{NotSent, ServiceMessage, Sqs};

const PRINCIPAL: &str = "s3.amazonaws.com";
/// Of messages of topics.
const SUBJECT: &str = "Amazon S3 Notification";

#[derive(Debug)]
pub struct BucketEvents {
    pub lambda: Arc<Lambda>,
    pub sns: Arc<Sns>,
    pub sqs: Arc<Sqs>,
}

#[async_trait]
impl Target for BucketEvents {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let bucket = &delivery.target;
        let outcome = match serde_json::from_str(&delivery.payload) {
            Ok(notice) => self.hand_over(bucket, &notice),
            Err(error) => Outcome::Rejected(error.to_string()),
        };
        outcome.into()
    }
}

impl Background for BucketEvents {
    /// What is on its way is a delivery.
    fn is_busy(&self) -> bool {
        false
    }
}

impl BucketEvents {
    fn hand_over(&self, bucket: &str, notice: &Notice) -> Outcome {
        let text = notice.event.to_string();
        match ReceiverKind::of(&notice.receiver) {
            Some(ReceiverKind::Function) => self.invoke(bucket, &notice.receiver, text),
            Some(ReceiverKind::Queue) => self.send(bucket, &notice.receiver, text),
            Some(ReceiverKind::Topic) => self.publish(bucket, &notice.receiver, text),
            None => Outcome::Rejected(format!("{} takes no events", notice.receiver)),
        }
    }

    /// As an asynchronous invocation, of which the retries are Lambda's.
    fn invoke(&self, bucket: &str, function: &str, event: String) -> Outcome {
        let invocation = ServiceInvocation {
            function: function.to_owned(),
            payload: Bytes::from(event),
            // The delivery's own id is in use until it has ended.
            id: Uuid::new_v4().to_string(),
            source: Some(Source {
                principal: PRINCIPAL,
                arn: bucket.to_owned(),
            }),
        };
        match self.lambda.accept_for_service(invocation) {
            Ok(()) => Outcome::Succeeded,
            Err(NotInvoked::NotPermitted) => not_permitted("function", function, bucket),
            Err(NotInvoked::Fault(fault)) => Outcome::of_fault(&fault),
        }
    }

    fn send(&self, bucket: &str, queue: &str, event: String) -> Outcome {
        let message = ServiceMessage {
            body: event,
            ..ServiceMessage::default()
        };
        match self.sqs.send_for_service(queue, message, PRINCIPAL, bucket) {
            Ok(()) => Outcome::Succeeded,
            Err(NotSent::NotPermitted) => not_permitted("queue", queue, bucket),
            Err(NotSent::Fault(fault)) => Outcome::of_fault(&fault),
        }
    }

    fn publish(&self, bucket: &str, topic: &str, event: String) -> Outcome {
        let message = ServiceNotification {
            subject: Some(SUBJECT.to_owned()),
            text: event,
            attributes: Vec::new(),
        };
        let published = self
            .sns
            .publish_for_service(topic, message, PRINCIPAL, bucket);
        match published {
            Ok(()) => Outcome::Succeeded,
            Err(NotPublished::NotPermitted) => not_permitted("topic", topic, bucket),
            Err(NotPublished::Fault(fault)) => Outcome::of_fault(&fault),
        }
    }
}

fn not_permitted(kind: &str, receiver: &str, bucket: &str) -> Outcome {
    Outcome::Rejected(format!(
        "there is no such {kind} as {receiver}, or its policy does not allow {PRINCIPAL} to reach it for {bucket}"
    ))
}

impl Receivers for BucketEvents {
    fn refusal(&self, receiver: &str, bucket: &str) -> Result<Option<Refusal>, Fault> {
        let (exists, permits) = match ReceiverKind::of(receiver) {
            Some(ReceiverKind::Function) => {
                let source = Source {
                    principal: PRINCIPAL,
                    arn: bucket.to_owned(),
                };
                (true, self.lambda.permits(receiver, source)?)
            }
            Some(ReceiverKind::Queue) => (
                self.sqs.queue_exists(receiver),
                self.sqs.permits(receiver, PRINCIPAL, bucket)?,
            ),
            Some(ReceiverKind::Topic) => (
                self.sns.topic_exists(receiver)?,
                self.sns.permits(receiver, PRINCIPAL, bucket)?,
            ),
            None => (false, false),
        };
        Ok(match (exists, permits) {
            (false, _) => Some(Refusal::Missing),
            (true, false) => Some(Refusal::NotPermitted),
            (true, true) => None,
        })
    }
}

#[cfg(test)]
mod tests;
