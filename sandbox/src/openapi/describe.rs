//! Describes a document: what it says of the API as a whole, and its paths.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::{Document, members, shown, text_members, texts};
use super::operation::{METHODS, Reader};
use super::{BasePath, Description, Invalid, models, security};

/// Who may call the API: without it, more people could than the document says.
const POLICY: &str = "x-amazon-apigateway-policy";

impl Document {
    pub(super) fn describe(&self, api: &str, base_path: BasePath) -> Result<Description, Invalid> {
        let mut description = Description {
            name: shown(&self.top("info")["title"]),
            description: shown(&self.top("info")["description"]),
            version: shown(&self.top("info")["version"]),
            api_key_source: shown(self.top("x-amazon-apigateway-api-key-source")),
            binary_media_types: texts(self.top("x-amazon-apigateway-binary-media-types")),
            request_validators: self.request_validators(),
            authorizers: security::authorizers(self),
            gateway_responses: self.gateway_responses(),
            ..Description::default()
        };
        if !self.top(POLICY).is_null() {
            return Err(Invalid(format!(
                "the sandbox does not support policies of APIs, {POLICY}"
            )));
        }
        self.describe_endpoint(&mut description);
        models::describe(self, api, &mut description);
        let prefix = self.base_path(base_path);
        for (path, item) in members(self.top("paths")) {
            let full = format!("{prefix}{path}");
            let full = if full.len() > 1 {
                full.trim_end_matches('/')
            } else {
                &full
            };
            if !full.starts_with('/') {
                return Err(Invalid(format!(
                    "The path '{path}' does not start with a slash."
                )));
            }
            let item = self.resolve(item)?;
            let mut methods = BTreeMap::new();
            for (name, method) in METHODS {
                if let Some(operation) = item.get(*name) {
                    let reader = Reader::new(self, api, full, method, &mut description);
                    methods.insert((*method).to_owned(), reader.read(item, operation)?);
                }
            }
            description
                .paths
                .entry(full.to_owned())
                .or_default()
                .extend(methods);
        }
        Ok(description)
    }

    fn describe_endpoint(&self, description: &mut Description) {
        // OpenAPI 3 has it at a server.
        let endpoint = "x-amazon-apigateway-endpoint-configuration";
        let endpoint = match self
            .top("servers")
            .get(0)
            .and_then(|server| server.get(endpoint))
        {
            Some(endpoint) => endpoint,
            None => self.top(endpoint),
        };
        description.endpoint_types = texts(&endpoint["types"]);
        description.disable_execute_api_endpoint = endpoint["disableExecuteApiEndpoint"].as_bool();
    }

    fn request_validators(&self) -> Vec<Value> {
        let validators = members(self.top("x-amazon-apigateway-request-validators"));
        let validator = |(name, validator): (&String, &Value)| {
            json!({
                "name": name,
                "validateRequestBody": validator["validateRequestBody"] == true,
                "validateRequestParameters": validator["validateRequestParameters"] == true,
            })
        };
        validators.map(validator).collect()
    }

    fn gateway_responses(&self) -> Vec<Value> {
        let responses = members(self.top("x-amazon-apigateway-gateway-responses"));
        let response = |(kind, response): (&String, &Value)| {
            let mut shape = json!({
                "responseType": kind,
                "responseParameters": text_members(&response["responseParameters"]),
                "responseTemplates": text_members(&response["responseTemplates"]),
            });
            if let Some(status) = shown(&response["statusCode"]) {
                shape["statusCode"] = status.into();
            }
            shape
        };
        responses.map(response).collect()
    }

    /// The base path, as far as the import keeps it: empty, or with a slash before each segment.
    fn base_path(&self, keep: BasePath) -> String {
        let path = if self.is_swagger {
            shown(self.top("basePath")).unwrap_or_default()
        } else {
            self.top("servers")
                .get(0)
                .map(server_path)
                .unwrap_or_default()
        };
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let left_out = match keep {
            BasePath::Ignore => usize::MAX,
            BasePath::Prepend => 0,
            BasePath::Split => 1,
        };
        segments
            .skip(left_out)
            .flat_map(|segment| ["/", segment])
            .collect()
    }
}

/// The path of a server's address, with the defaults of its variables.
fn server_path(server: &Value) -> String {
    let mut url = shown(&server["url"]).unwrap_or_default();
    for (name, variable) in members(&server["variables"]) {
        let default = shown(&variable["default"]).unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), &default);
    }
    match url.split_once("://") {
        Some((_, rest)) => rest
            .split_once('/')
            .map_or(String::new(), |(_, path)| path.to_owned()),
        None => url,
    }
}
