//! Messages of other services: those that a topic's policy has to allow, and deliveries.

use super::Sns;
use super::message::Message;
use super::names::topic_name;
use super::policy::policy_of;
use crate::authorise::{Access, allows_service};
use crate::delivery::Attribute;
use crate::fault::Fault;

/// A message of a service.
#[derive(Clone, Debug, Default)]
pub struct ServiceNotification {
    pub subject: Option<String>,
    pub text: String,
    pub attributes: Vec<Attribute>,
}

/// Why a message was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPublished {
    /// There is no such topic, or its policy does not allow it.
    NotPermitted,
    Fault(Fault),
}

impl Sns {
    pub fn topic_exists(&self, arn: &str) -> Result<bool, Fault> {
        let Ok(name) = topic_name("TopicArn", arn) else {
            return Ok(false);
        };
        Ok(self.topics.get(name)?.is_some())
    }

    /// Publishes for a service such as `s3.amazonaws.com`, on behalf of what has the ARN `source`. The topic's
    /// policy has to allow it.
    pub fn publish_for_service(
        &self,
        topic: &str,
        message: ServiceNotification,
        principal: &str,
        source: &str,
    ) -> Result<(), NotPublished> {
        let permitted = self.permits(topic, principal, source);
        if !permitted.map_err(NotPublished::Fault)? {
            return Err(NotPublished::NotPermitted);
        }
        let name = topic_name("TopicArn", topic).map_err(NotPublished::Fault)?;
        self.publish_message(name, message)
            .map_err(NotPublished::Fault)
    }

    /// Whether the topic is there and its policy lets the service publish for the source.
    pub fn permits(&self, topic: &str, principal: &str, source: &str) -> Result<bool, Fault> {
        let access = Access::new("sns:Publish", topic);
        let policy = policy_of(self, &access)?;
        Ok(allows_service(policy, principal, source, &access))
    }

    pub fn publish_message(&self, topic: &str, message: ServiceNotification) -> Result<(), Fault> {
        self.send(topic, &[Message::of_service(message)?]).map(drop)
    }
}
