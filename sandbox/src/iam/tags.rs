//! Tags of roles.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pages::PageRequest;
use super::{Iam, roles};
use crate::fault::Fault;
use crate::page::Page;
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
pub struct TagRoleRequest {
    role_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagRoleRequest {
    role_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRoleTagsRequest {
    role_name: String,
    #[serde(flatten)]
    page: PageRequest,
}

/// Adds the new tags to `tags`; `InvalidInput` or `LimitExceeded` where IAM does not take them.
pub fn merge(mut tags: Tags, new: Vec<Tag>) -> Result<Tags, Fault> {
    tags.extend(new.into_iter().map(|Tag { key, value }| (key, value)));
    match tags::check(&tags) {
        Ok(()) => Ok(tags),
        Err(unfit @ Unfit::Tag(_)) => Err(Fault::invalid("InvalidInput", unfit.to_string())),
        Err(unfit @ Unfit::TooMany(_)) => Err(Fault::conflict("LimitExceeded", unfit.to_string())),
    }
}

/// The tags as a list of keys and values.
pub fn to_list(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag {
        key: key.clone(),
        value: value.clone(),
    };
    tags.iter().map(tag).collect()
}

pub async fn tag(iam: &Iam, request: TagRoleRequest) -> Result<(), Fault> {
    roles::modify(iam, &request.role_name, |role| {
        role.tags = merge(std::mem::take(&mut role.tags), request.tags)?;
        Ok(())
    })
}

pub async fn untag(iam: &Iam, request: UntagRoleRequest) -> Result<(), Fault> {
    roles::modify(iam, &request.role_name, |role| {
        role.tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    })
}

pub async fn list(iam: &Iam, request: ListRoleTagsRequest) -> Result<Value, Fault> {
    let role = roles::find(iam, &request.role_name)?;
    request.page.response(
        "Tags",
        |after, size| Ok(Page::of(to_list(&role.tags), |tag| &tag.key, after, size)),
        |tag| tag,
    )
}
