//! Tags of functions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::Lambda;
use super::address::Address;
use super::settings::{constraint, invalid};
use crate::sandbox::fault::{Answer, Fault};

const MOST: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tagging {
    resource: String,
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Untagging {
    resource: String,
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tagged {
    resource: String,
}

pub async fn tag(lambda: &Lambda, asked: Tagging) -> Answer {
    lambda.change(&Address::read(&asked.resource, None)?, |function| {
        let mut tags = std::mem::take(&mut function.tags);
        tags.extend(asked.tags);
        function.tags = checked(tags)?;
        Ok(json!({}))
    })
}

pub async fn untag(lambda: &Lambda, asked: Untagging) -> Answer {
    lambda.change(&Address::read(&asked.resource, None)?, |function| {
        function.tags.retain(|key, _| !asked.tag_keys.contains(key));
        Ok(json!({}))
    })
}

pub async fn list(lambda: &Lambda, asked: Tagged) -> Answer {
    let function = lambda.function(&Address::read(&asked.resource, None)?)?;
    Ok(json!({ "Tags": function.tags }))
}

/// The tags, if a function can have them. (Those that begin with `aws:` are CloudFormation's.)
pub fn checked(tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Fault> {
    if tags.len() > MOST {
        return Err(invalid(format!(
            "a function has {MOST} tags at most, and these are {}",
            tags.len()
        )));
    }
    for (key, value) in &tags {
        if !(1..=128).contains(&key.chars().count()) {
            return Err(constraint("tags", key, "a key of 1 to 128 characters"));
        }
        if value.chars().count() > 256 {
            return Err(constraint("tags", key, "a value of at most 256 characters"));
        }
    }
    Ok(tags)
}
