//! The document as a whole: its version, its paths, and references within it.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::operation::{METHODS, Reader};
use super::{BasePath, Description, Invalid, models, yaml};

/// The largest document, in bytes: API Gateway's quota "API definition size", 6 MB.
const BYTES: usize = 6 * 1024 * 1024;
/// How many references may follow one another.
const HOPS: usize = 16;
/// What references may copy altogether, in bytes: many to one large part would make a small document huge.
const COPIED_BYTES: usize = 32 * 1024 * 1024;

pub(super) struct Document {
    root: Value,
    /// Whether it is Swagger 2.0.
    pub is_swagger: bool,
    /// How much references have copied.
    copied: Cell<usize>,
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > BYTES {
            return Err(Invalid(format!(
                "The document is larger than {BYTES} bytes."
            )));
        }
        let json = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).ok()
        } else {
            None
        };
        let invalid = |reason: &str| Invalid(format!("Invalid OpenAPI input. ({reason})"));
        let root: Value = match json {
            Some(root) => root,
            None => yaml::read(text).map_err(|reason| invalid(&reason))?,
        };
        let version = |name: &str| shown(&root[name]).unwrap_or_default();
        let is_swagger = version("swagger").starts_with('2');
        if !is_swagger && !version("openapi").starts_with('3') {
            return Err(invalid(
                "neither `swagger: 2.0` nor `openapi: 3` is at the top",
            ));
        }
        Ok(Self {
            root,
            is_swagger,
            copied: Cell::new(0),
        })
    }

    /// A member of the document's top.
    pub(super) fn top(&self, name: &str) -> &Value {
        &self.root[name]
    }

    /// The parts that others refer to: `schemas`, for example.
    pub(super) fn components(&self, swagger: &str, openapi: &str) -> &Value {
        if self.is_swagger {
            &self.root[swagger]
        } else {
            &self.root["components"][openapi]
        }
    }

    /// The value itself, or what it refers to.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> Result<&'a Value, Invalid> {
        let mut value = value;
        for hop in 0..HOPS {
            let Some(reference) = value.get("$ref") else {
                if hop > 0 {
                    self.copied.set(self.copied.get() + size(value));
                }
                if self.copied.get() > COPIED_BYTES {
                    return Err(Invalid(
                        "The references of the document copy too much.".to_owned(),
                    ));
                }
                return Ok(value);
            };
            let reference = reference.as_str().unwrap_or_default();
            let found = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            value = found.ok_or_else(|| {
                Invalid(format!(
                    "Unable to resolve the reference '{reference}' in the document."
                ))
            })?;
        }
        Err(Invalid("A reference refers to itself.".to_owned()))
    }

    pub(super) fn describe(&self, api: &str, base_path: BasePath) -> Result<Description, Invalid> {
        let mut description = Description {
            name: shown(&self.top("info")["title"]),
            description: shown(&self.top("info")["description"]),
            version: shown(&self.top("info")["version"]),
            api_key_source: shown(self.top("x-amazon-apigateway-api-key-source")),
            binary_media_types: texts(self.top("x-amazon-apigateway-binary-media-types")),
            request_validators: self.request_validators(),
            gateway_responses: self.gateway_responses(),
            ..Description::default()
        };
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

/// About how many bytes a value has.
fn size(value: &Value) -> usize {
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| name.len() + size(member))
            .sum(),
        _ => 0,
    };
    size_of::<Value>() + inner
}

/// A scalar as text.
pub(super) fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

pub(super) fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(shown)
        .collect()
}

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The members of an object as texts: what is no text is written as JSON.
pub(super) fn text_members(value: &Value) -> Map<String, Value> {
    let member = |(name, value): (&String, &Value)| {
        let text = shown(value).unwrap_or_else(|| value.to_string());
        (name.clone(), text.into())
    };
    members(value).map(member).collect()
}
