//! Tags of rules and event buses.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Events;
use super::fault::{invalid, too_many};
use super::names::{Tagged, tagged};
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
    #[serde(rename = "ResourceARN")]
    arn: String,
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagRequest {
    #[serde(rename = "ResourceARN")]
    arn: String,
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct ListRequest {
    #[serde(rename = "ResourceARN")]
    arn: String,
}

pub async fn tag(events: &Events, request: TagRequest) -> Answer {
    change(events, &request.arn, |tags| {
        *tags = merged(std::mem::take(tags), request.tags)?;
        Ok(())
    })
}

pub async fn untag(events: &Events, request: UntagRequest) -> Answer {
    change(events, &request.arn, |tags| {
        tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    })
}

pub async fn list(events: &Events, request: ListRequest) -> Answer {
    let tags = match tagged(&request.arn)? {
        Tagged::Bus(name) => events.bus(name)?.tags,
        Tagged::Rule { bus, name } => events.rule(bus, name)?.tags,
    };
    let tags = tags.into_iter().map(|(key, value)| Tag { key, value });
    Ok(json!({ "Tags": tags.collect::<Vec<_>>() }))
}

fn change(
    events: &Events,
    arn: &str,
    change: impl FnOnce(&mut Tags) -> Result<(), Fault>,
) -> Answer {
    match tagged(arn)? {
        Tagged::Bus(name) => events.change_bus(name, |bus| change(&mut bus.tags))?,
        Tagged::Rule { bus, name } => {
            events.change_rule(bus, name, |rule| change(&mut rule.tags))?;
        }
    }
    Ok(json!({}))
}

/// The tags with the new ones, if a resource can have them.
pub fn merged(mut tags: Tags, new: Vec<Tag>) -> Result<Tags, Fault> {
    let count = new.len();
    let new: Tags = new.into_iter().map(|tag| (tag.key, tag.value)).collect();
    if new.len() < count {
        return Err(invalid(
            "Invalid parameter: Duplicated keys are not allowed.",
        ));
    }
    tags.extend(new);
    match tags::check(&tags) {
        Ok(()) => Ok(tags),
        Err(unfit @ Unfit::Tag(_)) => Err(invalid(unfit.to_string())),
        Err(Unfit::TooMany(_)) => Err(too_many()),
    }
}
