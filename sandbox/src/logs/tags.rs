//! Tags of log groups, by the operations for any resource and by the deprecated ones for groups.

use serde::{Deserialize, Serialize};

use super::groups;
use super::{Logs, names};
use crate::fault::Fault;
use crate::tags::Tags;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTagsForResourceRequest {
    resource_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagResourceRequest {
    resource_arn: String,
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagResourceRequest {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTagsLogGroupRequest {
    log_group_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagLogGroupRequest {
    log_group_name: String,
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagLogGroupRequest {
    log_group_name: String,
    tags: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct ListTagsResponse {
    tags: Tags,
}

pub async fn tag(logs: &Logs, request: TagResourceRequest) -> Result<(), Fault> {
    let name = names::group_of_arn(&request.resource_arn)?;
    groups::modify_tags(logs, name, |tags| tags.extend(request.tags))
}

pub async fn untag(logs: &Logs, request: UntagResourceRequest) -> Result<(), Fault> {
    let name = names::group_of_arn(&request.resource_arn)?;
    remove(logs, name, &request.tag_keys)
}

pub async fn list(
    logs: &Logs,
    request: ListTagsForResourceRequest,
) -> Result<ListTagsResponse, Fault> {
    tags_of(logs, names::group_of_arn(&request.resource_arn)?)
}

pub async fn tag_group(logs: &Logs, request: TagLogGroupRequest) -> Result<(), Fault> {
    let name = names::group(&request.log_group_name)?;
    groups::modify_tags(logs, name, |tags| tags.extend(request.tags))
}

pub async fn untag_group(logs: &Logs, request: UntagLogGroupRequest) -> Result<(), Fault> {
    remove(logs, names::group(&request.log_group_name)?, &request.tags)
}

pub async fn list_group(
    logs: &Logs,
    request: ListTagsLogGroupRequest,
) -> Result<ListTagsResponse, Fault> {
    tags_of(logs, names::group(&request.log_group_name)?)
}

fn remove(logs: &Logs, group: &str, keys: &[String]) -> Result<(), Fault> {
    groups::modify_tags(logs, group, |tags| {
        tags.retain(|key, _| !keys.contains(key))
    })
}

fn tags_of(logs: &Logs, group: &str) -> Result<ListTagsResponse, Fault> {
    let tags = logs
        .store
        .look(|connection| groups::tags_of(connection, group))?;
    Ok(ListTagsResponse { tags })
}
