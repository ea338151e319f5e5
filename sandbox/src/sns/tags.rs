//! Tags of topics.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Sns;
use super::fault::{invalid, no_topic};
use super::names::topic_name;
use crate::fault::{Answer, Fault};
use crate::tags::{self, Tags, Unfit};
use crate::wire;

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    key: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResourceRequest {
    resource_arn: String,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResourceRequest {
    resource_arn: String,
    #[serde(default, deserialize_with = "wire::list")]
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceRequest {
    resource_arn: String,
}

pub async fn tag(sns: &Sns, request: TagResourceRequest) -> Answer {
    let name = topic_name("ResourceArn", &request.resource_arn)?;
    let changed = sns.change_topic(name, |topic| {
        topic.tags = merged(std::mem::take(&mut topic.tags), request.tags)?;
        Ok(json!({}))
    });
    changed.map_err(no_resource)
}

pub async fn untag(sns: &Sns, request: UntagResourceRequest) -> Answer {
    let name = topic_name("ResourceArn", &request.resource_arn)?;
    let changed = sns.change_topic(name, |topic| {
        topic.tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(json!({}))
    });
    changed.map_err(no_resource)
}

pub async fn list(sns: &Sns, request: ListTagsForResourceRequest) -> Answer {
    let name = topic_name("ResourceArn", &request.resource_arn)?;
    let topic = sns.topic(name).map_err(no_resource)?;
    let tags = topic.tags.into_iter();
    let tags = tags.map(|(key, value)| Tag { key, value });
    Ok(json!({ "Tags": tags.collect::<Vec<_>>() }))
}

/// These operations have a code of their own for a topic that is not there.
fn no_resource(fault: Fault) -> Fault {
    if fault == no_topic() {
        Fault::not_found("ResourceNotFound", "Resource does not exist")
    } else {
        fault
    }
}

/// The tags with the new ones, if a topic can have them.
pub fn merged(mut tags: Tags, new: Vec<Tag>) -> Result<Tags, Fault> {
    tags.extend(new.into_iter().map(|tag| (tag.key, tag.value)));
    match tags::check(&tags) {
        Ok(()) => Ok(tags),
        Err(unfit @ Unfit::Tag(_)) => Err(invalid(format!("Tags Reason: {unfit}"))),
        Err(unfit @ Unfit::TooMany(_)) => {
            Err(Fault::invalid("TagLimitExceeded", unfit.to_string()))
        }
    }
}
