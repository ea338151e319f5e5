//! Tags of log groups, by the operations for any resource and by the older ones for groups.

use serde::{Deserialize, Serialize};

use super::Logs;
use super::groups::{self, Named};
use super::names::{self, invalid};
use crate::fault::Fault;
use crate::tags::{self, Tags, Unfit};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    resource_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tagging {
    resource_arn: String,
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Untagging {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupTagging {
    log_group_name: String,
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupUntagging {
    log_group_name: String,
    tags: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Tagged {
    tags: Tags,
}

pub async fn tag(logs: &Logs, asked: Tagging) -> Result<(), Fault> {
    add(logs, names::group_of_arn(&asked.resource_arn)?, asked.tags)
}

pub async fn untag(logs: &Logs, asked: Untagging) -> Result<(), Fault> {
    let name = names::group_of_arn(&asked.resource_arn)?;
    remove(logs, name, &asked.tag_keys)
}

pub async fn list(logs: &Logs, asked: Resource) -> Result<Tagged, Fault> {
    of(logs, names::group_of_arn(&asked.resource_arn)?)
}

pub async fn tag_group(logs: &Logs, asked: GroupTagging) -> Result<(), Fault> {
    add(logs, names::group(&asked.log_group_name)?, asked.tags)
}

pub async fn untag_group(logs: &Logs, asked: GroupUntagging) -> Result<(), Fault> {
    remove(logs, names::group(&asked.log_group_name)?, &asked.tags)
}

pub async fn list_group(logs: &Logs, asked: Named) -> Result<Tagged, Fault> {
    of(logs, names::group(&asked.log_group_name)?)
}

fn add(logs: &Logs, group: &str, new: Tags) -> Result<(), Fault> {
    groups::retag(logs, group, |tags| {
        tags.extend(new);
        check(tags)
    })
}

fn remove(logs: &Logs, group: &str, keys: &[String]) -> Result<(), Fault> {
    groups::retag(logs, group, |tags| {
        tags.retain(|key, _| !keys.contains(key));
        Ok(())
    })
}

fn of(logs: &Logs, group: &str) -> Result<Tagged, Fault> {
    let tags = logs
        .store
        .look(|connection| groups::tags_of(connection, group))?;
    Ok(Tagged { tags })
}

/// Whether a group may have these tags.
pub fn check(tags: &Tags) -> Result<(), Fault> {
    tags::check(tags).map_err(|unfit| match unfit {
        Unfit::Tag(_) => invalid(unfit.to_string()),
        Unfit::TooMany(_) => Fault::invalid("TooManyTagsException", unfit.to_string()),
    })
}

pub fn text(tags: &Tags) -> Result<String, Fault> {
    serde_json::to_string(tags).map_err(|error| Fault::internal(error.to_string()))
}

pub fn parsed(text: &str) -> Result<Tags, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::internal(error.to_string()))
}
