//! The operations on tags of roles.

use serde::Deserialize;
use serde_json::Value;

use super::Iam;
use super::entity::{self, Entity};
use super::pages::PageRequest;
use super::roles::Role;
use super::tags::{Tag, merge, to_list};
use crate::fault::Fault;
use crate::page::Page;
use crate::wire;

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

pub async fn tag(iam: &Iam, request: TagRoleRequest) -> Result<(), Fault> {
    entity::modify(iam, &request.role_name, |role: &mut Role| {
        let tags = &mut role.held_mut().tags;
        *tags = merge(std::mem::take(tags), request.tags)?;
        Ok(())
    })
}

pub async fn untag(iam: &Iam, request: UntagRoleRequest) -> Result<(), Fault> {
    entity::modify(iam, &request.role_name, |role: &mut Role| {
        let tags = &mut role.held_mut().tags;
        tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    })
}

pub async fn list(iam: &Iam, request: ListRoleTagsRequest) -> Result<Value, Fault> {
    let role: Role = entity::find(iam, &request.role_name)?;
    request.page.response(
        "Tags",
        |after, size| {
            Ok(Page::of(
                to_list(&role.held().tags),
                |tag| &tag.key,
                after,
                size,
            ))
        },
        |tag| tag,
    )
}
