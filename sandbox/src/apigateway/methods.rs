//! Methods and their responses.

use serde::Deserialize;
use serde_json::json;

use super::ApiGateway;
use super::authorizers::COGNITO;
use super::definition::{Definition, Method, MethodResponse};
use super::fault::{bad_request, conflict, no_such_status};
use super::patch::{self, Kind, PatchOperation, Patchable};
use crate::fault::{Answer, Fault};

/// Of methods whose callers sign their requests.
pub const AWS_IAM: &str = "AWS_IAM";

pub const METHODS: [&str; 8] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodRef {
    pub rest_api_id: String,
    pub resource_id: String,
    pub http_method: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutMethodRequest {
    rest_api_id: String,
    resource_id: String,
    #[serde(flatten)]
    method: Method,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMethodRequest {
    #[serde(flatten)]
    pub at: MethodRef,
    #[serde(default)]
    pub patch_operations: Vec<PatchOperation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseRef {
    #[serde(flatten)]
    pub at: MethodRef,
    pub status_code: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutMethodResponseRequest {
    #[serde(flatten)]
    at: MethodRef,
    #[serde(flatten)]
    response: MethodResponse,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateResponseRequest {
    #[serde(flatten)]
    pub at: ResponseRef,
    #[serde(default)]
    pub patch_operations: Vec<PatchOperation>,
}

const PATCHABLE: &[Patchable] = &[
    ("/authorizationType", Kind::Text),
    ("/authorizerId", Kind::Text),
    ("/apiKeyRequired", Kind::Flag),
    ("/operationName", Kind::Text),
    ("/requestValidatorId", Kind::Text),
    ("/requestParameters/*", Kind::Flag),
    ("/requestModels/*", Kind::Text),
];

const RESPONSE_PATCHABLE: &[Patchable] = &[
    ("/responseParameters/*", Kind::Flag),
    ("/responseModels/*", Kind::Text),
];

pub async fn put(gateway: &ApiGateway, request: PutMethodRequest) -> Answer {
    let method = request.method;
    gateway.change(&request.rest_api_id, |api| {
        method.check(&api.definition)?;
        let methods = &mut api.definition.resource_mut(&request.resource_id)?.methods;
        if methods.contains_key(&method.http_method) {
            return Err(conflict("Method already exists for this resource"));
        }
        let shown = json!(method);
        methods.insert(method.http_method.clone(), method);
        Ok(shown)
    })
}

pub async fn get(gateway: &ApiGateway, at: MethodRef) -> Answer {
    let definition = gateway.api(&at.rest_api_id)?.definition;
    Ok(json!(definition.method(&at.resource_id, &at.http_method)?))
}

pub async fn update(gateway: &ApiGateway, request: UpdateMethodRequest) -> Answer {
    let at = request.at;
    gateway.change(&at.rest_api_id, |api| {
        let found = api.definition.method(&at.resource_id, &at.http_method)?;
        let mut changed = found.clone();
        patch::apply(&mut changed, PATCHABLE, &request.patch_operations)?;
        changed.request_validator_id.take_if(|id| id.is_empty());
        changed.authorizer_id.take_if(|id| id.is_empty());
        changed.check(&api.definition)?;
        let shown = json!(changed);
        *api.definition
            .method_mut(&at.resource_id, &at.http_method)? = changed;
        Ok(shown)
    })
}

pub async fn delete(gateway: &ApiGateway, at: MethodRef) -> Answer {
    gateway.change(&at.rest_api_id, |api| {
        api.definition.method(&at.resource_id, &at.http_method)?;
        let resource = api.definition.resource_mut(&at.resource_id)?;
        resource.methods.remove(&at.http_method);
        Ok(json!({}))
    })
}

pub async fn put_response(gateway: &ApiGateway, request: PutMethodResponseRequest) -> Answer {
    let response = request.response;
    gateway.change_method(&request.at, |method| {
        response.check()?;
        if method.method_responses.contains_key(&response.status_code) {
            return Err(conflict("Response already exists for this resource"));
        }
        let shown = json!(response);
        let status = response.status_code.clone();
        method.method_responses.insert(status, response);
        Ok(shown)
    })
}

pub async fn get_response(gateway: &ApiGateway, request: ResponseRef) -> Answer {
    let definition = gateway.api(&request.at.rest_api_id)?.definition;
    let method = definition.method(&request.at.resource_id, &request.at.http_method)?;
    let response = method.method_responses.get(&request.status_code);
    Ok(json!(response.ok_or_else(no_such_status)?))
}

pub async fn update_response(gateway: &ApiGateway, request: UpdateResponseRequest) -> Answer {
    gateway.change_method(&request.at.at, |method| {
        let response = method.method_responses.get_mut(&request.at.status_code);
        let response = response.ok_or_else(no_such_status)?;
        patch::apply(response, RESPONSE_PATCHABLE, &request.patch_operations)?;
        response.check()?;
        Ok(json!(response))
    })
}

pub async fn delete_response(gateway: &ApiGateway, request: ResponseRef) -> Answer {
    gateway.change_method(&request.at, |method| {
        let removed = method.method_responses.remove(&request.status_code);
        removed.map(|_| json!({})).ok_or_else(no_such_status)
    })
}

impl ApiGateway {
    pub fn change_method<T>(
        &self,
        at: &MethodRef,
        change: impl FnOnce(&mut Method) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.change(&at.rest_api_id, |api| {
            change(
                api.definition
                    .method_mut(&at.resource_id, &at.http_method)?,
            )
        })
    }
}

impl Method {
    /// Refuses what the API cannot have.
    pub fn check(&self, definition: &Definition) -> Result<(), Fault> {
        if !METHODS.contains(&self.http_method.as_str()) {
            return Err(bad_request(format!(
                "Invalid HttpMethod specified. Valid options are {}",
                METHODS.join(",")
            )));
        }
        self.check_authorization(definition)?;
        let mut parameters = self.request_parameters.keys();
        if let Some(wrong) = parameters.find(|name| !is_parameter(name, REQUEST)) {
            return Err(not_an_expression(wrong));
        }
        let mut models = self.request_models.values();
        if let Some(model) = models.find(|model| !definition.models.contains_key(*model)) {
            return Err(bad_request(format!(
                "Invalid model identifier specified: {model}"
            )));
        }
        match &self.request_validator_id {
            Some(id) if !definition.validators.contains_key(id) => Err(bad_request(
                "Invalid Request Validator identifier specified",
            )),
            _ => Ok(()),
        }
    }
}

impl Method {
    fn check_authorization(&self, definition: &Definition) -> Result<(), Fault> {
        if self.api_key_required {
            return Err(bad_request("the sandbox does not support API keys"));
        }
        match self.authorization_type.as_str() {
            "NONE" | AWS_IAM
                if self.authorizer_id.is_none() && self.authorization_scopes.is_empty() =>
            {
                Ok(())
            }
            "NONE" | AWS_IAM => Err(bad_request(
                "authorizerId and authorizationScopes need the authorizationType COGNITO_USER_POOLS",
            )),
            COGNITO => {
                let id = self.authorizer_id.as_ref();
                let known = id.is_some_and(|id| definition.authorizers.contains_key(id));
                match known {
                    true => Ok(()),
                    false => Err(bad_request(
                        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or \
                         COGNITO_USER_POOLS requires a valid authorizer.",
                    )),
                }
            }
            other => Err(bad_request(format!(
                "the sandbox does not support the authorization type {other}; it supports NONE, {AWS_IAM} and \
                 {COGNITO}"
            ))),
        }
    }
}

impl MethodResponse {
    pub fn check(&self) -> Result<(), Fault> {
        check_status(&self.status_code)?;
        let mut parameters = self.response_parameters.keys();
        match parameters.find(|name| !is_parameter(name, &["method.response.header."])) {
            Some(wrong) => Err(not_an_expression(wrong)),
            None => Ok(()),
        }
    }
}

const REQUEST: &[&str] = &[
    "method.request.header.",
    "method.request.path.",
    "method.request.querystring.",
];

/// Whether it is one of the places with a name.
fn is_parameter(text: &str, places: &[&str]) -> bool {
    let name = places.iter().find_map(|place| text.strip_prefix(place));
    name.is_some_and(|name| !name.is_empty() && !name.contains(char::is_whitespace))
}

pub fn check_status(code: &str) -> Result<(), Fault> {
    let is_status = code.len() == 3 && code.bytes().all(|c| c.is_ascii_digit());
    if is_status && ('1'..='5').contains(&code.chars().next().unwrap_or_default()) {
        return Ok(());
    }
    Err(bad_request(format!(
        "Invalid status code specified: {code}"
    )))
}

pub fn not_an_expression(parameter: &str) -> Fault {
    bad_request(format!(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid \
         mapping expression parameter specified: {parameter}]"
    ))
}
