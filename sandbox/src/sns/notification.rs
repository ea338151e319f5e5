//! What subscribers get of a message.
//!
//! Source: "Parsing Amazon SNS message formats" in SNS's developer guide, and "Amazon SNS" in that of Lambda.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Sns;
use super::message::Message;
use super::signer::Signer;
use super::subscription::Subscription;
use super::topic::Topic;
use crate::clock;
use crate::fault::Fault;

const NOTIFICATION: &str = "Notification";
const SIGNATURE: &str = "Signature";
pub const CONFIRM: &str = "SubscriptionConfirmation";
pub const UNSUBSCRIBED: &str = "UnsubscribeConfirmation";

impl Sns {
    /// The notification of a message that was `published` at that time, for a subscription, as it is recorded: what
    /// follows from the time and the sandbox that hand it over is missing.
    pub fn notification(
        topic: &Topic,
        subscription: &Subscription,
        message: &Message,
        published: i64,
    ) -> Value {
        let text = message.text_for(subscription.protocol);
        let mut notification = unsigned(NOTIFICATION, topic, &message.id, text, published);
        if let Some(subject) = &message.subject {
            notification["Subject"] = json!(subject);
        }
        if !message.attributes.is_empty() {
            let attributes = message.attributes.iter().map(|(name, attribute)| {
                let attribute = json!({ "Type": attribute.data_type, "Value": attribute.value });
                (name.clone(), attribute)
            });
            notification["MessageAttributes"] = Value::Object(attributes.collect());
        }
        notification
    }

    /// What asks an endpoint to confirm its subscription.
    pub fn confirmation_request(&self, topic: &Topic, token: &str) -> Value {
        let text = format!(
            "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the SubscribeURL \
             included in this message.",
            topic.arn()
        );
        self.with_token(CONFIRM, topic, &text, token)
    }

    /// What tells an endpoint that its subscription has ended.
    pub fn farewell(&self, topic: &Topic, subscription: &str, token: &str) -> Value {
        let text = format!(
            "You have chosen to deactivate subscription {subscription}.\nTo cancel this operation and restore the \
             subscription, visit the SubscribeURL included in this message."
        );
        self.with_token(UNSUBSCRIBED, topic, &text, token)
    }

    fn with_token(&self, kind: &str, topic: &Topic, text: &str, token: &str) -> Value {
        let id = Uuid::new_v4().to_string();
        let mut message = unsigned(kind, topic, &id, text, self.clock.now());
        message["Token"] = json!(token);
        message
    }

    /// What is recorded, with addresses of this sandbox and signed.
    pub async fn signed(
        &self,
        signer: &Signer,
        subscription: &str,
        recorded: Map<String, Value>,
    ) -> Result<Map<String, Value>, Fault> {
        let message = self.addressed(signer, subscription, recorded);
        let signature = signer.signature(&message).await?;
        Ok(with_signature(message, signature))
    }

    /// As [`signed`](Self::signed), for who cannot wait.
    pub fn signed_at_once(
        &self,
        signer: &Signer,
        subscription: &str,
        recorded: Map<String, Value>,
    ) -> Result<Map<String, Value>, Fault> {
        let message = self.addressed(signer, subscription, recorded);
        let signature = signer.signature_at_once(&message)?;
        Ok(with_signature(message, signature))
    }

    fn addressed(
        &self,
        signer: &Signer,
        subscription: &str,
        mut message: Map<String, Value>,
    ) -> Map<String, Value> {
        let url = &self.url;
        let (name, address) = match text(&message, "Token") {
            "" => (
                "UnsubscribeURL",
                format!("{url}/?Action=Unsubscribe&SubscriptionArn={subscription}"),
            ),
            token => {
                let topic = text(&message, "TopicArn");
                let address =
                    format!("{url}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}");
                ("SubscribeURL", address)
            }
        };
        message.insert(name.to_owned(), address.into());
        let certificate = format!("{url}{}", signer.path);
        message.insert("SigningCertURL".to_owned(), certificate.into());
        message
    }
}

fn unsigned(kind: &str, topic: &Topic, id: &str, text: &str, time: i64) -> Value {
    json!({
        "Type": kind,
        "MessageId": id,
        "TopicArn": topic.arn(),
        "Message": text,
        "Timestamp": clock::to_the_millisecond(time),
        "SignatureVersion": topic.signature_version(),
    })
}

fn with_signature(mut message: Map<String, Value>, signature: String) -> Map<String, Value> {
    message.insert(SIGNATURE.to_owned(), signature.into());
    message
}

/// A member of a message, or nothing.
pub fn text<'m>(message: &'m Map<String, Value>, name: &str) -> &'m str {
    let value = message.get(name).and_then(Value::as_str);
    value.unwrap_or_default()
}

/// The event of a notification, as functions get it.
pub fn event(subscription: &str, mut notification: Map<String, Value>) -> Value {
    for (name, other) in [
        ("SigningCertURL", "SigningCertUrl"),
        ("UnsubscribeURL", "UnsubscribeUrl"),
    ] {
        let value = notification.remove(name);
        notification.insert(other.to_owned(), value.unwrap_or_default());
    }
    notification.entry("Subject").or_insert(Value::Null);
    notification
        .entry("MessageAttributes")
        .or_insert_with(|| json!({}));
    json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": notification,
    }] })
}
