//! What subscribers get of a message.
//!
//! Source: "Parsing Amazon SNS message formats" in SNS's developer guide, and "Amazon SNS" in that of Lambda.

use serde_json::{Map, Value, json};

use super::Sns;
use super::message::Message;
use super::subscription::Subscription;
use super::topic::Topic;
use crate::clock;

/// As in AWS's documentation. Nothing here signs as AWS does.
const SIGNATURE: &str = "EXAMPLE";

impl Sns {
    /// The notification of a message for a subscription, as queues get it.
    pub fn notification(
        &self,
        topic: &Topic,
        subscription: &Subscription,
        message: &Message,
    ) -> Value {
        let arn = subscription.arn();
        let mut notification = json!({
            "Type": "Notification",
            "MessageId": message.id,
            "TopicArn": topic.arn(),
            "Message": message.text_for(subscription.protocol),
            "Timestamp": clock::to_the_millisecond(clock::now()),
            "SignatureVersion": topic.signature_version(),
            "Signature": SIGNATURE,
            "SigningCertURL": format!("{}/SimpleNotificationService.pem", self.url),
            "UnsubscribeURL": format!("{}/?Action=Unsubscribe&SubscriptionArn={arn}", self.url),
        });
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
