//! Tags of functions and of event source mappings.

use serde::Deserialize;
use serde_json::json;

use super::fault::invalid;
use super::function_ref::FunctionRef;
use super::{Lambda, event_sources};
use crate::fault::{Answer, Fault};
use crate::tags::{self, Tags, Unfit};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResourceRequest {
    resource: String,
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResourceRequest {
    resource: String,
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsRequest {
    resource: String,
}

pub async fn tag(lambda: &Lambda, request: TagResourceRequest) -> Answer {
    change(lambda, &request.resource, |tags| {
        tags.extend(request.tags);
        *tags = checked(std::mem::take(tags))?;
        Ok(json!({}))
    })
}

pub async fn untag(lambda: &Lambda, request: UntagResourceRequest) -> Answer {
    change(lambda, &request.resource, |tags| {
        tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(json!({}))
    })
}

pub async fn list(lambda: &Lambda, request: ListTagsRequest) -> Answer {
    let tags = match event_sources::id_of_arn(&request.resource) {
        Some(id) => lambda.event_sources.mapping(id)?.tags,
        None => lambda.function(&function_ref(&request.resource)?)?.tags,
    };
    Ok(json!({ "Tags": tags }))
}

fn change(lambda: &Lambda, resource: &str, change: impl FnOnce(&mut Tags) -> Answer) -> Answer {
    match event_sources::id_of_arn(resource) {
        Some(id) => {
            let changed = |mapping: &mut event_sources::Mapping| change(&mut mapping.tags);
            lambda.event_sources.change(id, changed)
        }
        None => lambda.change(&function_ref(resource)?, |it| change(&mut it.tags)),
    }
}

fn function_ref(resource: &str) -> Result<FunctionRef, Fault> {
    let function_ref = FunctionRef::parse(resource, None)?;
    match function_ref.qualifier {
        None => Ok(function_ref),
        Some(_) => Err(invalid(
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        )),
    }
}

/// The tags, if they are valid. CloudFormation's begin with `aws:`.
pub fn checked(tags: Tags) -> Result<Tags, Fault> {
    match tags::check(&tags) {
        Ok(()) => Ok(tags),
        Err(unfit @ Unfit::Tag(_)) => Err(Fault::invalid("ValidationException", unfit.to_string())),
        Err(unfit @ Unfit::TooMany(_)) => Err(invalid(unfit.to_string())),
    }
}
