//! Tags of roles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::page::Paging;
use super::{Iam, roles};
use crate::sandbox::fault::Fault;
use crate::sandbox::wire;

const MOST: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    key: String,
    value: String,
}

pub type Tags = BTreeMap<String, String>;

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
    for Tag { key, value } in new {
        let (length, of_value) = (key.chars().count(), value.chars().count());
        if length == 0 || length > LONGEST_KEY || of_value > LONGEST_VALUE {
            return Err(Fault::invalid(
                "InvalidInput",
                format!(
                    "the tag {key} cannot be: a key has 1 to {LONGEST_KEY} characters, and a value \
                     at most {LONGEST_VALUE}"
                ),
            ));
        }
        tags.insert(key, value);
    }
    match tags.len() {
        0..=MOST => Ok(tags),
        count => Err(Fault::conflict(
            "LimitExceeded",
            format!("there can be {MOST} tags, and this would make {count}"),
        )),
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
    Ok(json!({ "Tags": page.things, "IsTruncated": page.marker.is_some(), "Marker": page.marker }))
}
