//! Hands the events of buckets to their receivers: queues, topics and functions, whose policies have to let S3 do
//! that for the bucket.
//!
//! S3 records the events and is below the services that take them, so this stands beside it: it takes the
//! deliveries to buckets, and answers S3's question who may get events.

use std::sync::Arc;

use async_trait::async_trait;

use super::delivery::{Attempt, Delivery, Outcome, Target};
use super::fault::Fault;
use super::handover::{AsService, Handover, NotHandedOver};
use super::lambda::Source;
use super::s3::{Notice, ReceiverKind, Receivers, Refusal};
use super::service::Background;
use super::sqs::ServiceMessage;

const PRINCIPAL: &str = "s3.amazonaws.com";
/// Of messages of topics.
const SUBJECT: &str = "Amazon S3 Notification";

#[derive(Debug)]
pub struct BucketEvents(pub Arc<Handover>);

#[async_trait]
impl Target for BucketEvents {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let bucket = &delivery.target;
        match serde_json::from_str(&delivery.payload) {
            Ok(notice) => self.hand_over(bucket, &notice),
            Err(error) => Outcome::Rejected(error.to_string()).into(),
        }
    }
}

impl Background for BucketEvents {
    /// What is on its way is a delivery.
    fn is_busy(&self) -> bool {
        false
    }
}

impl BucketEvents {
    fn hand_over(&self, bucket: &str, notice: &Notice) -> Attempt {
        let receiver = &notice.receiver;
        let handed_over = self.0.as_service(AsService {
            receiver,
            message: ServiceMessage {
                body: notice.event.to_string(),
                ..ServiceMessage::default()
            },
            subject: Some(SUBJECT),
            principal: PRINCIPAL,
            source: bucket,
        });
        let outcome = match handed_over {
            Ok(Some(event)) => return Attempt::handed_over(event),
            Ok(None) => Outcome::Succeeded,
            Err(NotHandedOver::NotPermitted) => Outcome::Rejected(format!(
                "there is no such receiver as {receiver}, or its policy does not allow {PRINCIPAL} to reach it for \
                 {bucket}"
            )),
            Err(NotHandedOver::Fault(fault)) => Outcome::of_fault(&fault),
        };
        outcome.into()
    }
}

impl Receivers for BucketEvents {
    fn refusal(&self, receiver: &str, bucket: &str) -> Result<Option<Refusal>, Fault> {
        let handover = &self.0;
        let (exists, permits) = match ReceiverKind::of(receiver) {
            Some(ReceiverKind::Function) => {
                let source = Source {
                    principal: PRINCIPAL,
                    arn: bucket.to_owned(),
                };
                (true, handover.lambda.permits(receiver, source)?)
            }
            Some(ReceiverKind::Queue) => (
                handover.sqs.queue_exists(receiver),
                handover.sqs.permits(receiver, PRINCIPAL, bucket)?,
            ),
            Some(ReceiverKind::Topic) => (
                handover.sns.topic_exists(receiver)?,
                handover.sns.permits(receiver, PRINCIPAL, bucket)?,
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
