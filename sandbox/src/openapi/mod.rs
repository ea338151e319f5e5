//! OpenAPI documents as API Gateway imports and exports them: Swagger 2.0 and OpenAPI 3.0, as JSON or
//! YAML, with the extensions `x-amazon-apigateway-…`.
//!
//! Reading is pure, and makes a plain [`Description`] of the document: what the control plane would be
//! asked for, in its own shapes. References are followed within the document alone: nothing is fetched,
//! and no file is opened.

mod describe;
mod document;
mod integration;
mod models;
mod operation;
mod security;
mod write;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use document::Document;

/// What a document describes.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Description {
    pub name: Option<String>,
    pub description: Option<String>,
    pub version: Option<String>,
    /// `HEADER` or `AUTHORIZER`.
    pub api_key_source: Option<String>,
    pub binary_media_types: Vec<String>,
    pub disable_execute_api_endpoint: Option<bool>,
    /// `EDGE`, `REGIONAL` or `PRIVATE`.
    pub endpoint_types: Vec<String>,
    /// By name, as `CreateModel` takes them: `name`, `contentType`, `schema` (a text) and perhaps
    /// `description`.
    pub models: BTreeMap<String, Value>,
    /// As `CreateRequestValidator` takes them: `name`, `validateRequestBody`,
    /// `validateRequestParameters`.
    pub request_validators: Vec<Value>,
    /// As `CreateAuthorizer` takes them: `name`, `type`, `providerARNs`, `identitySource` and perhaps
    /// `identityValidationExpression`.
    pub authorizers: Vec<Value>,
    /// As `PutGatewayResponse` takes them: `responseType`, `responseParameters`, `responseTemplates`
    /// and perhaps `statusCode`.
    pub gateway_responses: Vec<Value>,
    /// The methods by path and HTTP method (`GET`, `ANY`). A path without methods is here too; the
    /// resources above a path are not.
    pub paths: BTreeMap<String, BTreeMap<String, Method>>,
    /// What was left out, in API Gateway's words where they are known.
    pub warnings: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Method {
    /// As `GetMethod` shows it, with `methodResponses`, `methodIntegration` and `integrationResponses`
    /// in it, and without what the control plane fills in.
    pub method: Value,
    /// The name of the request validator.
    pub request_validator: Option<String>,
    /// The name of the authorizer.
    pub authorizer: Option<String>,
}

/// What an import is to do with the base path of the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BasePath {
    #[default]
    Ignore,
    /// The paths are below all of it.
    Prepend,
    /// Its first segment is left out.
    Split,
}

/// The specification that a document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// Swagger 2.0
    Swagger,
    /// OpenAPI 3.0
    OpenApi,
}

/// Why a document cannot be imported, in words for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Invalid(pub String);

/// Reads a document. `api` is the API's id, which references between models contain.
///
/// # Errors
///
/// The text is neither JSON nor YAML, no Swagger 2.0 and no OpenAPI 3, is too large, or refers to
/// something that it does not contain.
pub(crate) fn read(text: &str, api: &str, base_path: BasePath) -> Result<Description, Invalid> {
    Document::parse(text)?.describe(api, base_path)
}

impl Description {
    /// The document that describes the API, with `extensions` those of API Gateway. Reading it again
    /// makes the same description. The caller adds where the API is served: `servers`, or `host` and
    /// `basePath`.
    pub(crate) fn write(&self, version: Version, extensions: bool) -> Value {
        write::write(self, version, extensions)
    }
}
