//! Tags of APIs and of stages.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::ApiGateway;
use super::fault::{bad_request, missing};
use crate::REGION;
use crate::fault::{Answer, Fault};
use crate::tags::{self, Tags};

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
pub struct GetTagsRequest {
    resource_arn: String,
}

/// The ARN of what is at a path. API Gateway's have no account.
pub fn arn(path: &str) -> String {
    format!("arn:aws:apigateway:{REGION}::{path}")
}

pub fn check(tags: &Tags) -> Result<(), Fault> {
    tags::check(tags).map_err(|unfit| bad_request(unfit.to_string()))
}

pub async fn tag(gateway: &ApiGateway, request: TagResourceRequest) -> Answer {
    gateway.change_tags(&request.resource_arn, |tags| {
        let mut changed = tags.clone();
        changed.extend(request.tags);
        check(&changed)?;
        *tags = changed;
        Ok(json!({}))
    })
}

pub async fn untag(gateway: &ApiGateway, request: UntagResourceRequest) -> Answer {
    gateway.change_tags(&request.resource_arn, |tags| {
        tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(json!({}))
    })
}

pub async fn list(gateway: &ApiGateway, request: GetTagsRequest) -> Answer {
    let tags: BTreeMap<String, String> = match read(&request.resource_arn)? {
        (api, None) => gateway.api(api)?.tags,
        (api, Some(stage)) => gateway.stage(api, stage)?.tags,
    };
    Ok(json!({ "tags": tags }))
}

impl ApiGateway {
    fn change_tags<T>(
        &self,
        arn: &str,
        change: impl FnOnce(&mut Tags) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match read(arn)? {
            (api, None) => self.change(api, |api| change(&mut api.tags)),
            (api, Some(stage)) => self.change_stage(api, stage, |stage| change(&mut stage.tags)),
        }
    }
}

/// The API that the ARN names, and the stage if it names one.
fn read(resource: &str) -> Result<(&str, Option<&str>), Fault> {
    let path = resource.strip_prefix(&arn("/restapis/"));
    let path = path
        .ok_or_else(|| bad_request(format!("Invalid ARN specified in the request: {resource}")))?;
    match path.split('/').collect::<Vec<_>>()[..] {
        [api] => Ok((api, None)),
        [api, "stages", stage] => Ok((api, Some(stage))),
        _ => Err(missing(format!(
            "Invalid resource ARN specified: {resource}"
        ))),
    }
}
