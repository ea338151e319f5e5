//! Tags of schedule groups.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Scheduler;
use super::fault::{invalid, too_many};
use super::names::tagged_group;
use crate::fault::{Answer, Fault};
pub use crate::tags::Tags;
use crate::tags::{self, Unfit};

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    key: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagRequest {
    resource_arn: String,
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagRequest {
    resource_arn: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    resource_arn: String,
}

pub async fn tag(scheduler: &Scheduler, request: TagRequest) -> Answer {
    scheduler.change_group(tagged_group(&request.resource_arn)?, |group| {
        group.tags = merged(std::mem::take(&mut group.tags), request.tags)?;
        Ok(json!({}))
    })
}

pub async fn untag(scheduler: &Scheduler, request: UntagRequest) -> Answer {
    scheduler.change_group(tagged_group(&request.resource_arn)?, |group| {
        group.tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(json!({}))
    })
}

pub async fn list(scheduler: &Scheduler, request: ListRequest) -> Answer {
    let group = scheduler.group(tagged_group(&request.resource_arn)?)?;
    let tags = group.tags.into_iter();
    let tags = tags.map(|(key, value)| Tag { key, value });
    Ok(json!({ "Tags": tags.collect::<Vec<_>>() }))
}

/// The tags with the new ones, if a group can have them.
pub fn merged(mut tags: Tags, new: Vec<Tag>) -> Result<Tags, Fault> {
    tags.extend(new.into_iter().map(|tag| (tag.key, tag.value)));
    match tags::check(&tags) {
        Ok(()) => Ok(tags),
        Err(unfit @ Unfit::Tag(_)) => Err(invalid(unfit.to_string())),
        Err(unfit @ Unfit::TooMany(_)) => Err(too_many(unfit.to_string())),
    }
}
