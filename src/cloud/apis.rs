//! API Gateway: a REST API as it is now, what a stage of it serves, and the test of a method.

use std::collections::BTreeMap;

use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types;
use serde_json::{Map, Value, json};

use super::patience::OnlyWithoutEffect;
use super::{Cloud, CloudError};

/// A method of a path, as it is now; a stage may still serve what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiMethod {
    /// The id of the path's resource.
    pub resource: String,
    /// With variables, such as `/players/{name}`.
    pub path: String,
    /// `GET`, or `ANY`.
    pub method: String,
    /// The parameters of the query string that it declares.
    pub query: Vec<String>,
    /// Who may call it: `NONE` for anybody, `AWS_IAM` for those who sign, or the type of its authorizer.
    ///
    /// Source: API Gateway REST API reference, `Method`, `authorizationType`.
    pub authorization: String,
    /// What the method does, as an OpenAPI document says it in `x-amazon-apigateway-integration`; `None` where
    /// it has no integration.
    pub integration: Option<Value>,
}

impl ApiMethod {
    /// Whether a request has to be signed.
    pub fn is_signed(&self) -> bool {
        self.authorization == "AWS_IAM"
    }

    /// Whether an authorizer asks for a token.
    pub fn wants_token(&self) -> bool {
        !["", "NONE", "AWS_IAM"].contains(&self.authorization.as_str())
    }
}

/// How API Gateway answered to a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodTest {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// What happened, line by line, as the console shows it.
    pub log: String,
}

impl Cloud {
    /// The methods of a REST API, by path and method.
    pub async fn api_methods(&self, api: &str) -> Result<Vec<ApiMethod>, CloudError> {
        let mut resources = self
            .apis
            .get_resources()
            .rest_api_id(api)
            .embed("methods")
            .into_paginator()
            .items()
            .send();
        let mut methods = Vec::new();
        while let Some(resource) = resources.next().await {
            let resource = resource.map_err(self.failed("GetResources"))?;
            let (id, path) = (
                resource.id.unwrap_or_default(),
                resource.path.unwrap_or_default(),
            );
            let own = resource.resource_methods.unwrap_or_default().into_iter();
            methods.extend(own.map(|(name, method)| ApiMethod {
                resource: id.clone(),
                path: path.clone(),
                method: name,
                query: query(&method),
                authorization: method.authorization_type.clone().unwrap_or_default(),
                integration: method.method_integration.as_ref().map(described),
            }));
        }
        methods.sort_by(|a, b| (&a.path, &a.method).cmp(&(&b.path, &b.method)));
        Ok(methods)
    }

    /// The names of a REST API's stages, sorted.
    pub async fn api_stages(&self, api: &str) -> Result<Vec<String>, CloudError> {
        let stages = self.apis.get_stages().rest_api_id(api).send().await;
        let stages = stages
            .map_err(self.failed("GetStages"))?
            .item
            .unwrap_or_default();
        let mut names: Vec<String> = stages.into_iter().filter_map(|it| it.stage_name).collect();
        names.sort();
        Ok(names)
    }

    /// What a stage serves, as an OpenAPI 3 document with API Gateway's extensions. `Null` where the answer is
    /// none.
    pub async fn exported_api(&self, api: &str, stage: &str) -> Result<Value, CloudError> {
        let export = self
            .apis
            .get_export()
            .rest_api_id(api)
            .stage_name(stage)
            .export_type("oas30")
            .parameters("extensions", "apigateway")
            .accepts("application/json")
            .send()
            .await
            .map_err(self.failed("GetExport"))?;
        let document = export.body.map(Blob::into_inner).unwrap_or_default();
        Ok(serde_json::from_slice(&document).unwrap_or_default())
    }

    /// Runs a method of the API as it is now, without a stage. `path` may have a query string.
    pub async fn test_method(
        &self,
        api: &str,
        resource: &str,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: Option<&str>,
    ) -> Result<MethodTest, CloudError> {
        let headers = headers.iter().cloned().collect();
        // The function may have run.
        let config = aws_sdk_apigateway::config::Builder::new().retry_classifier(OnlyWithoutEffect);
        let tested = self
            .apis
            .test_invoke_method()
            .rest_api_id(api)
            .resource_id(resource)
            .http_method(method)
            .path_with_query_string(path)
            .set_headers(Some(headers))
            .set_body(body.map(str::to_owned))
            .customize()
            .config_override(config)
            .send()
            .await
            .map_err(self.failed("TestInvokeMethod"))?;
        let headers: BTreeMap<_, _> = tested.headers.unwrap_or_default().into_iter().collect();
        Ok(MethodTest {
            status: tested.status.try_into().unwrap_or_default(),
            headers: headers.into_iter().collect(),
            body: tested.body.unwrap_or_default(),
            log: tested.log.unwrap_or_default(),
        })
    }
}

fn query(method: &types::Method) -> Vec<String> {
    let parameters = method.request_parameters.iter().flatten();
    let named = parameters.filter_map(|(name, _)| name.strip_prefix("method.request.querystring."));
    let mut names: Vec<String> = named.map(str::to_owned).collect();
    names.sort();
    names
}

/// Without what is empty.
///
/// Source: API Gateway developer guide, "x-amazon-apigateway-integration object".
fn described(integration: &types::Integration) -> Value {
    let mut described = Map::new();
    let mut set = |name: &str, value: Value| {
        let is_empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
        if !is_empty {
            described.insert(name.to_owned(), value);
        }
    };
    let kind = integration.r#type.as_ref();
    set("type", json!(kind.map(|kind| kind.as_str().to_lowercase())));
    set("uri", json!(integration.uri));
    set("httpMethod", json!(integration.http_method));
    set(
        "requestTemplates",
        sorted(integration.request_templates.as_ref()),
    );
    set(
        "requestParameters",
        sorted(integration.request_parameters.as_ref()),
    );
    let responses = integration.integration_responses.iter().flatten();
    let responses = responses.map(|(status, response)| {
        let pattern = response.selection_pattern.as_deref().unwrap_or_default();
        let pattern = if pattern.is_empty() {
            "default"
        } else {
            pattern
        };
        let mut described = Map::from_iter([("statusCode".to_owned(), json!(status))]);
        for (name, texts) in [
            ("responseParameters", response.response_parameters.as_ref()),
            ("responseTemplates", response.response_templates.as_ref()),
        ] {
            if texts.is_some_and(|texts| !texts.is_empty()) {
                described.insert(name.to_owned(), sorted(texts));
            }
        }
        (pattern.to_owned(), Value::Object(described))
    });
    set("responses", Value::Object(responses.collect()));
    Value::Object(described)
}

fn sorted(texts: Option<&std::collections::HashMap<String, String>>) -> Value {
    let texts: BTreeMap<_, _> = texts.into_iter().flatten().collect();
    json!(texts)
}
