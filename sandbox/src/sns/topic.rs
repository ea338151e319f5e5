//! A topic as it is recorded, and its attributes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
const ATTRIBUTES: [&str; 3] = ["DisplayName", "Policy", "SignatureVersion"];

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Topic {
    pub name: String,
    pub settings: Settings,
    pub tags: Tags,
    /// How many subscriptions there were that are no more.
    pub unsubscribed: u64,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Settings {
    display_name: String,
    /// The document.
    pub policy: Value,
    signature_version: Option<String>,
}

impl Record for Topic {
    const KIND: &'static str = "sns.topic";
}

impl Topic {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            settings: Settings {
                display_name: String::new(),
                policy: policy::default(&topic_arn(name)),
                signature_version: None,
            },
            tags: Tags::new(),
            unsubscribed: 0,
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

    /// All attributes, with how many subscriptions there are.
    pub fn attributes(&self, subscriptions: usize) -> Vec<(&'static str, String)> {
        let mut attributes = vec![
            ("DisplayName", self.settings.display_name.clone()),
            ("EffectiveDeliveryPolicy", delivery_policy().to_string()),
            ("Owner", ACCOUNT.to_owned()),
            ("Policy", self.settings.policy.to_string()),
            ("SubscriptionsConfirmed", subscriptions.to_string()),
            ("SubscriptionsDeleted", self.unsubscribed.to_string()),
            ("SubscriptionsPending", "0".to_owned()),
            ("TopicArn", self.arn()),
        ];
        if let Some(version) = &self.settings.signature_version {
            attributes.push(("SignatureVersion", version.clone()));
        }
        attributes
    }
}

/// What AWS shows where nobody has set it: how web servers are tried, of which there are none here.
fn delivery_policy() -> Value {
    json!({ "http": {
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": false,
        "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" },
    } })
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
