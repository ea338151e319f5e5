//! The attributes of subscriptions, and their lists.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::Sns;
use super::confirmation::State;
use super::fault::no_subscription;
use super::names::{subscription_key, topic_name};
use super::pages::{PageRequest, page};
use super::subscription::{Subscription, prefix};
use crate::fault::{Answer, Fault};
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscriptionRequest {
    pub subscription_arn: String,
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

impl Sns {
    /// Sets several attributes, of which some may be right only together.
    pub fn set_subscription_attributes(
        &self,
        arn: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        self.subscriptions.change(subscription_key(arn)?, |found| {
            let subscription = found.as_mut().filter(|it| is_there(it));
            let subscription = subscription.ok_or_else(no_subscription)?;
            subscription.set(attributes)
        })
    }
}

fn is_there(subscription: &Subscription) -> bool {
    subscription.state != State::Ended
}

pub async fn get_attributes(sns: &Sns, request: SubscriptionRequest) -> Answer {
    let key = subscription_key(&request.subscription_arn)?;
    let found = sns.subscriptions.get(key)?.filter(is_there);
    let subscription = found.ok_or_else(no_subscription)?;
    let topic = sns.topic(&subscription.topic)?;
    Ok(json!({ "Attributes": wire::map(subscription.attributes(&topic)) }))
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
        let page = sns.subscriptions.page(prefix, after, size, is_there)?;
        Ok(page.map(|(_, subscription)| subscription.summary()))
    })
}
