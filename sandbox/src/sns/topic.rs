//! A topic as it is recorded, and its attributes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::delivery_policy::TopicDeliveryPolicy;
use super::fault::{invalid, no_topic};
use super::names::topic_arn;
use super::{Sns, policy};
use crate::ACCOUNT;
use crate::fault::Fault;
use crate::store::Record;
use crate::tags::Tags;

/// In characters. Source: `DisplayName` in the documentation of CreateTopic.
const LONGEST_DISPLAY_NAME: usize = 100;
/// What a client may set. AWS has others, which would have no effect here.
const ATTRIBUTES: [&str; 7] = [
    "ContentBasedDeduplication",
    "DeliveryPolicy",
    "DisplayName",
    "FifoThroughputScope",
    FIFO_TOPIC,
    "Policy",
    "SignatureVersion",
];
/// Says what kind of topic it is, which does not change.
pub const FIFO_TOPIC: &str = "FifoTopic";

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Topic {
    pub name: String,
    pub settings: Settings,
    pub tags: Tags,
    /// How many subscriptions there were that are no more.
    pub unsubscribed: u64,
    /// Of FIFO topics.
    #[serde(default)]
    pub fifo: Option<Fifo>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Settings {
    display_name: String,
    /// The document.
    pub policy: Value,
    signature_version: Option<String>,
    /// The document, as it was given.
    #[serde(default)]
    delivery_policy: Option<String>,
}

/// What FIFO topics have besides.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Fifo {
    /// Whether messages with the same contents are the same.
    pub by_contents: bool,
    /// Whether messages of different groups are never the same.
    pub in_groups: bool,
    /// How many messages it has accepted.
    pub accepted: u64,
}

/// How many subscriptions a topic has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subscriptions {
    pub confirmed: usize,
    pub pending: usize,
}

impl Record for Topic {
    const KIND: &'static str = "sns.topic";
}

impl Topic {
    pub fn new(name: &str, is_fifo: bool) -> Self {
        Self {
            name: name.to_owned(),
            settings: Settings {
                display_name: String::new(),
                policy: policy::default(&topic_arn(name)),
                signature_version: None,
                delivery_policy: None,
            },
            tags: Tags::new(),
            unsubscribed: 0,
            fifo: is_fifo.then(Fifo::default),
        }
    }

    pub fn arn(&self) -> String {
        topic_arn(&self.name)
    }

    /// As its notifications have it.
    pub fn signature_version(&self) -> &str {
        self.settings.signature_version.as_deref().unwrap_or("1")
    }

    /// Sets an attribute; an empty value is the default.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match name {
            "DeliveryPolicy" if value.is_empty() => self.settings.delivery_policy = None,
            "DeliveryPolicy" => {
                TopicDeliveryPolicy::read(value)?;
                self.settings.delivery_policy = Some(value.to_owned());
            }
            "DisplayName" => {
                if value.chars().count() > LONGEST_DISPLAY_NAME {
                    return Err(invalid("DisplayName"));
                }
                value.clone_into(&mut self.settings.display_name);
            }
            "Policy" if value.is_empty() => {
                self.settings.policy = policy::default(&self.arn());
            }
            "Policy" => self.settings.policy = policy::read(value)?,
            "SignatureVersion" => match value {
                "" => self.settings.signature_version = None,
                "1" | "2" => self.settings.signature_version = Some(value.to_owned()),
                _ => return Err(invalid("SignatureVersion")),
            },
            "ContentBasedDeduplication" => {
                self.fifo_only(name)?.by_contents = flag(name, value)?;
            }
            "FifoThroughputScope" => {
                self.fifo_only(name)?.in_groups = match value {
                    "" | "Topic" => false,
                    "MessageGroup" => true,
                    _ => return Err(invalid("FifoThroughputScope")),
                };
            }
            name => {
                let supported = ATTRIBUTES.join(", ");
                return Err(invalid(format!(
                    "AttributeName Reason: the sandbox does not support the attribute {name} of topics; it \
                     supports {supported}"
                )));
            }
        }
        Ok(())
    }

    fn fifo_only(&mut self, attribute: &str) -> Result<&mut Fifo, Fault> {
        let fifo = self.fifo.as_mut();
        fifo.ok_or_else(|| {
            invalid(format!(
                "AttributeName Reason: {attribute} is an attribute of FIFO topics only"
            ))
        })
    }

    pub fn delivery_policy(&self) -> TopicDeliveryPolicy {
        let policy = self.settings.delivery_policy.as_deref();
        // It was read when it was set.
        let policy = policy.and_then(|policy| TopicDeliveryPolicy::read(policy).ok());
        policy.unwrap_or_default()
    }

    /// All attributes, with how many subscriptions there are.
    pub fn attributes(&self, subscriptions: Subscriptions) -> Vec<(&'static str, String)> {
        let mut attributes = vec![
            ("DisplayName", self.settings.display_name.clone()),
            (
                "EffectiveDeliveryPolicy",
                self.delivery_policy().effective().to_string(),
            ),
            ("Owner", ACCOUNT.to_owned()),
            ("Policy", self.settings.policy.to_string()),
            (
                "SubscriptionsConfirmed",
                subscriptions.confirmed.to_string(),
            ),
            ("SubscriptionsDeleted", self.unsubscribed.to_string()),
            ("SubscriptionsPending", subscriptions.pending.to_string()),
            ("TopicArn", self.arn()),
        ];
        if let Some(version) = &self.settings.signature_version {
            attributes.push(("SignatureVersion", version.clone()));
        }
        if let Some(policy) = &self.settings.delivery_policy {
            attributes.push(("DeliveryPolicy", policy.clone()));
        }
        if let Some(fifo) = &self.fifo {
            let scope = match fifo.in_groups {
                true => "MessageGroup",
                false => "Topic",
            };
            attributes.extend([
                ("ContentBasedDeduplication", fifo.by_contents.to_string()),
                ("FifoThroughputScope", scope.to_owned()),
                (FIFO_TOPIC, true.to_string()),
            ]);
        }
        attributes
    }
}

/// An attribute that is true or false.
pub fn flag(name: &str, value: &str) -> Result<bool, Fault> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(invalid(format!(
            "{name} Reason: Invalid value [{value}]. Must be true or false."
        ))),
    }
}

impl Sns {
    pub fn topic(&self, name: &str) -> Result<Topic, Fault> {
        self.topics.get(name)?.ok_or_else(no_topic)
    }

    /// Changes a topic that there is. When `change` fails, nothing is changed.
    pub fn change_topic<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Topic) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.topics.change(name, |topic| match topic {
            Some(topic) => change(topic),
            None => Err(no_topic()),
        })
    }
}
