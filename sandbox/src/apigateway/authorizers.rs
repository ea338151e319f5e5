//! Authorizers: who has to show which token in front of methods.

use serde::Deserialize;
use serde_json::{Value, json};

use super::definition::{Authorizer, Definition, Texts};
use super::execution::authorisation;
use super::fault::{bad_request, conflict, not_found};
use super::models::{ListRequest, find_method};
use super::patch::{self, Kind, PatchOperation, Patchable};
use super::{ApiGateway, ids};
use crate::fault::{Answer, Fault};

pub const COGNITO: &str = "COGNITO_USER_POOLS";
const AUTH_TYPE: &str = "cognito_user_pools";
/// Source: "Amazon API Gateway quotas" in its guide.
const MOST: usize = 10;
const HEADER: &str = "method.request.header.";
const PROVIDERS: &str = "/providerARNs";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAuthorizerRequest {
    rest_api_id: String,
    #[serde(flatten)]
    authorizer: Authorizer,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerRef {
    rest_api_id: String,
    authorizer_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAuthorizerRequest {
    #[serde(flatten)]
    at: AuthorizerRef,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestInvokeAuthorizerRequest {
    #[serde(flatten)]
    at: AuthorizerRef,
    #[serde(default)]
    headers: Texts,
}

const PATCHABLE: &[Patchable] = &[
    ("/authType", Kind::Text),
    ("/name", Kind::Text),
    ("/type", Kind::Text),
    ("/identitySource", Kind::Text),
    ("/identityValidationExpression", Kind::Text),
];

pub async fn create(gateway: &ApiGateway, request: CreateAuthorizerRequest) -> Answer {
    create_as(gateway, &ids::new(ids::INNER), request)
}

/// Creates an authorizer that has this id.
pub fn create_as(gateway: &ApiGateway, id: &str, request: CreateAuthorizerRequest) -> Answer {
    let mut authorizer = request.authorizer;
    id.clone_into(&mut authorizer.id);
    gateway.check_authorizer(&authorizer)?;
    gateway.change(&request.rest_api_id, |api| {
        let authorizers = &mut api.definition.authorizers;
        if authorizers.contains_key(id) {
            return Err(conflict("The authorizer identifier is in use"));
        }
        authorizers.insert(id.to_owned(), authorizer.clone());
        api.definition.check_authorizers()?;
        Ok(authorizer.shown())
    })
}

pub async fn get(gateway: &ApiGateway, at: AuthorizerRef) -> Answer {
    let definition = gateway.api(&at.rest_api_id)?.definition;
    Ok(definition.authorizer(&at.authorizer_id)?.shown())
}

pub async fn list(gateway: &ApiGateway, request: ListRequest) -> Answer {
    let authorizers = gateway.api(&request.rest_api_id)?.definition.authorizers;
    let shown = authorizers.into_iter().map(|(id, it)| (id, it.shown()));
    request.page.of("authorizers", shown.collect())
}

pub async fn update(gateway: &ApiGateway, request: UpdateAuthorizerRequest) -> Answer {
    let (api, id) = (&request.at.rest_api_id, &request.at.authorizer_id);
    let found = gateway.api(api)?.definition.authorizer(id)?.clone();
    let mut changed = found.clone();
    let (of_providers, others) = request
        .patch_operations
        .into_iter()
        .partition(|operation| operation.path == PROVIDERS);
    let of_providers: Vec<PatchOperation> = of_providers;
    for operation in &of_providers {
        changed.patch_providers(operation)?;
    }
    let others: Vec<PatchOperation> = others;
    patch::apply(&mut changed, PATCHABLE, &others)?;
    changed.auth_type.take_if(|it| it.is_empty());
    changed
        .identity_validation_expression
        .take_if(|it| it.is_empty());
    gateway.check_authorizer(&changed)?;
    gateway.change(api, |api| {
        let authorizers = &mut api.definition.authorizers;
        let authorizer = authorizers.get_mut(id).ok_or_else(no_such_authorizer)?;
        if *authorizer != found {
            return Err(conflict("The authorizer has been changed since"));
        }
        *authorizer = changed.clone();
        api.definition.check_authorizers()?;
        Ok(changed.shown())
    })
}

pub async fn delete(gateway: &ApiGateway, at: AuthorizerRef) -> Answer {
    let id = at.authorizer_id;
    gateway.change(&at.rest_api_id, |api| {
        let user = find_method(&api.definition, |method| {
            method.authorizer_id.as_deref() == Some(id.as_str())
        });
        if let Some(method) = user {
            return Err(conflict(format!(
                "Cannot delete authorizer '{id}', is referenced in method: {method}"
            )));
        }
        let removed = api.definition.authorizers.remove(&id);
        removed.map(|_| json!({})).ok_or_else(no_such_authorizer)
    })
}

/// Tries an authorizer with the token in the headers, as an identity token.
pub async fn test_invoke(gateway: &ApiGateway, request: TestInvokeAuthorizerRequest) -> Answer {
    let definition = gateway.api(&request.at.rest_api_id)?.definition;
    let authorizer = definition.authorizer(&request.at.authorizer_id)?;
    let wanted = authorizer.header();
    let mut headers = request.headers.iter();
    let header = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let token = header.map(|(_, token)| token.as_str());
    let claims = authorisation::claims(gateway, authorizer, &[], token).await;
    Ok(match claims {
        Ok(claims) => json!({ "clientStatus": 200, "latency": 0, "claims": claims, "log": "" }),
        Err(failure) => json!({
            "clientStatus": 401, "latency": 0, "log": failure.reason(),
        }),
    })
}

fn no_such_authorizer() -> Fault {
    not_found("Authorizer")
}

impl Authorizer {
    /// The name of the header that has the token.
    pub fn header(&self) -> &str {
        let source = self.identity_source.as_deref().unwrap_or_default();
        source.strip_prefix(HEADER).unwrap_or("Authorization")
    }

    fn shown(&self) -> Value {
        let mut shown = json!(self);
        shown["authType"] = json!(AUTH_TYPE);
        shown
    }

    fn patch_providers(&mut self, operation: &PatchOperation) -> Result<(), Fault> {
        let arn = operation.value.clone().unwrap_or_default();
        match operation.op.as_str() {
            "add" if !self.provider_arns.contains(&arn) => self.provider_arns.push(arn),
            "add" => {}
            "remove" => self.provider_arns.retain(|known| *known != arn),
            other => {
                return Err(bad_request(format!(
                    "Invalid patch path '{PROVIDERS}' specified for op '{other}'. Must be one of: [add, remove]"
                )));
            }
        }
        Ok(())
    }
}

impl Definition {
    fn authorizer(&self, id: &str) -> Result<&Authorizer, Fault> {
        self.authorizers.get(id).ok_or_else(no_such_authorizer)
    }

    pub fn check_authorizers(&self) -> Result<(), Fault> {
        let names = self.authorizers.values().map(|it| it.name.as_str());
        let names: std::collections::BTreeSet<&str> = names.collect();
        if names.len() < self.authorizers.len() {
            return Err(bad_request(
                "Authorizer name must be unique. Authorizer already exists in this RestApi.",
            ));
        }
        match self.authorizers.len() > MOST {
            true => Err(super::fault::limit_exceeded(format!(
                "Maximum number of authorizers for this API has been reached: {MOST}"
            ))),
            false => Ok(()),
        }
    }
}

impl ApiGateway {
    /// Refuses what no API can have.
    pub fn check_authorizer(&self, authorizer: &Authorizer) -> Result<(), Fault> {
        if authorizer.kind != COGNITO {
            return Err(bad_request(format!(
                "the sandbox does not support authorizers of the type {}; it supports {COGNITO}",
                authorizer.kind
            )));
        }
        if authorizer
            .auth_type
            .as_deref()
            .is_some_and(|it| it != AUTH_TYPE)
        {
            return Err(bad_request(format!(
                "the sandbox does not support authType other than {AUTH_TYPE}"
            )));
        }
        if authorizer.name.is_empty() {
            return Err(bad_request("Authorizer name cannot be null"));
        }
        let source = authorizer.identity_source.as_deref().unwrap_or_default();
        let name = source.strip_prefix(HEADER).unwrap_or_default();
        if name.is_empty() || name.contains(|c: char| c == ',' || c.is_whitespace()) {
            return Err(bad_request(
                "Invalid identitySource specified: it must be one header, as method.request.header.Authorization",
            ));
        }
        if let Some(expression) = authorizer.expression()
            && regex_lite::Regex::new(expression).is_err()
        {
            return Err(bad_request(
                "Invalid identityValidationExpression specified",
            ));
        }
        if authorizer.provider_arns.is_empty() {
            return Err(bad_request(
                "Invalid Authorizer: providerARNs must name a user pool",
            ));
        }
        for arn in &authorizer.provider_arns {
            let known = self.cognito.has_pool(arn);
            if !known.map_err(|fault| bad_request(fault.message))? {
                return Err(bad_request(format!(
                    "Invalid Cognito User Pool ARN: {arn} is not there"
                )));
            }
        }
        Ok(())
    }
}

impl Authorizer {
    /// What the token's audience has to be like.
    pub fn expression(&self) -> Option<&str> {
        let expression = self.identity_validation_expression.as_deref();
        expression.filter(|expression| !expression.is_empty())
    }
}
