//! `GetExport`: what a stage serves, as an OpenAPI document.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};

use super::definition::{Definition, longest_timeout};
use super::deployments::Deployment;
use super::fault::{bad_request, not_found};
use super::rest_apis::RestApi;
use super::{ApiGateway, within};
use crate::REGION;
use crate::fault::Fault;
use crate::openapi::{Description, Method, Version};
use crate::service::Response;
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetExportRequest {
    rest_api_id: String,
    stage_name: String,
    export_type: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

pub async fn get(gateway: &ApiGateway, request: GetExportRequest) -> Result<Response, Fault> {
    let version = match request.export_type.as_str() {
        "oas30" => Version::OpenApi,
        "swagger" => Version::Swagger,
        other => {
            return Err(bad_request(format!(
                "Invalid export type specified: {other}"
            )));
        }
    };
    let extensions = match request.parameters.get("extensions").map(String::as_str) {
        None => false,
        Some("integrations" | "apigateway" | "integrations,authorizers") => true,
        Some(other) => {
            return Err(bad_request(format!(
                "Invalid extensions specified: {other}"
            )));
        }
    };
    let (id, name) = (&request.rest_api_id, &request.stage_name);
    let api = gateway.api(id)?;
    let stage = gateway.stage(id, name)?;
    let deployment = gateway.deployments.get(&within(id, &stage.deployment_id))?;
    let deployment = deployment.ok_or_else(|| not_found("Deployment"))?;
    let mut document = description(&api, &deployment).write(version, extensions);
    add_server(&mut document, version, id, name);
    let mut response = http::Response::new(Bytes::from(format!("{document:#}")));
    let headers = response.headers_mut();
    wire::set(headers, CONTENT_TYPE.as_str(), "application/octet-stream");
    let file = format!(
        "attachment; filename=\"{}_{}.json\"",
        request.export_type, deployment.created_date
    );
    wire::set(headers, CONTENT_DISPOSITION.as_str(), &file);
    Ok(Response::Payload(response))
}

fn add_server(document: &mut Value, version: Version, api: &str, stage: &str) {
    let host = format!("{api}.execute-api.{REGION}.amazonaws.com");
    match version {
        Version::OpenApi => {
            document["servers"] = json!([{
                "url": format!("https://{host}/{{basePath}}"),
                "variables": { "basePath": { "default": stage } },
            }]);
        }
        Version::Swagger => {
            document["host"] = json!(host);
            document["basePath"] = json!(format!("/{stage}"));
            document["schemes"] = json!(["https"]);
        }
    }
}

fn description(api: &RestApi, deployment: &Deployment) -> Description {
    let definition = &deployment.definition;
    let mut paths: BTreeMap<String, BTreeMap<String, Method>> = BTreeMap::new();
    for resource in definition.resources.values() {
        let methods = resource.methods.iter();
        let methods = methods.map(|(name, method)| (name.clone(), described(definition, method)));
        if !resource.methods.is_empty() {
            paths.insert(definition.path(resource), methods.collect());
        }
    }
    let models = definition.models.iter().map(|(name, model)| {
        let mut model = json!(model);
        remove(&mut model, &["id"]);
        (name.clone(), model)
    });
    let validators = definition.validators.values().map(|validator| {
        let mut validator = json!(validator);
        remove(&mut validator, &["id"]);
        validator
    });
    let authorizers = definition.authorizers.values().map(|authorizer| {
        let mut authorizer = json!(authorizer);
        remove(&mut authorizer, &["id", "authType"]);
        authorizer
    });
    let responses = definition.gateway_responses.values().map(|response| {
        let mut response = json!(response);
        remove(&mut response, &["defaultResponse"]);
        response
    });
    Description {
        name: Some(api.name.clone()),
        description: api.description.clone(),
        version: Some(api.version.clone().unwrap_or_else(|| "1.0".to_owned())),
        binary_media_types: definition.binary_media_types.clone(),
        models: models.collect(),
        request_validators: validators.collect(),
        authorizers: authorizers.collect(),
        gateway_responses: responses.collect(),
        paths,
        ..Description::default()
    }
}

/// The method without what the control plane has filled in.
fn described(definition: &Definition, method: &super::definition::Method) -> Method {
    let id = method.request_validator_id.as_ref();
    let validator = id.and_then(|id| definition.validators.get(id));
    let id = method.authorizer_id.as_ref();
    let authorizer = id.and_then(|id| definition.authorizers.get(id));
    let mut shown = json!(method);
    remove(&mut shown, &["requestValidatorId", "authorizerId"]);
    if let Some(integration) = shown.get_mut("methodIntegration") {
        let filled_in = ["cacheNamespace", "cacheKeyParameters"];
        remove(integration, &filled_in);
        if integration["timeoutInMillis"] == longest_timeout() {
            remove(integration, &["timeoutInMillis"]);
        }
    }
    Method {
        method: shown,
        request_validator: validator.and_then(|validator| validator.name.clone()),
        authorizer: authorizer.map(|authorizer| authorizer.name.clone()),
    }
}

fn remove(value: &mut Value, names: &[&str]) {
    if let Value::Object(members) = value {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
}
