//! The operations on topics.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::confirmation::State;
use super::fault::invalid;
use super::names::{checked_name, topic_arn, topic_name};
use super::pages::{PageRequest, page};

use super::tags::{self, Tag};
use super::topic::{FIFO_TOPIC, Subscriptions, Topic, flag};
use super::{Sns, subscription};
use crate::fault::{Answer, Fault};
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTopicRequest {
    name: String,
    attributes: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TopicRequest {
    pub topic_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetTopicAttributesRequest {
    topic_arn: String,
    attribute_name: String,
    attribute_value: Option<String>,
}

impl TopicRequest {
    pub fn name(&self) -> Result<&str, Fault> {
        topic_name("TopicArn", &self.topic_arn)
    }
}

/// Creates a topic. One that is there is as good, if it has the attributes and tags that the request gives.
pub async fn create(sns: &Sns, request: CreateTopicRequest) -> Answer {
    let mut attributes = request.attributes.unwrap_or_default();
    let is_fifo = match attributes.remove(FIFO_TOPIC) {
        Some(value) => flag(FIFO_TOPIC, &value).map_err(|fault| named_attributes(&fault))?,
        None => false,
    };
    let name = checked_name(&request.name, is_fifo)?;
    let set = |topic: &mut Topic| {
        let mut attributes = attributes.iter();
        let set = attributes.try_for_each(|(name, value)| topic.set(name, value));
        set.map_err(|fault| named_attributes(&fault))
    };
    let mut new = Topic::new(name, is_fifo);
    set(&mut new)?;
    new.tags = tags::merged(new.tags, request.tags)?;
    sns.topics.change(name, |topic| {
        let Some(topic) = topic else {
            *topic = Some(new);
            return Ok(());
        };
        let mut same = topic.clone();
        set(&mut same)?;
        let differing = |what: &str| {
            invalid(format!(
                "{what} Reason: Topic already exists with different {}",
                what.to_lowercase()
            ))
        };
        if same != *topic {
            return Err(differing("Attributes"));
        }
        if new
            .tags
            .iter()
            .any(|(key, value)| topic.tags.get(key) != Some(value))
        {
            return Err(differing("Tags"));
        }
        Ok(())
    })?;
    Ok(json!({ "TopicArn": topic_arn(name) }))
}

/// The fault of an attribute of a creation.
pub fn named_attributes(fault: &Fault) -> Fault {
    let reason = fault.message.replacen("Invalid parameter: ", "", 1);
    invalid(format!("Attributes Reason: {reason}"))
}

/// Deletes a topic and its subscriptions, if there is one.
pub async fn delete(sns: &Sns, request: TopicRequest) -> Answer {
    let name = request.name()?;
    sns.store.write(|transaction| {
        sns.topics.remove_in(transaction, name)?;
        let subscriptions = subscription::prefix(name);
        sns.subscriptions
            .remove_under(transaction, &subscriptions)?;
        sns.accepted.remove_under(transaction, &subscriptions)?;
        Ok::<_, Fault>(json!({}))
    })
}

pub async fn get_attributes(sns: &Sns, request: TopicRequest) -> Answer {
    let topic = sns.topic(request.name()?)?;
    let subscriptions = sns
        .subscriptions
        .under(&subscription::prefix(&topic.name))?;
    let count = |state: State| {
        let subscriptions = subscriptions.iter();
        subscriptions.filter(|(_, it)| it.state == state).count()
    };
    let attributes = topic.attributes(Subscriptions {
        confirmed: count(State::Confirmed),
        pending: count(State::Pending),
    });
    Ok(json!({ "Attributes": wire::map(attributes) }))
}

pub async fn set_attributes(sns: &Sns, request: SetTopicAttributesRequest) -> Answer {
    let name = topic_name("TopicArn", &request.topic_arn)?;
    let value = request.attribute_value.unwrap_or_default();
    if request.attribute_name == FIFO_TOPIC {
        return Err(invalid("AttributeName"));
    }
    sns.change_topic(name, |topic| topic.set(&request.attribute_name, &value))?;
    Ok(json!({}))
}

pub async fn list(sns: &Sns, request: PageRequest) -> Answer {
    page(&request, "Topics", |after, size| {
        let page = sns.topics.page("", after, size, |_| true)?;
        Ok(page.map(|(_, topic)| -> Value { json!({ "TopicArn": topic.arn() }) }))
    })
}
