//! Stages: each serves one deployment, with variables and settings of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::definition::Texts;
use super::fault::{bad_request, check_description, conflict, no_such_api, not_found};
use super::patch::{self, Kind, PatchOperation, Patchable};
use super::{ApiGateway, tags, within};
use crate::arn::Arn;
use crate::clock::now;
use crate::fault::{Answer, Fault};
use crate::store::Record;
use crate::tags::Tags;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    pub stage_name: String,
    pub deployment_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub cache_cluster_enabled: bool,
    pub cache_cluster_status: String,
    /// By `resource/method`: the path of the resource with `~1` for each slash, or `*`, and the name of
    /// the method, or `*`.
    #[serde(default)]
    pub method_settings: BTreeMap<String, MethodSettings>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: Texts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_log_settings: Option<AccessLogSettings>,
    /// Returned, without effect.
    pub tracing_enabled: bool,
    #[serde(default)]
    pub tags: Tags,
    /// In seconds since 1970.
    pub created_date: i64,
    pub last_updated_date: i64,
}

/// Of these, the limits of throttling have an effect. The others are returned.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MethodSettings {
    pub metrics_enabled: bool,
    pub logging_level: String,
    pub data_trace_enabled: bool,
    /// Requests at once; less than 0 for the account's limit.
    pub throttling_burst_limit: i64,
    /// Requests a second; less than 0 for the account's limit.
    pub throttling_rate_limit: f64,
    pub caching_enabled: bool,
    pub cache_ttl_in_seconds: i64,
    pub cache_data_encrypted: bool,
    pub require_authorization_for_cache_control: bool,
    pub unauthorized_cache_control_header_strategy: String,
}

impl Default for MethodSettings {
    fn default() -> Self {
        Self {
            metrics_enabled: false,
            logging_level: "OFF".to_owned(),
            data_trace_enabled: false,
            throttling_burst_limit: -1,
            throttling_rate_limit: -1.0,
            caching_enabled: false,
            cache_ttl_in_seconds: 300,
            cache_data_encrypted: false,
            require_authorization_for_cache_control: true,
            unauthorized_cache_control_header_strategy: "SUCCEED_WITH_RESPONSE_HEADER".to_owned(),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessLogSettings {
    /// The ARN of a log group.
    pub destination_arn: String,
    pub format: String,
}

impl Record for Stage {
    const KIND: &'static str = "apigateway.stage";
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStageRequest {
    rest_api_id: String,
    stage_name: String,
    deployment_id: String,
    description: Option<String>,
    #[serde(default)]
    variables: Texts,
    #[serde(default)]
    tracing_enabled: bool,
    #[serde(default)]
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageRef {
    rest_api_id: String,
    stage_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetStagesRequest {
    rest_api_id: String,
    deployment_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStageRequest {
    rest_api_id: String,
    stage_name: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

const PATCHABLE: &[Patchable] = &[
    ("/deploymentId", Kind::Text),
    ("/description", Kind::Text),
    ("/variables/*", Kind::Text),
    ("/tracingEnabled", Kind::Flag),
    ("/accessLogSettings", Kind::Text),
    ("/accessLogSettings/destinationArn", Kind::Text),
    ("/accessLogSettings/format", Kind::Text),
    ("/methodSettings/*", Kind::Text),
    ("/methodSettings/*/metricsEnabled", Kind::Flag),
    ("/methodSettings/*/loggingLevel", Kind::Text),
    ("/methodSettings/*/dataTraceEnabled", Kind::Flag),
    ("/methodSettings/*/throttlingBurstLimit", Kind::Whole),
    ("/methodSettings/*/throttlingRateLimit", Kind::Decimal),
    ("/methodSettings/*/cachingEnabled", Kind::Flag),
    ("/methodSettings/*/cacheTtlInSeconds", Kind::Whole),
    ("/methodSettings/*/cacheDataEncrypted", Kind::Flag),
];

/// The ends of the paths of settings of methods, and their names in the answer.
const SETTINGS: [(&str, &str); 8] = [
    ("metrics/enabled", "metricsEnabled"),
    ("logging/loglevel", "loggingLevel"),
    ("logging/dataTrace", "dataTraceEnabled"),
    ("throttling/burstLimit", "throttlingBurstLimit"),
    ("throttling/rateLimit", "throttlingRateLimit"),
    ("caching/enabled", "cachingEnabled"),
    ("caching/ttlInSeconds", "cacheTtlInSeconds"),
    ("caching/dataEncrypted", "cacheDataEncrypted"),
];

pub async fn create(gateway: &ApiGateway, request: CreateStageRequest) -> Answer {
    let (api, name) = (&request.rest_api_id, &request.stage_name);
    let deployment = &request.deployment_id;
    check_name(name)?;
    let stage = Stage {
        description: request.description,
        variables: request.variables,
        tracing_enabled: request.tracing_enabled,
        tags: request.tags,
        ..Stage::new(name, deployment)
    };
    stage.check()?;
    gateway.store.write(|transaction| {
        if gateway.apis.get_in(transaction, api)?.is_none() {
            return Err(no_such_api(api));
        }
        let key = within(api, deployment);
        if gateway.deployments.get_in(transaction, &key)?.is_none() {
            return Err(no_such_deployment());
        }
        let key = within(api, name);
        if gateway.stages.get_in(transaction, &key)?.is_some() {
            return Err(conflict("Stage already exists"));
        }
        gateway.stages.put_in(transaction, &key, &stage)?;
        Ok(json!(stage))
    })
}

pub async fn get(gateway: &ApiGateway, request: StageRef) -> Answer {
    gateway.api(&request.rest_api_id)?;
    Ok(json!(
        gateway.stage(&request.rest_api_id, &request.stage_name)?
    ))
}

/// All at once, as on AWS.
pub async fn list(gateway: &ApiGateway, request: GetStagesRequest) -> Answer {
    gateway.api(&request.rest_api_id)?;
    let all = gateway.stages.under(&within(&request.rest_api_id, ""))?;
    let mut stages: Vec<Stage> = all.into_iter().map(|(_, stage)| stage).collect();
    if let Some(deployment) = request.deployment_id {
        stages.retain(|stage| stage.deployment_id == deployment);
    }
    Ok(json!({ "item": stages }))
}

pub async fn update(gateway: &ApiGateway, request: UpdateStageRequest) -> Answer {
    let UpdateStageRequest {
        rest_api_id: api,
        stage_name: name,
        mut patch_operations,
    } = request;
    for operation in &mut patch_operations {
        operation.path = path_in_answer(operation);
    }
    gateway.api(&api)?;
    gateway.store.write(|transaction| {
        let key = within(&api, &name);
        let stage = gateway.stages.get_in(transaction, &key)?;
        let mut stage = stage.ok_or_else(|| not_found("Stage"))?;
        patch::apply(&mut stage, PATCHABLE, &patch_operations)?;
        stage.description.take_if(|text| text.is_empty());
        stage.check()?;
        let deployment = within(&api, &stage.deployment_id);
        if gateway
            .deployments
            .get_in(transaction, &deployment)?
            .is_none()
        {
            return Err(no_such_deployment());
        }
        stage.last_updated_date = now() / 1000;
        gateway.stages.put_in(transaction, &key, &stage)?;
        Ok(json!(stage))
    })
}

pub async fn delete(gateway: &ApiGateway, request: StageRef) -> Answer {
    gateway.api(&request.rest_api_id)?;
    let key = within(&request.rest_api_id, &request.stage_name);
    if gateway.stages.remove(&key)? {
        Ok(json!({}))
    } else {
        Err(not_found("Stage"))
    }
}

fn no_such_deployment() -> Fault {
    bad_request("Deployment id does not exist")
}

/// Settings of methods are patched at `/RESOURCE/METHOD/throttling/rateLimit`, and removed all at once at
/// `/RESOURCE/METHOD`. The answer has them elsewhere.
fn path_in_answer(operation: &PatchOperation) -> String {
    let escaped = |text: &str| text.replace('~', "~0").replace('/', "~1");
    let segments = operation.segments();
    let key = |resource: &str, method: &str| {
        let key = format!("{}/{method}", resource.replace('/', "~1"));
        format!("/methodSettings/{}", escaped(&key))
    };
    match &segments[..] {
        [resource, method, group, setting] => {
            let end = format!("{group}/{setting}");
            let found = SETTINGS.iter().find(|(path, _)| *path == end);
            found.map(|(_, name)| format!("{}/{name}", key(resource, method)))
        }
        [resource, method] if operation.op == "remove" && is_method(method) => {
            Some(key(resource, method))
        }
        _ => None,
    }
    .unwrap_or_else(|| operation.path.clone())
}

fn is_method(text: &str) -> bool {
    text == "*" || super::methods::METHODS.contains(&text)
}

pub fn check_name(name: &str) -> Result<(), Fault> {
    let letter = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if (1..=128).contains(&name.len()) && name.chars().all(letter) {
        return Ok(());
    }
    Err(bad_request("Stage name only allows a-zA-Z0-9_-"))
}

impl Stage {
    pub fn new(name: &str, deployment: &str) -> Self {
        let now = now() / 1000;
        Self {
            stage_name: name.to_owned(),
            deployment_id: deployment.to_owned(),
            description: None,
            cache_cluster_enabled: false,
            cache_cluster_status: "NOT_AVAILABLE".to_owned(),
            method_settings: BTreeMap::new(),
            variables: Texts::new(),
            access_log_settings: None,
            tracing_enabled: false,
            tags: Tags::new(),
            created_date: now,
            last_updated_date: now,
        }
    }

    pub fn check(&self) -> Result<(), Fault> {
        check_description(self.description.as_deref())?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_value = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c);
        let fits = |(name, value): &(&String, &String)| {
            !name.is_empty() && name.chars().all(is_name) && value.chars().all(is_value)
        };
        if let Some((name, value)) = self.variables.iter().find(|variable| !fits(variable)) {
            return Err(bad_request(format!(
                "Invalid stage variable specified: {name}={value}. Names have letters, digits and _, \
                 and values also have -._~:/?#&=,"
            )));
        }
        for settings in self.method_settings.values() {
            settings.check()?;
        }
        if let Some(settings) = &self.access_log_settings {
            let arn = Arn::parse(&settings.destination_arn);
            let is_group = arn
                .is_some_and(|arn| arn.service == "logs" && arn.resource.starts_with("log-group:"));
            if !settings.destination_arn.is_empty() && !is_group {
                return Err(bad_request(
                    "Invalid ARN specified in the request: access logs go to a log group",
                ));
            }
        }
        tags::check(&self.tags)
    }

    /// The settings that apply to a method.
    pub fn settings(&self, path: &str, method: &str) -> Option<&MethodSettings> {
        let path = path.replace('/', "~1");
        let keys = [format!("{path}/{method}"), "*/*".to_owned()];
        keys.iter().find_map(|key| self.method_settings.get(key))
    }
}

impl MethodSettings {
    fn check(&self) -> Result<(), Fault> {
        if !["OFF", "ERROR", "INFO"].contains(&self.logging_level.as_str()) {
            return Err(bad_request(
                "Invalid logging level specified. Must be OFF, ERROR or INFO",
            ));
        }
        if self.caching_enabled {
            return Err(bad_request("the sandbox does not support caches of stages"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(operations: &[(&str, &str, &str)]) -> Result<Stage, Fault> {
        let mut stage = Stage::new("prod", "d");
        for (op, path, value) in operations {
            let mut operation = PatchOperation {
                op: (*op).to_owned(),
                path: (*path).to_owned(),
                value: Some((*value).to_owned()),
            };
            operation.path = path_in_answer(&operation);
            patch::apply(&mut stage, PATCHABLE, &[operation])?;
        }
        stage.check()?;
        Ok(stage)
    }

    #[test]
    fn settings_are_for_all_methods_or_for_one() {
        let stage = patched(&[
            ("replace", "/*/*/throttling/rateLimit", "2.5"),
            ("replace", "/*/*/throttling/burstLimit", "3"),
            ("replace", "/~1pets~1{id}/GET/throttling/burstLimit", "1"),
            ("replace", "/~1gone/GET/logging/loglevel", "INFO"),
            ("remove", "/~1gone/GET", ""),
        ]);
        let stage = stage.expect("patched");
        let keys: Vec<&String> = stage.method_settings.keys().collect();
        assert_eq!(keys, ["*/*", "~1pets~1{id}/GET"]);
        let of = |path, method| stage.settings(path, method).expect("settings");
        assert_eq!(of("/pets/{id}", "GET").throttling_burst_limit, 1);
        let all = of("/pets/{id}", "POST");
        assert_eq!(
            (all.throttling_burst_limit, all.throttling_rate_limit),
            (3, 2.5)
        );
    }

    #[test]
    fn what_no_stage_can_have_is_refused() {
        for operation in [
            ("replace", "/*/*/caching/enabled", "true"),
            ("replace", "/*/*/logging/loglevel", "ALL"),
            ("replace", "/variables/a-b", "1"),
            ("replace", "/variables/a", "a b"),
            (
                "replace",
                "/accessLogSettings/destinationArn",
                "arn:aws:s3:::b",
            ),
            ("replace", "/stageName", "other"),
        ] {
            let fault = patched(&[operation]).expect_err(operation.1);
            assert_eq!(fault.code, "BadRequestException", "{operation:?}");
        }
    }
}
