//! Deliveries to subscriptions: a function gets an event, if its policy lets SNS invoke it for the topic.

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Sns;
use super::names::{subscription_key, topic_arn};
use super::notification::event;
use super::subscription::{Protocol, Subscription};
use crate::delivery::{Delivery, Outcome, Target};
use crate::fault::Fault;
use crate::lambda::{NotInvoked, ServiceInvocation, Source};

const PRINCIPAL: &str = "sns.amazonaws.com";

#[async_trait]
impl Target for Sns {
    async fn deliver(&self, delivery: &Delivery) -> Outcome {
        let key = subscription_key(&delivery.target);
        let found = key.and_then(|key| Ok(self.subscriptions.get(key)?));
        match found {
            Ok(Some(subscription)) => self.hand_over(&subscription, &delivery.payload),
            Ok(None) => Outcome::Rejected("its subscription has ended".to_owned()),
            Err(fault) => outcome_of(&fault),
        }
    }
}

impl Sns {
    fn hand_over(&self, subscription: &Subscription, notification: &str) -> Outcome {
        match subscription.protocol {
            Protocol::Lambda => self.invoke(subscription, notification),
            Protocol::Sqs => {
                Outcome::Rejected("the sandbox does not deliver to queues yet".to_owned())
            }
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
            Err(NotInvoked::Fault(fault)) => outcome_of(&fault),
        }
    }
}

/// What a client could not send either is not tried again.
///
/// Source: "Amazon SNS message delivery retries": client-side errors are not retried.
fn outcome_of(fault: &Fault) -> Outcome {
    if fault.is_client_error() && fault.status != StatusCode::TOO_MANY_REQUESTS {
        Outcome::Rejected(fault.to_string())
    } else {
        Outcome::Unavailable(fault.to_string())
    }
}
