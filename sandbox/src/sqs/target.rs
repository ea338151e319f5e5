//! Messages of other services: those that a queue's policy has to allow, and deliveries.

use async_trait::async_trait;

use super::message_attributes::{MessageAttribute, MessageAttributes};
use super::send::Draft;
use super::{Sqs, names};
use crate::ACCOUNT;
use crate::authorise::{Access, allows_service};
use crate::delivery::{Attempt, Attribute, Delivery, Order, Outcome, Target};
use crate::fault::Fault;

/// A message of a service.
#[derive(Clone, Debug, Default)]
pub struct ServiceMessage {
    pub body: String,
    /// With names, types such as `String` or `Binary`, and values, of which binary ones are in Base64.
    pub attributes: Vec<(String, String, String)>,
    /// Of FIFO queues.
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
}

impl ServiceMessage {
    /// For this queue, as a message of a group: a FIFO queue takes it once.
    pub fn in_order(self, queue: &str, order: Option<&Order>) -> Self {
        let is_fifo = queue.ends_with(names::FIFO);
        Self {
            group: order.map(|order| order.group.clone()),
            deduplication_id: order
                .filter(|_| is_fifo)
                .map(|order| order.deduplication_id.clone()),
            ..self
        }
    }
}

/// Why a message did not come to the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// There is no such queue, or its policy does not allow it.
    NotPermitted,
    Fault(Fault),
}

impl Sqs {
    /// Sends for a service such as `sns.amazonaws.com`, on behalf of what has the ARN `source`. The queue's
    /// policy has to allow it.
    pub fn send_for_service(
        &self,
        queue: &str,
        message: ServiceMessage,
        principal: &str,
        source: &str,
    ) -> Result<(), NotSent> {
        match self.permits(queue, principal, source) {
            Ok(true) => self.send_message(queue, message, principal),
            Ok(false) => Err(NotSent::NotPermitted),
            Err(fault) => Err(NotSent::Fault(fault)),
        }
    }

    /// Whether the queue is there and its policy lets the service send for the source.
    pub fn permits(&self, queue: &str, principal: &str, source: &str) -> Result<bool, Fault> {
        let access = Access::new("sqs:SendMessage", queue);
        let policy = super::policy_of(self, &access)?;
        Ok(allows_service(policy, principal, source, &access))
    }
}

impl Sqs {
    fn send_message(
        &self,
        queue: &str,
        message: ServiceMessage,
        sender: &str,
    ) -> Result<(), NotSent> {
        let name = names::of_arn(queue).ok_or(NotSent::NotPermitted)?;
        let attributes = message.attributes.into_iter();
        let mut draft = Draft::new(&message.body);
        draft.message_attributes = MessageAttributes::of(
            attributes.map(|(name, kind, value)| (name, MessageAttribute::new(&kind, value))),
        );
        draft.message_group_id = message.group;
        draft.message_deduplication_id = message.deduplication_id;
        let sent = self.accept(name, sender, vec![draft]);
        let sent = sent.and_then(|mut sent| sent.remove(0));
        sent.map(|_| ()).map_err(NotSent::Fault)
    }
}

/// Who accepts a delivery to a queue has looked whether it may be sent.
#[async_trait]
impl Target for Sqs {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let attribute = |it: &Attribute| {
            let Attribute {
                name,
                data_type,
                value,
            } = it.clone();
            (name, data_type, value)
        };
        let message = ServiceMessage {
            body: delivery.payload.clone(),
            attributes: delivery.attributes.iter().map(attribute).collect(),
            ..ServiceMessage::default()
        };
        let message = message.in_order(&delivery.target, delivery.order.as_ref());
        let outcome = match self.send_message(&delivery.target, message, ACCOUNT) {
            Ok(()) => Outcome::Succeeded,
            Err(NotSent::NotPermitted) => Outcome::Rejected("there is no such queue".to_owned()),
            Err(NotSent::Fault(fault)) => Outcome::of_fault(&fault),
        };
        outcome.into()
    }
}
