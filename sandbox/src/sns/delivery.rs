//! Deliveries to subscriptions: a function gets an event and a queue a message, if its policy lets SNS do that
//! for the topic, and a web server a request. A delivery to a topic is published there.
//!
//! Source of the headers: "HTTP/HTTPS headers" in SNS's developer guide.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, header};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Sns;
use super::confirmation::State;
use super::delivery_policy::TEXT;
use super::endpoint::Endpoint;
use super::names::{subscription_key, topic_arn, topic_name};
use super::notification::{CONFIRM, UNSUBSCRIBED, event, text};
use super::service_notification::ServiceNotification;
use super::subscription::{Protocol, Subscription};
use crate::delivery::{Attempt, Attribute, Delivery, Ended, Following, Order, Outcome, Target};
use crate::fault::Fault;
use crate::lambda::{NotInvoked, ServiceInvocation, Source};
use crate::sqs::{NotSent, ServiceMessage};

const PRINCIPAL: &str = "sns.amazonaws.com";
const MESSAGE_TYPE: HeaderName = HeaderName::from_static("x-amz-sns-message-type");
const MESSAGE_ID: HeaderName = HeaderName::from_static("x-amz-sns-message-id");
const TOPIC: HeaderName = HeaderName::from_static("x-amz-sns-topic-arn");
const SUBSCRIPTION: HeaderName = HeaderName::from_static("x-amz-sns-subscription-arn");
const RAW: HeaderName = HeaderName::from_static("x-amz-sns-rawdelivery");

#[async_trait]
impl Target for Sns {
    /// Who accepts a delivery to a topic has looked whether it may be published.
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        match topic_name("TopicArn", &delivery.target) {
            Ok(topic) => self.publish_delivery(topic, delivery).into(),
            Err(_) => self.deliver_to_subscription(delivery).await,
        }
    }

    /// The dead-letter queue of a subscription gets what the subscriber would have got.
    fn following(&self, delivery: &Delivery, ended: Ended, _: &Attempt) -> Vec<Following> {
        let dead = delivery.dead_letter(ended).map(|mut dead| {
            dead.order.clone_from(&delivery.order);
            if let Ok(Some(subscription)) = self.subscription_of(delivery) {
                self.write_dead_letter(&subscription, &mut dead)?;
            }
            Ok(dead)
        });
        dead.into_iter().collect()
    }
}

impl Sns {
    fn write_dead_letter(
        &self,
        subscription: &Subscription,
        dead: &mut Delivery,
    ) -> Result<(), String> {
        let recorded = recorded(dead).map_err(|fault| fault.to_string())?;
        if subscription.settings.raw {
            text(&recorded, "Message").clone_into(&mut dead.payload);
            dead.attributes = raw_attributes(&recorded).collect();
        } else if let Some(signer) = self.signer.get() {
            let signed = self.signed_at_once(signer, &subscription.arn(), recorded);
            let signed = signed.map_err(|fault| fault.to_string())?;
            dead.payload = Value::Object(signed).to_string();
        }
        Ok(())
    }

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

    /// What comes to a subscription that has ended, or that is not confirmed yet, is dropped.
    async fn deliver_to_subscription(&self, delivery: &Delivery) -> Attempt {
        match self.subscription_of(delivery) {
            Ok(Some(subscription)) => {
                let handed_over = self.hand_over(&subscription, delivery).await;
                handed_over.unwrap_or_else(|fault| Outcome::of_fault(&fault).into())
            }
            Ok(None) => Outcome::Rejected("its subscription has ended".to_owned()).into(),
            Err(fault) => Outcome::of_fault(&fault).into(),
        }
    }

    fn subscription_of(&self, delivery: &Delivery) -> Result<Option<Subscription>, Fault> {
        let key = subscription_key(&delivery.target)?;
        Ok(self.subscriptions.get(key)?)
    }

    async fn hand_over(
        &self,
        subscription: &Subscription,
        delivery: &Delivery,
    ) -> Result<Attempt, Fault> {
        let recorded = recorded(delivery)?;
        let kind = text(&recorded, "Type");
        let state = match kind {
            CONFIRM => State::Pending,
            UNSUBSCRIBED => State::Ended,
            _ => State::Confirmed,
        };
        if subscription.state != state {
            let reason = format!("its subscription is not one that gets a {kind}");
            return Ok(Outcome::Rejected(reason).into());
        }
        let order = delivery.order.as_ref();
        if state == State::Confirmed && subscription.settings.raw {
            let handed_over = self.hand_over_raw(subscription, &recorded, order);
            return Ok(handed_over.await?.into());
        }
        let signer = self.signer().await?;
        let arn = subscription.arn();
        let message = self.signed(signer, &arn, recorded).await?;
        Ok(match subscription.protocol {
            Protocol::Http => {
                let body = Value::Object(message.clone()).to_string();
                self.post(subscription, &message, body).await?.into()
            }
            Protocol::Lambda => self.invoke(subscription, message),
            Protocol::Sqs => {
                let message = ServiceMessage {
                    body: Value::Object(message).to_string(),
                    ..ServiceMessage::default()
                };
                self.send_to_queue(subscription, message, order).into()
            }
        })
    }

    /// Hands over the text of the message alone, and to a queue its attributes.
    async fn hand_over_raw(
        &self,
        subscription: &Subscription,
        recorded: &Map<String, Value>,
        order: Option<&Order>,
    ) -> Result<Outcome, Fault> {
        if subscription.protocol == Protocol::Http {
            let body = text(recorded, "Message").to_owned();
            return self.post(subscription, recorded, body).await;
        }
        Ok(self.send_to_queue(subscription, raw(recorded), order))
    }

    async fn post(
        &self,
        subscription: &Subscription,
        recorded: &Map<String, Value>,
        body: String,
    ) -> Result<Outcome, Fault> {
        let kind = text(recorded, "Type");
        let is_raw = subscription.settings.raw && subscription.state == State::Confirmed;
        let topic = self.topic(&subscription.topic)?;
        let content_type = subscription.delivery_policy(&topic).content_type;
        let content_type = content_type.unwrap_or_else(|| TEXT.to_owned());
        let mut headers = vec![
            (header::CONTENT_TYPE, content_type),
            (MESSAGE_TYPE, kind.to_owned()),
            (MESSAGE_ID, text(recorded, "MessageId").to_owned()),
            (TOPIC, topic.arn()),
        ];
        // Before it is confirmed it has no ARN for its endpoint.
        if subscription.state != State::Pending {
            headers.push((SUBSCRIPTION, subscription.arn()));
        }
        if is_raw {
            headers.push((RAW, "true".to_owned()));
        }
        let endpoint = Endpoint::read(&subscription.endpoint)?;
        let _post = self.posts.acquire().await;
        Ok(endpoint.post(headers, body).await)
    }

    /// Hands the notification to Lambda as an asynchronous invocation, of which the retries are Lambda's.
    fn invoke(&self, subscription: &Subscription, notification: Map<String, Value>) -> Attempt {
        let event = event(&subscription.arn(), notification);
        let topic = topic_arn(&subscription.topic);
        let invocation = ServiceInvocation {
            function: subscription.endpoint.clone(),
            payload: Bytes::from(event.to_string()),
            // That of the delivery is its own.
            id: Uuid::new_v4().to_string(),
            source: Some(Source {
                principal: PRINCIPAL,
                arn: topic.clone(),
            }),
        };
        match self.lambda.event_for_service(invocation) {
            Ok(event) => Attempt::handed_over(event),
            Err(NotInvoked::NotPermitted) => Outcome::Rejected(format!(
                "there is no such function as {}, or its policy does not allow {PRINCIPAL} to invoke it \
                 for {topic}",
                subscription.endpoint
            ))
            .into(),
            Err(NotInvoked::Fault(fault)) => Outcome::of_fault(&fault).into(),
        }
    }
}

impl Sns {
    fn send_to_queue(
        &self,
        subscription: &Subscription,
        message: ServiceMessage,
        order: Option<&Order>,
    ) -> Outcome {
        let message = message.in_order(&subscription.endpoint, order);
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

/// What is recorded for a subscription.
fn recorded(delivery: &Delivery) -> Result<Map<String, Value>, Fault> {
    serde_json::from_str(&delivery.payload).map_err(|error| Fault::internal(error.to_string()))
}

/// The text and the attributes of a message.
fn raw(notification: &Map<String, Value>) -> ServiceMessage {
    let attributes = raw_attributes(notification);
    ServiceMessage {
        body: text(notification, "Message").to_owned(),
        attributes: attributes
            .map(|it| (it.name, it.data_type, it.value))
            .collect(),
        ..ServiceMessage::default()
    }
}

fn raw_attributes(notification: &Map<String, Value>) -> impl Iterator<Item = Attribute> {
    let attributes = notification.get("MessageAttributes");
    let attributes = attributes.and_then(Value::as_object).into_iter().flatten();
    attributes.map(|(name, attribute)| {
        let text = |member: &str| attribute[member].as_str().unwrap_or_default();
        Attribute::new(name, text("Type"), text("Value"))
    })
}
