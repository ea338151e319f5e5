//! A subscription as it is recorded, and its attributes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::confirmation::{Confirmation, State};
use super::delivery_policy::{DeliveryPolicy, Effective, not_for_notifications};
use super::endpoint::Endpoint;
use super::fault::invalid;
use super::names::{FIFO, subscription_arn, topic_arn};
use super::topic::{Topic, flag};
use crate::ACCOUNT;
use crate::arn::Arn;
use crate::event_pattern::{FilterPolicy, Scope};
use crate::fault::Fault;
use crate::store::Record;

/// What a client may set. AWS has others, for Firehose and for the replay of FIFO topics.
const ATTRIBUTES: [&str; 5] = [
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
];

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    Http,
    Lambda,
    Sqs,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Subscription {
    pub topic: String,
    /// Of the subscription.
    pub id: String,
    pub protocol: Protocol,
    /// The ARN of the function or of the queue, or the URL of a web server.
    pub endpoint: String,
    /// The ARN of who has subscribed.
    principal: String,
    pub settings: Settings,
    #[serde(default)]
    pub state: State,
    /// Of web servers.
    #[serde(default)]
    pub confirmation: Option<Confirmation>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Settings {
    /// The document, as it was given.
    filter_policy: Option<String>,
    on_body: bool,
    pub raw: bool,
    redrive_policy: Option<String>,
    /// The document, as it was given.
    #[serde(default)]
    delivery_policy: Option<String>,
}

impl Record for Subscription {
    const KIND: &'static str = "sns.subscription";
}

/// What begins the keys of the subscriptions to a topic.
pub fn prefix(topic: &str) -> String {
    format!("{topic}:")
}

impl Protocol {
    pub fn read(name: &str) -> Option<Self> {
        match name {
            "http" => Some(Self::Http),
            "lambda" => Some(Self::Lambda),
            "sqs" => Some(Self::Sqs),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Lambda => "lambda",
            Self::Sqs => "sqs",
        }
    }

    /// Refuses what is no function, no queue or no web server of this machine.
    pub fn check_endpoint(self, endpoint: &str) -> Result<(), Fault> {
        if self == Self::Http {
            return Endpoint::read(endpoint).map(drop);
        }
        let arn = Arn::parse(endpoint).filter(|arn| arn.service == self.name());
        let wrong = match (self, arn) {
            (Self::Lambda, Some(arn)) if arn.resource.starts_with("function:") => return Ok(()),
            (Self::Sqs, Some(arn)) if !arn.resource.contains([':', '/']) => return Ok(()),
            (Self::Lambda, _) => "Lambda endpoint ARN",
            (Self::Sqs | Self::Http, _) => "SQS endpoint ARN",
        };
        Err(invalid(wrong))
    }
}

/// Refuses an endpoint that topics of this kind do not deliver to.
pub fn check_kind(topic: &Topic, protocol: Protocol, endpoint: &str) -> Result<(), Fault> {
    match (&topic.fifo, protocol) {
        (None, Protocol::Sqs) if endpoint.ends_with(FIFO) => Err(invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        )),
        (Some(_), Protocol::Http | Protocol::Lambda) => Err(invalid(
            "Invalid parameter: Endpoint Reason: only SQS Queues can be subscribed to FIFO SNS topics",
        )),
        _ => Ok(()),
    }
}

impl Subscription {
    pub fn new(
        topic: &str,
        id: String,
        protocol: Protocol,
        endpoint: String,
        principal: String,
    ) -> Self {
        Self {
            topic: topic.to_owned(),
            id,
            protocol,
            endpoint,
            principal,
            settings: Settings::default(),
            state: State::default(),
            confirmation: None,
        }
    }

    pub fn key(&self) -> String {
        format!("{}{}", prefix(&self.topic), self.id)
    }

    pub fn arn(&self) -> String {
        subscription_arn(&self.key())
    }

    /// What lists show.
    pub fn summary(&self) -> Value {
        let arn = match self.state {
            State::Pending => "PendingConfirmation".to_owned(),
            State::Confirmed | State::Ended => self.arn(),
        };
        json!({
            "SubscriptionArn": arn,
            "Owner": ACCOUNT,
            "Protocol": self.protocol,
            "Endpoint": self.endpoint,
            "TopicArn": topic_arn(&self.topic),
        })
    }

    pub fn attributes(&self, topic: &Topic) -> Vec<(&'static str, String)> {
        let flag = |flag: bool| flag.to_string();
        let is_pending = self.state == State::Pending;
        let confirmation = self.confirmation.as_ref();
        let was_authenticated = confirmation.is_none_or(|it| it.was_authenticated);
        let mut attributes = vec![
            (
                "ConfirmationWasAuthenticated",
                flag(was_authenticated && !is_pending),
            ),
            ("Endpoint", self.endpoint.clone()),
            ("Owner", ACCOUNT.to_owned()),
            ("PendingConfirmation", flag(is_pending)),
            ("Protocol", self.protocol.name().to_owned()),
            ("RawMessageDelivery", flag(self.settings.raw)),
            ("SubscriptionArn", self.arn()),
            ("SubscriptionPrincipal", self.principal.clone()),
            ("TopicArn", topic_arn(&self.topic)),
        ];
        if let Some(policy) = &self.settings.filter_policy {
            attributes.push(("FilterPolicy", policy.clone()));
            let scope = match self.settings.on_body {
                true => "MessageBody",
                false => "MessageAttributes",
            };
            attributes.push(("FilterPolicyScope", scope.to_owned()));
        }
        if let Some(policy) = &self.settings.redrive_policy {
            attributes.push(("RedrivePolicy", policy.clone()));
        }
        if let Some(policy) = &self.settings.delivery_policy {
            attributes.push(("DeliveryPolicy", policy.clone()));
        }
        if self.protocol == Protocol::Http {
            let effective = self.delivery_policy(topic).shown().to_string();
            attributes.push(("EffectiveDeliveryPolicy", effective));
        }
        attributes
    }

    /// How the web server is tried.
    pub fn delivery_policy(&self, topic: &Topic) -> Effective {
        Effective::of(&topic.delivery_policy(), &self.own_delivery_policy())
    }

    fn own_delivery_policy(&self) -> DeliveryPolicy {
        let policy = self.settings.delivery_policy.as_deref();
        // It was read when it was set.
        let policy = policy.and_then(|policy| DeliveryPolicy::read(policy).ok());
        policy.unwrap_or_default()
    }

    /// Sets attributes, of which one may be right only with another; an empty value takes one away.
    pub fn set(&mut self, attributes: &BTreeMap<String, String>) -> Result<(), Fault> {
        for (name, value) in attributes {
            self.set_one(name, value)?;
        }
        if !self.settings.raw && !self.own_delivery_policy().fits_notifications() {
            return Err(not_for_notifications());
        }
        self.filter_policy().map(drop)
    }

    fn set_one(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let settings = &mut self.settings;
        let given = Some(value).filter(|value| !value.is_empty());
        match name {
            "DeliveryPolicy" => {
                if self.protocol != Protocol::Http {
                    let protocol = self.protocol.name();
                    return Err(invalid(format!(
                        "DeliveryPolicy Reason: Delivery protocol [{protocol}] does not support delivery \
                         policies."
                    )));
                }
                given.map_or(Ok(()), |policy| DeliveryPolicy::read(policy).map(drop))?;
                settings.delivery_policy = given.map(str::to_owned);
            }
            "FilterPolicy" => {
                let given = given.filter(|policy| policy.trim() != "{}");
                settings.filter_policy = given.map(str::to_owned);
            }
            "FilterPolicyScope" => {
                settings.on_body = match given {
                    None | Some("MessageAttributes") => false,
                    Some("MessageBody") => true,
                    Some(other) => {
                        return Err(invalid(format!(
                            "FilterPolicyScope: Invalid value [{other}]. Please use either MessageBody \
                             or MessageAttributes"
                        )));
                    }
                };
            }
            "RawMessageDelivery" => settings.raw = raw(self.protocol, value)?,
            "RedrivePolicy" => {
                given.map_or(Ok(()), |policy| dead_letter_queue(policy).map(drop))?;
                settings.redrive_policy = given.map(str::to_owned);
            }
            name => {
                let supported = ATTRIBUTES.join(", ");
                return Err(invalid(format!(
                    "AttributeName Reason: the sandbox does not support the attribute {name} of \
                     subscriptions; it supports {supported}"
                )));
            }
        }
        Ok(())
    }

    /// What says whether a message comes here, if anything does.
    pub fn filter_policy(&self) -> Result<Option<FilterPolicy>, Fault> {
        let Some(policy) = &self.settings.filter_policy else {
            return Ok(None);
        };
        let scope = match self.settings.on_body {
            true => Scope::MessageBody,
            false => Scope::MessageAttributes,
        };
        FilterPolicy::read(policy, scope).map_err(invalid)
    }

    /// The queue for what cannot be delivered.
    pub fn dead_letter_queue(&self) -> Option<String> {
        let policy = self.settings.redrive_policy.as_deref()?;
        dead_letter_queue(policy).ok()
    }
}

fn raw(protocol: Protocol, value: &str) -> Result<bool, Fault> {
    let is_raw = flag("RawMessageDelivery", value)?;
    if is_raw && protocol == Protocol::Lambda {
        return Err(invalid(
            "RawMessageDelivery Reason: Delivery protocol [lambda] does not support raw message delivery.",
        ));
    }
    Ok(is_raw)
}

/// The ARN of the queue in a redrive policy.
fn dead_letter_queue(policy: &str) -> Result<String, Fault> {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else {
        return Err(invalid("RedrivePolicy: failed to parse JSON."));
    };
    let arn = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    match Protocol::Sqs.check_endpoint(arn) {
        Ok(()) => Ok(arn.to_owned()),
        Err(_) => Err(invalid(
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        )),
    }
}
