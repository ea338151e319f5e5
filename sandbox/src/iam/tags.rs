//! Tags of roles.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::page::Paging;
use super::{Iam, roles};
use crate::fault::Fault;
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
pub struct Tagging {
    role_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Untagging {
    role_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    role_name: String,
    #[serde(flatten)]
    paging: Paging,
}

/// `tags` and the new ones, if so many may be.
pub fn added(mut tags: Tags, new: Vec<Tag>) -> Result<Tags, Fault> {
    tags.extend(new.into_iter().map(|Tag { key, value }| (key, value)));
    match tags::check(&tags) {
        Ok(()) => Ok(tags),
        Err(unfit @ Unfit::Tag(_)) => Err(Fault::invalid("InvalidInput", unfit.to_string())),
        Err(unfit @ Unfit::TooMany(_)) => Err(Fault::conflict("LimitExceeded", unfit.to_string())),
    }
}

/// As they are answered.
pub fn listed(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag {
        key: key.clone(),
        value: value.clone(),
    };
    tags.iter().map(tag).collect()
}

pub async fn tag(iam: &Iam, asked: Tagging) -> Result<(), Fault> {
    roles::change(iam, &asked.role_name, |role| {
        role.tags = added(std::mem::take(&mut role.tags), asked.tags)?;
        Ok(())
    })
}

pub async fn untag(iam: &Iam, asked: Untagging) -> Result<(), Fault> {
    roles::change(iam, &asked.role_name, |role| {
        role.tags.retain(|key, _| !asked.tag_keys.contains(key));
        Ok(())
    })
}

pub async fn list(iam: &Iam, asked: Listing) -> Result<Value, Fault> {
    let role = roles::found(iam, &asked.role_name)?;
    let page = asked.paging.page(listed(&role.tags), |tag| &tag.key)?;
    Ok(page.answered("Tags", |tag| tag))
}
