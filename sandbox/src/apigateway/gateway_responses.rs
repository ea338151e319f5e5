//! Gateway responses: what an API answers where no integration does.
//!
//! Source: "Gateway response types for API Gateway" in its guide.

use serde::Deserialize;
use serde_json::json;

use super::ApiGateway;
use super::definition::{Definition, GatewayResponse, Texts};
use super::fault::{bad_request, missing};
use super::methods::{check_status, not_an_expression};
use super::models::ListRequest;
use super::patch::{self, Kind, PatchOperation, Patchable};
use crate::fault::{Answer, Fault};

/// The types, with the status of each.
const TYPES: [(&str, Option<&str>); 21] = [
    ("ACCESS_DENIED", Some("403")),
    ("API_CONFIGURATION_ERROR", Some("500")),
    ("AUTHORIZER_CONFIGURATION_ERROR", Some("500")),
    ("AUTHORIZER_FAILURE", Some("500")),
    ("BAD_REQUEST_BODY", Some("400")),
    ("BAD_REQUEST_PARAMETERS", Some("400")),
    ("DEFAULT_4XX", None),
    ("DEFAULT_5XX", None),
    ("EXPIRED_TOKEN", Some("403")),
    ("INTEGRATION_FAILURE", Some("504")),
    ("INTEGRATION_TIMEOUT", Some("504")),
    ("INVALID_API_KEY", Some("403")),
    ("INVALID_SIGNATURE", Some("403")),
    ("MISSING_AUTHENTICATION_TOKEN", Some("403")),
    ("QUOTA_EXCEEDED", Some("429")),
    ("REQUEST_TOO_LARGE", Some("413")),
    ("RESOURCE_NOT_FOUND", Some("404")),
    ("THROTTLED", Some("429")),
    ("UNAUTHORIZED", Some("401")),
    ("UNSUPPORTED_MEDIA_TYPE", Some("415")),
    ("WAF_FILTERED", Some("403")),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutGatewayResponseRequest {
    rest_api_id: String,
    response_type: String,
    status_code: Option<String>,
    #[serde(default)]
    response_parameters: Texts,
    response_templates: Option<Texts>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayResponseRef {
    rest_api_id: String,
    response_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateGatewayResponseRequest {
    #[serde(flatten)]
    at: GatewayResponseRef,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

const PATCHABLE: &[Patchable] = &[
    ("/statusCode", Kind::Text),
    ("/responseParameters/*", Kind::Text),
    ("/responseTemplates/*", Kind::Text),
];

pub async fn put(gateway: &ApiGateway, request: PutGatewayResponseRequest) -> Answer {
    let response = own(GatewayResponse {
        response_type: request.response_type,
        status_code: request.status_code,
        response_parameters: request.response_parameters,
        response_templates: request.response_templates.unwrap_or_default(),
        default_response: false,
    })?;
    gateway.change(&request.rest_api_id, |api| {
        let shown = json!(response);
        let kind = response.response_type.clone();
        api.definition.gateway_responses.insert(kind, response);
        Ok(shown)
    })
}

pub async fn get(gateway: &ApiGateway, at: GatewayResponseRef) -> Answer {
    let definition = gateway.api(&at.rest_api_id)?.definition;
    Ok(json!(definition.gateway_response(&at.response_type)?))
}

/// The standard ones too.
pub async fn list(gateway: &ApiGateway, request: ListRequest) -> Answer {
    let definition = gateway.api(&request.rest_api_id)?.definition;
    let shown = TYPES.iter().map(|(kind, _)| {
        let response = definition.gateway_response(kind)?;
        Ok(((*kind).to_owned(), json!(response)))
    });
    let shown = shown.collect::<Result<Vec<_>, Fault>>()?;
    request.page.of("gatewayresponses", shown)
}

pub async fn update(gateway: &ApiGateway, request: UpdateGatewayResponseRequest) -> Answer {
    gateway.change(&request.at.rest_api_id, |api| {
        let kind = request.at.response_type;
        let mut changed = api.definition.gateway_response(&kind)?;
        patch::apply(&mut changed, PATCHABLE, &request.patch_operations)?;
        changed.default_response = false;
        changed.check()?;
        let shown = json!(changed);
        api.definition.gateway_responses.insert(kind, changed);
        Ok(shown)
    })
}

/// The standard one is in its place again.
pub async fn delete(gateway: &ApiGateway, at: GatewayResponseRef) -> Answer {
    standard(&at.response_type)?;
    gateway.change(&at.rest_api_id, |api| {
        let removed = api.definition.gateway_responses.remove(&at.response_type);
        removed
            .map(|_| json!({}))
            .ok_or_else(|| missing("Gateway response type not defined on api"))
    })
}

impl Definition {
    /// The response of this type: the API's own, or the standard one.
    pub fn gateway_response(&self, kind: &str) -> Result<GatewayResponse, Fault> {
        match self.gateway_responses.get(kind) {
            Some(own) => Ok(own.clone()),
            None => standard(kind),
        }
    }

    /// The response for an error of this type: where the API has none of its own, that for all errors of
    /// its class.
    pub fn answering(&self, kind: &str) -> Result<GatewayResponse, Fault> {
        let standard = standard(kind)?;
        let class = match standard_status(&standard) {
            400..500 => "DEFAULT_4XX",
            _ => "DEFAULT_5XX",
        };
        let own = self.gateway_responses.get(kind);
        let own = own.or_else(|| self.gateway_responses.get(class));
        Ok(own.cloned().unwrap_or(standard))
    }
}

/// The status that AWS has for an error of this type.
pub fn status(kind: &str) -> u16 {
    standard(kind).map_or(500, |response| standard_status(&response))
}

fn standard_status(response: &GatewayResponse) -> u16 {
    let status = response.status_code.as_deref();
    status.and_then(|status| status.parse().ok()).unwrap_or(500)
}

/// The response of an API that is given so. What is not given is as in the standard one.
pub fn own(given: GatewayResponse) -> Result<GatewayResponse, Fault> {
    let mut response = standard(&given.response_type)?;
    response.default_response = false;
    response.status_code = given.status_code.or(response.status_code);
    response.response_parameters = given.response_parameters;
    if !given.response_templates.is_empty() {
        response.response_templates = given.response_templates;
    }
    response.check()?;
    Ok(response)
}

fn standard(kind: &str) -> Result<GatewayResponse, Fault> {
    let found = TYPES.iter().find(|(known, _)| *known == kind);
    let (_, status) =
        found.ok_or_else(|| bad_request(format!("Invalid gateway response type: {kind}")))?;
    let template = (
        "application/json".to_owned(),
        r#"{"message":$context.error.messageString}"#.to_owned(),
    );
    Ok(GatewayResponse {
        response_type: kind.to_owned(),
        status_code: status.map(str::to_owned),
        response_parameters: Texts::new(),
        response_templates: Texts::from([template]),
        default_response: true,
    })
}

impl GatewayResponse {
    pub fn check(&self) -> Result<(), Fault> {
        if let Some(status) = &self.status_code {
            check_status(status)?;
        }
        for target in self.response_parameters.keys() {
            let name = target.strip_prefix("gatewayresponse.header.");
            if name.is_none_or(|name| http::HeaderName::try_from(name).is_err()) {
                return Err(not_an_expression(target));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_answered_by_its_own_response_or_that_of_its_class() {
        let mut definition = Definition::default();
        let mut put = |kind: &str, status: Option<&str>| {
            let mut response = standard(kind).expect("a type");
            response.status_code = status.map(str::to_owned);
            definition
                .gateway_responses
                .insert(kind.to_owned(), response);
        };
        put("DEFAULT_4XX", None);
        put("DEFAULT_5XX", Some("599"));
        put("THROTTLED", Some("420"));
        let status = |kind: &str| definition.answering(kind).expect("a type").status_code;
        assert_eq!(status("THROTTLED").as_deref(), Some("420"));
        assert_eq!(status("RESOURCE_NOT_FOUND"), None);
        assert_eq!(super::status("RESOURCE_NOT_FOUND"), 404);
        assert_eq!(status("INTEGRATION_TIMEOUT").as_deref(), Some("599"));
        assert!(definition.answering("OTHER").is_err());
    }
}
