//! Deliveries to subscriptions: a function gets an event and a queue a message, if its policy lets SNS do that
//! for the topic. A delivery to a topic is published there.

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Sns;
use super::names::{subscription_key, topic_arn, topic_name};
use super::notification::event;
use super::service_notification::ServiceNotification;
use super::subscription::{Protocol, Subscription};
use crate::delivery::{Attempt, Delivery, Outcome, Target};
use crate::lambda::{NotInvoked, ServiceInvocation, Source};
use crate::sqs::{NotSent, ServiceMessage};

const PRINCIPAL: &str = "sns.amazonaws.com";

#[async_trait]
impl Target for Sns {
    /// Who accepts a delivery to a topic has looked whether it may be published.
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let outcome = match topic_name("TopicArn", &delivery.target) {
            Ok(topic) => self.publish_delivery(topic, delivery),
            Err(_) => self.deliver_to_subscription(delivery),
        };
        outcome.into()
    }
}

impl Sns {
    fn publish_delivery(&self, topic: &str, delivery: &Delivery) -> Outcome {
        let message = ServiceNotification {
            text: delivery.payload.clone(),
            attributes: delivery.attributes.clone(),
            subject: None,
        };
        match self.publish_message(topic, message) {
            Ok(()) => Outcome::Succeeded,
            Err(fault) => Outcome::of_fault(&fault),
        }
    }

    fn deliver_to_subscription(&self, delivery: &Delivery) -> Outcome {
        let key = subscription_key(&delivery.target);
        let found = key.and_then(|key| Ok(self.subscriptions.get(key)?));
        match found {
            Ok(Some(subscription)) => self.hand_over(&subscription, &delivery.payload),
            Ok(None) => Outcome::Rejected("its subscription has ended".to_owned()),
            Err(fault) => Outcome::of_fault(&fault),
        }
    }
}

impl Sns {
    fn hand_over(&self, subscription: &Subscription, notification: &str) -> Outcome {
        match subscription.protocol {
            Protocol::Lambda => self.invoke(subscription, notification),
            Protocol::Sqs => self.send_to_queue(subscription, notification),
        }
    }

    /// Hands the notification to Lambda as an asynchronous invocation, of which the retries are Lambda's.
    fn invoke(&self, subscription: &Subscription, notification: &str) -> Outcome {
        let notification: Map<String, Value> =
            serde_json::from_str(notification).unwrap_or_default();
        let event = event(&subscription.arn(), notification);
        let topic = topic_arn(&subscription.topic);
        let invocation = ServiceInvocation {
            function: subscription.endpoint.clone(),
            payload: Bytes::from(event.to_string()),
            // The delivery's own id is in use until it has ended.
            id: Uuid::new_v4().to_string(),
            source: Some(Source {
                principal: PRINCIPAL,
                arn: topic.clone(),
            }),
        };
        match self.lambda.accept_for_service(invocation) {
            Ok(()) => Outcome::Succeeded,
            Err(NotInvoked::NotPermitted) => Outcome::Rejected(format!(
                "there is no such function as {}, or its policy does not allow {PRINCIPAL} to invoke it \
                 for {topic}",
                subscription.endpoint
            )),
            Err(NotInvoked::Fault(fault)) => Outcome::of_fault(&fault),
        }
    }
}

impl Sns {
    /// Sends the notification, or of a raw delivery the text and the attributes of the message.
    fn send_to_queue(&self, subscription: &Subscription, notification: &str) -> Outcome {
        let message = match subscription.settings.raw {
            true => raw(notification),
            false => ServiceMessage {
                body: notification.to_owned(),
                ..ServiceMessage::default()
            },
        };
        let (queue, topic) = (&subscription.endpoint, topic_arn(&subscription.topic));
        match self.sqs.send_for_service(queue, message, PRINCIPAL, &topic) {
            Ok(()) => Outcome::Succeeded,
            Err(NotSent::NotPermitted) => Outcome::Rejected(format!(
                "there is no such queue as {queue}, or its policy does not allow {PRINCIPAL} to send to it for \
                 {topic}"
            )),
            Err(NotSent::Fault(fault)) => Outcome::of_fault(&fault),
        }
    }
}

fn raw(notification: &str) -> ServiceMessage {
    let notification: Value = serde_json::from_str(notification).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attributes = notification["MessageAttributes"].as_object();
    let attributes = attributes.into_iter().flatten().map(|(name, attribute)| {
        let (data_type, value) = (text(&attribute["Type"]), text(&attribute["Value"]));
        (name.clone(), data_type, value)
    });
    ServiceMessage {
        body: text(&notification["Message"]),
        attributes: attributes.collect(),
        ..ServiceMessage::default()
    }
}
