//! Tags of functions.

use serde::Deserialize;
use serde_json::json;

use super::Lambda;
use super::address::Address;
use super::settings::invalid;
use crate::fault::{Answer, Fault};
use crate::tags::{self, Tags, Unfit};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tagging {
    resource: String,
    tags: Tags,
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
pub fn checked(tags: Tags) -> Result<Tags, Fault> {
    match tags::check(&tags) {
        Ok(()) => Ok(tags),
        Err(unfit @ Unfit::Tag(_)) => Err(Fault::invalid("ValidationException", unfit.to_string())),
        Err(unfit @ Unfit::TooMany(_)) => Err(invalid(unfit.to_string())),
    }
}
