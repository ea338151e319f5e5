//! API Gateway's operations: the method of the request is the action, and its path what it acts on.

use serde_json::json;

use super::cases::{Case, case};

#[rustfmt::skip] // One line each, as a table.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("CreateDeployment", "POST", "/restapis/api/deployments"),
    ("CreateModel", "POST", "/restapis/api/models"),
    ("CreateAuthorizer", "POST", "/restapis/api/authorizers"),
    ("DeleteAuthorizer", "DELETE", "/restapis/api/authorizers/who"),
    ("GetAuthorizer", "GET", "/restapis/api/authorizers/who"),
    ("GetAuthorizers", "GET", "/restapis/api/authorizers"),
    ("TestInvokeAuthorizer", "POST", "/restapis/api/authorizers/who"),
    ("UpdateAuthorizer", "PATCH", "/restapis/api/authorizers/who"),
    ("CreateRequestValidator", "POST", "/restapis/api/requestvalidators"),
    ("CreateResource", "POST", "/restapis/api/resources/parent"),
    ("CreateRestApi", "POST", "/restapis"),
    ("CreateStage", "POST", "/restapis/api/stages"),
    ("DeleteDeployment", "DELETE", "/restapis/api/deployments/first"),
    ("DeleteGatewayResponse", "DELETE", "/restapis/api/gatewayresponses/THROTTLED"),
    ("DeleteIntegration", "DELETE", "/restapis/api/resources/pets/methods/GET/integration"),
    ("DeleteIntegrationResponse", "DELETE", "/restapis/api/resources/pets/methods/GET/integration/responses/200"),
    ("DeleteMethod", "DELETE", "/restapis/api/resources/pets/methods/GET"),
    ("DeleteMethodResponse", "DELETE", "/restapis/api/resources/pets/methods/GET/responses/200"),
    ("DeleteModel", "DELETE", "/restapis/api/models/Pet"),
    ("DeleteRequestValidator", "DELETE", "/restapis/api/requestvalidators/check"),
    ("DeleteResource", "DELETE", "/restapis/api/resources/pets"),
    ("DeleteRestApi", "DELETE", "/restapis/api"),
    ("DeleteStage", "DELETE", "/restapis/api/stages/prod"),
    ("GetAccount", "GET", "/account"),
    ("GetDeployment", "GET", "/restapis/api/deployments/first"),
    ("GetDeployments", "GET", "/restapis/api/deployments"),
    ("GetExport", "GET", "/restapis/api/stages/prod/exports/oas30"),
    ("GetGatewayResponse", "GET", "/restapis/api/gatewayresponses/THROTTLED"),
    ("GetGatewayResponses", "GET", "/restapis/api/gatewayresponses"),
    ("GetIntegration", "GET", "/restapis/api/resources/pets/methods/GET/integration"),
    ("GetIntegrationResponse", "GET", "/restapis/api/resources/pets/methods/GET/integration/responses/200"),
    ("GetMethod", "GET", "/restapis/api/resources/pets/methods/GET"),
    ("GetMethodResponse", "GET", "/restapis/api/resources/pets/methods/GET/responses/200"),
    ("GetModel", "GET", "/restapis/api/models/Pet"),
    ("GetModels", "GET", "/restapis/api/models"),
    ("GetRequestValidator", "GET", "/restapis/api/requestvalidators/check"),
    ("GetRequestValidators", "GET", "/restapis/api/requestvalidators"),
    ("GetResource", "GET", "/restapis/api/resources/pets"),
    ("GetResources", "GET", "/restapis/api/resources"),
    ("GetRestApi", "GET", "/restapis/api"),
    ("GetRestApis", "GET", "/restapis"),
    ("GetStage", "GET", "/restapis/api/stages/prod"),
    ("GetStages", "GET", "/restapis/api/stages"),
    ("ImportRestApi", "POST", "/restapis"),
    ("PutGatewayResponse", "PUT", "/restapis/api/gatewayresponses/THROTTLED"),
    ("PutIntegration", "PUT", "/restapis/api/resources/pets/methods/GET/integration"),
    ("PutIntegrationResponse", "PUT", "/restapis/api/resources/pets/methods/GET/integration/responses/200"),
    ("PutMethod", "PUT", "/restapis/api/resources/pets/methods/GET"),
    ("PutMethodResponse", "PUT", "/restapis/api/resources/pets/methods/GET/responses/200"),
    ("PutRestApi", "PUT", "/restapis/api"),
    ("TestInvokeMethod", "POST", "/restapis/api/resources/pets/methods/GET"),
    ("UpdateAccount", "PATCH", "/account"),
    ("UpdateDeployment", "PATCH", "/restapis/api/deployments/first"),
    ("UpdateGatewayResponse", "PATCH", "/restapis/api/gatewayresponses/THROTTLED"),
    ("UpdateIntegration", "PATCH", "/restapis/api/resources/pets/methods/GET/integration"),
    ("UpdateIntegrationResponse", "PATCH", "/restapis/api/resources/pets/methods/GET/integration/responses/200"),
    ("UpdateMethod", "PATCH", "/restapis/api/resources/pets/methods/GET"),
    ("UpdateMethodResponse", "PATCH", "/restapis/api/resources/pets/methods/GET/responses/200"),
    ("UpdateModel", "PATCH", "/restapis/api/models/Pet"),
    ("UpdateRequestValidator", "PATCH", "/restapis/api/requestvalidators/check"),
    ("UpdateResource", "PATCH", "/restapis/api/resources/pets"),
    ("UpdateRestApi", "PATCH", "/restapis/api"),
    ("UpdateStage", "PATCH", "/restapis/api/stages/prod"),
];

pub fn cases() -> Vec<Case> {
    let parameters = json!({
        "restApiId": "api", "parentId": "parent", "resourceId": "pets", "httpMethod": "GET",
        "statusCode": "200", "modelName": "Pet", "requestValidatorId": "check", "authorizerId": "who",
        "responseType": "THROTTLED", "deploymentId": "first", "stageName": "prod", "exportType": "oas30",
    });
    let service = "apigateway";
    let needs = |action: &str, path: &str| {
        format!("apigateway:{action} arn:aws:apigateway:us-east-1::{path}")
    };
    let mut cases = Vec::new();
    for (operation, action, path) in OPERATIONS {
        let access = needs(action, path);
        cases.push(case(service, operation, parameters.clone(), &[&access]));
    }
    let arn = "arn:aws:apigateway:us-east-1::/restapis/api";
    for (operation, action) in [
        ("GetTags", "GET"),
        ("TagResource", "PUT"),
        ("UntagResource", "DELETE"),
    ] {
        let access = needs(action, &format!("/tags/{arn}"));
        cases.push(case(
            service,
            operation,
            json!({ "resourceArn": arn }),
            &[&access],
        ));
    }
    cases
}
