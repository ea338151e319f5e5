//! Who may call a method, and the authorizers that are asked.

use serde_json::{Map, Value, json};

use super::document::{Document, members, shown, texts};

const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";
/// What an operation says of itself, such as `{"type": "AWS_IAM"}`.
const AUTHENTICATION: &str = "x-amazon-apigateway-auth";
const COGNITO: &str = "cognito_user_pools";

/// What the operation's `security` names, or that of the document.
#[derive(Debug, Default)]
pub(super) struct Security {
    authorization: Option<&'static str>,
    needs_key: bool,
    /// The name of the authorizer.
    pub authorizer: Option<String>,
    scopes: Vec<String>,
}

impl Security {
    pub(super) fn of(document: &Document, operation: &Value) -> Self {
        let security = operation
            .get("security")
            .unwrap_or_else(|| document.top("security"));
        let schemes = schemes(document);
        let mut found = Self::default();
        let kind = shown(&operation[AUTHENTICATION]["type"]).unwrap_or_default();
        found.authorization = match kind.to_ascii_uppercase().as_str() {
            "" | "NONE" => None,
            "AWS_IAM" => Some("AWS_IAM"),
            _ => Some("CUSTOM"),
        };
        for requirement in security.as_array().into_iter().flatten() {
            for (name, scopes) in members(requirement) {
                found.add(name, &schemes[name], texts(scopes));
            }
        }
        found
    }

    fn add(&mut self, name: &str, scheme: &Value, scopes: Vec<String>) {
        let kind = shown(&scheme["x-amazon-apigateway-authtype"]).unwrap_or_default();
        match shown(&scheme[AUTHORIZER]["type"]).as_deref() {
            Some(COGNITO) => {
                self.authorization = Some("COGNITO_USER_POOLS");
                self.authorizer = Some(name.to_owned());
                self.scopes = scopes;
            }
            Some(_) => self.authorization = Some("CUSTOM"),
            None if kind == "awsSigv4" => self.authorization = Some("AWS_IAM"),
            None => self.needs_key |= scheme["type"] == "apiKey",
        }
    }

    /// Adds what is found to a method.
    pub(super) fn describe(&self, method: &mut Map<String, Value>) {
        let authorization = self.authorization.unwrap_or("NONE");
        method.insert("authorizationType".to_owned(), authorization.into());
        method.insert("apiKeyRequired".to_owned(), self.needs_key.into());
        if !self.scopes.is_empty() {
            method.insert("authorizationScopes".to_owned(), json!(self.scopes));
        }
    }
}

fn schemes(document: &Document) -> &Value {
    document.components("securityDefinitions", "securitySchemes")
}

/// The authorizers, as `CreateAuthorizer` takes them. Only those of user pools are described: what else a
/// method may be under is refused with the method.
pub(super) fn authorizers(document: &Document) -> Vec<Value> {
    let schemes = members(schemes(document));
    let described = schemes.filter_map(|(name, scheme)| {
        let authorizer = scheme.get(AUTHORIZER)?;
        if shown(&authorizer["type"]).as_deref() != Some(COGNITO) {
            return None;
        }
        let header = shown(&scheme["name"]).unwrap_or_else(|| "Authorization".to_owned());
        let source = shown(&authorizer["identitySource"]);
        let mut shape = json!({
            "name": name,
            "type": "COGNITO_USER_POOLS",
            "providerARNs": texts(&authorizer["providerARNs"]),
            "identitySource": source.unwrap_or_else(|| format!("method.request.header.{header}")),
        });
        if let Some(expression) = shown(&authorizer["identityValidationExpression"]) {
            shape["identityValidationExpression"] = json!(expression);
        }
        Some(shape)
    });
    described.collect()
}

/// An authorizer as a scheme of a document.
pub(super) fn scheme(authorizer: &Value, extensions: bool) -> Value {
    let source = shown(&authorizer["identitySource"]).unwrap_or_default();
    let header = source.rsplit('.').next().unwrap_or_default();
    let mut scheme = json!({
        "type": "apiKey", "name": header, "in": "header", "x-amazon-apigateway-authtype": COGNITO,
    });
    if extensions {
        scheme[AUTHORIZER] = json!({
            "type": COGNITO, "providerARNs": authorizer["providerARNs"], "identitySource": source,
        });
        let expression = &authorizer["identityValidationExpression"];
        if !expression.is_null() {
            scheme[AUTHORIZER]["identityValidationExpression"] = expression.clone();
        }
    }
    scheme
}
