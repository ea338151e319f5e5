//! What API Gateway's operations act on: paths, with the method of the request as the action.
//!
//! Source: its page in the Service Authorization Reference.

use serde_json::Value;

use super::ApiGateway;
use super::tags;
use crate::authorise::{Access, text};

macro_rules! accesses {
    ($($name:ident $pattern:literal)+) => {
        $(pub fn $name(_: &ApiGateway, action: &'static str, parameters: &Value) -> Vec<Access> {
            vec![Access::new(action, tags::arn(&path($pattern, parameters)))]
        })+
    };
}

accesses! {
    account "/account"
    apis "/restapis"
    api "/restapis/{restApiId}"
    resources "/restapis/{restApiId}/resources"
    parent "/restapis/{restApiId}/resources/{parentId}"
    resource "/restapis/{restApiId}/resources/{resourceId}"
    method "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}"
    method_response "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/responses/{statusCode}"
    integration "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration"
    integration_response "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration/responses/{statusCode}"
    authorizers "/restapis/{restApiId}/authorizers"
    authorizer "/restapis/{restApiId}/authorizers/{authorizerId}"
    models "/restapis/{restApiId}/models"
    model "/restapis/{restApiId}/models/{modelName}"
    validators "/restapis/{restApiId}/requestvalidators"
    validator "/restapis/{restApiId}/requestvalidators/{requestValidatorId}"
    gateway_responses "/restapis/{restApiId}/gatewayresponses"
    gateway_response "/restapis/{restApiId}/gatewayresponses/{responseType}"
    deployments "/restapis/{restApiId}/deployments"
    deployment "/restapis/{restApiId}/deployments/{deploymentId}"
    stages "/restapis/{restApiId}/stages"
    export "/restapis/{restApiId}/stages/{stageName}/exports/{exportType}"
    stage "/restapis/{restApiId}/stages/{stageName}"
}

/// Tags are at a path that names what has them.
pub fn tags(_: &ApiGateway, action: &'static str, parameters: &Value) -> Vec<Access> {
    let resource = text(parameters, "resourceArn");
    vec![Access::new(action, tags::arn(&format!("/tags/{resource}")))]
}

/// The pattern with the parameters in the place of their names.
fn path(pattern: &str, parameters: &Value) -> String {
    let segments = pattern.split('/').map(|segment| {
        let name = segment
            .strip_prefix('{')
            .and_then(|it| it.strip_suffix('}'));
        name.map_or(segment, |name| text(parameters, name))
    });
    segments.collect::<Vec<_>>().join("/")
}
