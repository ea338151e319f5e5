//! The operations on subscriptions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fault::{invalid, no_subscription, no_topic};
use super::names::{subscription_key, topic_name};
use super::pages::{PageRequest, page};
use super::subscription::{Protocol, Subscription, prefix};
use super::{Sns, topics};
use crate::arn;
use crate::fault::{Answer, Fault};
use crate::service::WithCaller;
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscribeRequest {
    topic_arn: String,
    protocol: String,
    endpoint: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscriptionRequest {
    subscription_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetSubscriptionAttributesRequest {
    subscription_arn: String,
    attribute_name: String,
    attribute_value: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSubscriptionsByTopicRequest {
    topic_arn: String,
    #[serde(flatten)]
    page: PageRequest,
}

/// Subscribes a function or a queue, once: what is subscribed already keeps its subscription. There is
/// nothing to confirm.
pub async fn subscribe(sns: &Sns, request: WithCaller<SubscribeRequest>) -> Answer {
    let id = Uuid::new_v4().to_string();
    let subscription = request.parameters.subscribe(sns, id, request.caller.arn)?;
    Ok(json!({ "SubscriptionArn": subscription.arn() }))
}

impl SubscribeRequest {
    fn subscribe(self, sns: &Sns, id: String, principal: String) -> Result<Subscription, Fault> {
        let topic = topic_name("TopicArn", &self.topic_arn)?;
        let Some(protocol) = Protocol::read(&self.protocol) else {
            let protocol = &self.protocol;
            return Err(invalid(format!(
                "Amazon SNS does not support this protocol string: {protocol}"
            )));
        };
        let endpoint = self.endpoint.unwrap_or_default();
        protocol.check_endpoint(&endpoint)?;
        let mut new = Subscription::new(topic, id, protocol, endpoint, principal);
        let attributes = self.attributes.unwrap_or_default();
        new.set(&attributes)
            .map_err(|fault| topics::named_attributes(&fault))?;
        sns.store.write(|transaction| {
            if sns.topics.get_in(transaction, topic)?.is_none() {
                return Err(no_topic());
            }
            let others = sns.subscriptions.under_in(transaction, &prefix(topic))?;
            let mut others = others.into_iter().map(|(_, subscription)| subscription);
            let found = others.find(|it| (it.protocol, &it.endpoint) == (protocol, &new.endpoint));
            let Some(found) = found else {
                sns.subscriptions.put_in(transaction, &new.key(), &new)?;
                return Ok(new);
            };
            let mut same = found.clone();
            same.set(&attributes)?;
            if same != found {
                return Err(invalid(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            Ok(found)
        })
    }
}

/// What CloudFormation does otherwise than clients.
impl Sns {
    /// Subscribes with this id, which is as good if it was done before.
    pub fn subscribe_as(&self, id: &str, parameters: Value) -> Result<(), Fault> {
        let request: SubscribeRequest = wire::read(parameters, Self::DESCRIPTION.protocol)?;
        let (endpoint, topic) = (request.endpoint.clone(), request.topic_arn.clone());
        let principal = arn::global("iam", "root");
        let subscription = request.subscribe(self, id.to_owned(), principal)?;
        if subscription.id == id {
            return Ok(());
        }
        let endpoint = endpoint.unwrap_or_default();
        Err(Fault::conflict(
            "ResourceConflictException",
            format!("{endpoint} is subscribed to {topic} already"),
        ))
    }

    /// Sets several attributes, of which some may be right only together.
    pub fn set_subscription_attributes(
        &self,
        arn: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        self.subscriptions.change(subscription_key(arn)?, |found| {
            let subscription = found.as_mut().ok_or_else(no_subscription)?;
            subscription.set(attributes)
        })
    }
}

/// Functions and queues need no confirmation, so there are no tokens.
pub async fn confirm(sns: &Sns, request: topics::TopicRequest) -> Answer {
    sns.topic(request.name()?)?;
    Err(invalid("Token"))
}

/// Ends a subscription, if there is one.
pub async fn unsubscribe(sns: &Sns, request: SubscriptionRequest) -> Answer {
    let key = subscription_key(&request.subscription_arn)?;
    sns.store.write(|transaction| {
        let is_there = sns.subscriptions.remove_in(transaction, key)?;
        let topic = key.split(':').next().unwrap_or_default();
        if let (true, Some(mut topic)) = (is_there, sns.topics.get_in(transaction, topic)?) {
            topic.unsubscribed += 1;
            sns.topics.put_in(transaction, &topic.name, &topic)?;
        }
        Ok(json!({}))
    })
}

pub async fn get_attributes(sns: &Sns, request: SubscriptionRequest) -> Answer {
    let key = subscription_key(&request.subscription_arn)?;
    let found = sns.subscriptions.get(key)?;
    let subscription = found.ok_or_else(no_subscription)?;
    Ok(json!({ "Attributes": wire::map(subscription.attributes()) }))
}

pub async fn set_attributes(sns: &Sns, request: SetSubscriptionAttributesRequest) -> Answer {
    let value = request.attribute_value.unwrap_or_default();
    let attribute = BTreeMap::from([(request.attribute_name, value)]);
    sns.set_subscription_attributes(&request.subscription_arn, &attribute)?;
    Ok(json!({}))
}

pub async fn list(sns: &Sns, request: PageRequest) -> Answer {
    summaries(sns, &request, "")
}

pub async fn list_by_topic(sns: &Sns, request: ListSubscriptionsByTopicRequest) -> Answer {
    let topic = sns.topic(topic_name("TopicArn", &request.topic_arn)?)?;
    summaries(sns, &request.page, &prefix(&topic.name))
}

fn summaries(sns: &Sns, request: &PageRequest, prefix: &str) -> Answer {
    page(request, "Subscriptions", |after, size| {
        let page = sns.subscriptions.page(prefix, after, size, |_| true)?;
        Ok(page.map(|(_, subscription)| subscription.summary()))
    })
}
