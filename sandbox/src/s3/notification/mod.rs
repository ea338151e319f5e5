//! Events of buckets: what happens to objects is told to queues, topics and functions, and to EventBridge.
//!
//! A bucket's configuration has rules: who gets which events of which keys. An event is recorded as a delivery
//! in the transaction that does what it tells of, so that none is lost. The deliveries are to the bucket; who
//! takes them ([`Notice`]) hands them to the receivers, if their policies let S3 do that.
//!
//! Source: "Amazon S3 Event Notifications" in S3's user guide.

mod bus_event;
mod check;
mod event;
mod operations;
pub mod rules;
mod template;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use rusqlite::Transaction;
use s3s::dto::NotificationConfiguration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::operations::bucket_arn;
use super::records::Bucket;
use crate::delivery::{Delivery, DeliveryQueue, Pause, RetryPolicy};
use crate::fault::Fault;

pub use event::{Change, Origin, RequestId};
pub use operations::{configure, get, put};
pub use rules::Kind;

/// How long S3 tries to hand over an event.
const RETRIES: RetryPolicy = RetryPolicy {
    max_retries: 0,
    max_age_seconds: 24 * 60 * 60,
    pause: Pause::AfterFunction,
};

/// Who the receivers are to be asked through.
pub trait Receivers: fmt::Debug + Send + Sync {
    /// Why the receiver with this ARN gets no events of the bucket with this one; `None` if it gets them.
    fn refusal(&self, receiver: &str, bucket: &str) -> Result<Option<Refusal>, Fault>;
}

/// Why a receiver gets no events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Missing,
    NotPermitted,
}

/// What is on its way to a receiver.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Notice {
    /// An ARN.
    pub receiver: String,
    pub event: Value,
}

impl Notice {
    /// The delivery of it, of events of this bucket.
    fn delivery(&self, bucket: &str) -> Result<Delivery, Fault> {
        let payload = serde_json::to_string(self);
        let payload = payload.map_err(|error| Fault::internal(error.to_string()))?;
        let mut delivery = Delivery::new(Uuid::new_v4(), bucket_arn(bucket), payload);
        delivery.retry = RETRIES;
        Ok(delivery)
    }
}

/// How events leave S3.
#[derive(Clone, Debug)]
pub struct Notifier {
    deliveries: Arc<DeliveryQueue>,
    receivers: Arc<OnceLock<Weak<dyn Receivers>>>,
}

impl Notifier {
    pub fn new(deliveries: &Arc<DeliveryQueue>) -> Self {
        Self {
            deliveries: deliveries.clone(),
            receivers: Arc::default(),
        }
    }

    /// Has `receivers` asked from now on.
    pub fn ask(&self, receivers: Weak<dyn Receivers>) {
        // There is one, from the start.
        let _ = self.receivers.set(receivers);
    }

    fn refusal(&self, receiver: &str, bucket: &str) -> Result<Option<Refusal>, Fault> {
        match self.receivers.get().and_then(Weak::upgrade) {
            Some(receivers) => receivers.refusal(receiver, &bucket_arn(bucket)),
            None => Ok(Some(Refusal::Missing)),
        }
    }

    /// Does `work` in a transaction, and takes on what it wants to be told.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<(T, Vec<Delivery>), Fault>,
    ) -> Result<T, Fault> {
        self.deliveries.accept_from(too_many_events, work)
    }
}

fn too_many_events() -> Fault {
    Fault::new(
        http::StatusCode::SERVICE_UNAVAILABLE,
        "SlowDown",
        "Please reduce your request rate: too many events are waiting for their receivers",
    )
}

/// What is told of a change, by the bucket's rules.
pub fn notices(name: &str, bucket: &Bucket, change: &Change) -> Result<Vec<Delivery>, Fault> {
    let configuration: NotificationConfiguration = bucket.get()?.unwrap_or_default();
    let rules = rules::read(&configuration);
    let told = rules
        .iter()
        .filter(|rule| rule.takes(change.name, change.key));
    let told = told.map(|rule| {
        let notice = Notice {
            receiver: rule.receiver.clone(),
            event: change.event(name, &rule.id()),
        };
        notice.delivery(name)
    });
    let mut told: Vec<Delivery> = told.collect::<Result<_, Fault>>()?;
    if configuration.event_bridge_configuration.is_some() {
        let mut delivery = change.bus_event(name).to_default_bus();
        delivery.retry = RETRIES;
        told.push(delivery);
    }
    Ok(told)
}
