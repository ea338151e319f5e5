//! Integrations and their responses.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ApiGateway;
use super::definition::{
    ContentHandling, Integration, IntegrationResponse, IntegrationType, Method, Passthrough, Texts,
    longest_timeout,
};
use super::fault::{bad_request, no_such_status};
use super::integration_uri::FunctionUri;
use super::methods::{
    METHODS, MethodRef, ResponseRef, UpdateMethodRequest, UpdateResponseRequest, not_an_expression,
};
use super::patch::{self, Kind, Patchable};
use crate::fault::{Answer, Fault};
use crate::wire::lenient;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutIntegrationRequest {
    #[serde(flatten)]
    at: MethodRef,
    #[serde(rename = "type")]
    kind: IntegrationType,
    integration_http_method: Option<String>,
    uri: Option<String>,
    credentials: Option<String>,
    #[serde(default)]
    request_parameters: Texts,
    #[serde(default)]
    request_templates: Texts,
    #[serde(default)]
    passthrough_behavior: Option<Passthrough>,
    content_handling: Option<ContentHandling>,
    #[serde(default, deserialize_with = "lenient")]
    timeout_in_millis: Option<u64>,
    cache_namespace: Option<String>,
    #[serde(default)]
    cache_key_parameters: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutIntegrationResponseRequest {
    #[serde(flatten)]
    at: MethodRef,
    #[serde(flatten)]
    response: IntegrationResponse,
}

const PATCHABLE: &[Patchable] = &[
    ("/type", Kind::Text),
    ("/httpMethod", Kind::Text),
    ("/uri", Kind::Text),
    ("/credentials", Kind::Text),
    ("/requestParameters/*", Kind::Text),
    ("/requestTemplates/*", Kind::Text),
    ("/passthroughBehavior", Kind::Text),
    ("/contentHandling", Kind::Text),
    ("/timeoutInMillis", Kind::Whole),
    ("/cacheNamespace", Kind::Text),
    ("/cacheKeyParameters/*", Kind::Item),
];

const RESPONSE_PATCHABLE: &[Patchable] = &[
    ("/selectionPattern", Kind::Text),
    ("/responseParameters/*", Kind::Text),
    ("/responseTemplates/*", Kind::Text),
    ("/contentHandling", Kind::Text),
];

/// Puts an integration in the place of the one there is.
pub async fn put(gateway: &ApiGateway, request: PutIntegrationRequest) -> Answer {
    let at = request.at;
    let integration = Integration {
        kind: request.kind,
        http_method: request.integration_http_method,
        uri: request.uri,
        credentials: request.credentials,
        request_parameters: request.request_parameters,
        request_templates: request.request_templates,
        passthrough_behavior: request.passthrough_behavior.unwrap_or_default(),
        content_handling: request.content_handling,
        timeout_in_millis: request.timeout_in_millis.unwrap_or_else(longest_timeout),
        cache_namespace: request
            .cache_namespace
            .unwrap_or_else(|| at.resource_id.clone()),
        cache_key_parameters: request.cache_key_parameters,
        integration_responses: Default::default(),
    };
    gateway.change_method(&at, |method| {
        integration.check(method)?;
        let shown = json!(integration);
        method.method_integration = Some(integration);
        Ok(shown)
    })
}

pub async fn get(gateway: &ApiGateway, at: MethodRef) -> Answer {
    let definition = gateway.api(&at.rest_api_id)?.definition;
    let method = definition.method(&at.resource_id, &at.http_method)?;
    Ok(json!(method.integration()?))
}

pub async fn update(gateway: &ApiGateway, request: UpdateMethodRequest) -> Answer {
    gateway.change_method(&request.at, |method| {
        let mut changed = method.integration()?.clone();
        patch::apply(&mut changed, PATCHABLE, &request.patch_operations)?;
        changed.check(method)?;
        let shown = json!(changed);
        method.method_integration = Some(changed);
        Ok(shown)
    })
}

pub async fn delete(gateway: &ApiGateway, at: MethodRef) -> Answer {
    gateway.change_method(&at, |method| {
        method.integration()?;
        method.method_integration = None;
        Ok(json!({}))
    })
}

pub async fn put_response(gateway: &ApiGateway, request: PutIntegrationResponseRequest) -> Answer {
    let response = request.response;
    gateway.change_method(&request.at, |method| {
        method.integration()?;
        response.check(method)?;
        let shown = json!(response);
        let responses = &mut method.integration_mut()?.integration_responses;
        responses.insert(response.status_code.clone(), response);
        Ok(shown)
    })
}

pub async fn get_response(gateway: &ApiGateway, request: ResponseRef) -> Answer {
    let definition = gateway.api(&request.at.rest_api_id)?.definition;
    let method = definition.method(&request.at.resource_id, &request.at.http_method)?;
    let responses = &method.integration()?.integration_responses;
    Ok(json!(
        responses
            .get(&request.status_code)
            .ok_or_else(no_such_status)?
    ))
}

pub async fn update_response(gateway: &ApiGateway, request: UpdateResponseRequest) -> Answer {
    gateway.change_method(&request.at.at, |method| {
        let responses = &method.integration()?.integration_responses;
        let response = responses.get(&request.at.status_code);
        let mut changed = response.ok_or_else(no_such_status)?.clone();
        patch::apply(&mut changed, RESPONSE_PATCHABLE, &request.patch_operations)?;
        changed.check(method)?;
        let shown: Value = json!(changed);
        let responses = &mut method.integration_mut()?.integration_responses;
        responses.insert(changed.status_code.clone(), changed);
        Ok(shown)
    })
}

pub async fn delete_response(gateway: &ApiGateway, request: ResponseRef) -> Answer {
    gateway.change_method(&request.at, |method| {
        let responses = &mut method.integration_mut()?.integration_responses;
        let removed = responses.remove(&request.status_code);
        removed.map(|_| json!({})).ok_or_else(no_such_status)
    })
}

impl Integration {
    /// Refuses what the method cannot have.
    pub fn check(&self, method: &Method) -> Result<(), Fault> {
        if !(50..=longest_timeout()).contains(&self.timeout_in_millis) {
            return Err(bad_request("Timeout should be between 50 ms and 29000 ms"));
        }
        let known = |name: &String| METHODS.contains(&name.as_str());
        if self.http_method.as_ref().is_some_and(|name| !known(name)) {
            return Err(bad_request("Invalid integration HTTP method specified"));
        }
        if self.kind != IntegrationType::Mock {
            if self.http_method.is_none() {
                return Err(bad_request(
                    "Enumeration value for HttpMethod must be non-empty",
                ));
            }
            FunctionUri::parse(self.uri.as_deref().unwrap_or_default())?;
        }
        for (target, source) in &self.request_parameters {
            self.check_parameter(method, target, source)?;
        }
        Ok(())
    }

    fn check_parameter(&self, method: &Method, target: &str, source: &str) -> Result<(), Fault> {
        const TARGETS: [&str; 3] = ["header", "path", "querystring"];
        let place = target.strip_prefix("integration.request.");
        let place = place.and_then(|rest| rest.split_once('.'));
        if !place.is_some_and(|(place, name)| TARGETS.contains(&place) && !name.is_empty()) {
            return Err(not_an_expression(target));
        }
        let Some(parameter) = source.strip_prefix("method.request.") else {
            return check_source(source);
        };
        if parameter == "body" || parameter.starts_with("body.") || parameter.starts_with("body[") {
            return Ok(());
        }
        let single = source.replacen(".multivalueheader.", ".header.", 1);
        let single = single.replacen(".multivaluequerystring.", ".querystring.", 1);
        // The parameters of the path are declared by the resource.
        let is_declared =
            parameter.starts_with("path.") || method.request_parameters.contains_key(&single);
        if is_declared {
            Ok(())
        } else {
            Err(not_an_expression(source))
        }
    }
}

impl IntegrationResponse {
    /// Refuses what the method cannot have.
    pub fn check(&self, method: &Method) -> Result<(), Fault> {
        let declared = method.method_responses.get(&self.status_code);
        let declared = declared.ok_or_else(no_such_status)?;
        let pattern = self.selection_pattern.as_deref().unwrap_or_default();
        if let Err(error) = regex_lite::Regex::new(pattern) {
            return Err(bad_request(format!(
                "Invalid selection pattern specified: {error}"
            )));
        }
        for (target, source) in &self.response_parameters {
            if !declared.response_parameters.contains_key(target) {
                return Err(not_an_expression(target));
            }
            let from_integration = source.strip_prefix("integration.response.");
            let places = ["header.", "multivalueheader.", "body"];
            match from_integration {
                Some(rest) if places.iter().any(|place| rest.starts_with(place)) => {}
                Some(_) => return Err(not_an_expression(source)),
                None => check_source(source)?,
            }
        }
        Ok(())
    }
}

/// What any parameter can come from.
fn check_source(source: &str) -> Result<(), Fault> {
    let is_static = source.len() >= 2 && source.starts_with('\'') && source.ends_with('\'');
    let named = ["context.", "stageVariables."];
    let is_named = named
        .iter()
        .any(|begin| source.len() > begin.len() && source.starts_with(begin));
    if is_static || is_named {
        Ok(())
    } else {
        Err(not_an_expression(source))
    }
}
