//! Tags of pools.

use serde::Deserialize;
use serde_json::json;

use super::Cognito;
use super::fault::{invalid, no_pool};
use super::names::pool_id;
use crate::fault::{Answer, Fault};
use crate::tags::{self, Tags};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResourceRequest {
    resource_arn: String,
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResourceRequest {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceRequest {
    resource_arn: String,
}

pub async fn tag(cognito: &Cognito, request: TagResourceRequest) -> Answer {
    change(cognito, &request.resource_arn, |tags| {
        tags.extend(request.tags);
        tags::check(tags).map_err(|unfit| invalid(unfit.to_string()))
    })
}

pub async fn untag(cognito: &Cognito, request: UntagResourceRequest) -> Answer {
    change(cognito, &request.resource_arn, |tags| {
        tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    })
}

fn change(
    cognito: &Cognito,
    arn: &str,
    change: impl FnOnce(&mut Tags) -> Result<(), Fault>,
) -> Answer {
    let id = pool_id(arn)?;
    cognito.pools.change(id, |pool| {
        let pool = pool.as_mut().ok_or_else(|| no_pool(id))?;
        change(&mut pool.settings.user_pool_tags)?;
        Ok(json!({}))
    })
}

pub async fn list(cognito: &Cognito, request: ListTagsForResourceRequest) -> Answer {
    let pool = cognito.pool(pool_id(&request.resource_arn)?)?;
    Ok(json!({ "Tags": pool.settings.user_pool_tags }))
}
