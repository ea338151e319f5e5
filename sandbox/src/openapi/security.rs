//! Who may call a method.

use serde_json::{Map, Value};

use super::document::{Document, members, shown};

/// Adds what the operation's `security` says, or that of the document, to a method.
pub(super) fn describe(document: &Document, operation: &Value, method: &mut Map<String, Value>) {
    let security = operation
        .get("security")
        .unwrap_or_else(|| document.top("security"));
    let schemes = document.components("securityDefinitions", "securitySchemes");
    let mut authorization = "NONE";
    let mut needs_key = false;
    for requirement in security.as_array().into_iter().flatten() {
        for (name, _) in members(requirement) {
            let scheme = &schemes[name];
            let kind = shown(&scheme["x-amazon-apigateway-authtype"]).unwrap_or_default();
            let authorizer = &scheme["x-amazon-apigateway-authorizer"];
            match shown(&authorizer["type"]).as_deref() {
                Some("cognito_user_pools") => authorization = "COGNITO_USER_POOLS",
                Some(_) => authorization = "CUSTOM",
                None if kind == "awsSigv4" => authorization = "AWS_IAM",
                None => needs_key |= scheme["type"] == "apiKey",
            }
        }
    }
    method.insert("authorizationType".to_owned(), authorization.into());
    method.insert("apiKeyRequired".to_owned(), needs_key.into());
}
