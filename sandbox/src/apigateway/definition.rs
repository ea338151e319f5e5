//! What an API consists of: its resources with their methods, models, request validators, authorizers and
//! gateway responses. A deployment is a copy of it. The types are written as AWS shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fault::not_found;
use crate::fault::Fault;

pub type Texts = BTreeMap<String, String>;
pub type Flags = BTreeMap<String, bool>;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Definition {
    pub binary_media_types: Vec<String>,
    pub disable_execute_api_endpoint: bool,
    /// By id.
    pub resources: BTreeMap<String, Resource>,
    /// By name.
    pub models: BTreeMap<String, Model>,
    /// By id.
    pub validators: BTreeMap<String, Validator>,
    /// By id.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// Those that replace the standard ones, by type.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    pub id: String,
    /// The root has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// Empty at the root.
    pub path_part: String,
    #[serde(default)]
    pub methods: BTreeMap<String, Method>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Method {
    #[serde(default)]
    pub http_method: String,
    pub authorization_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_scopes: Vec<String>,
    #[serde(default)]
    pub api_key_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_validator_id: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub request_parameters: Flags,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub request_models: Texts,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub method_responses: BTreeMap<String, MethodResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_integration: Option<Integration>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodResponse {
    pub status_code: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_parameters: Flags,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_models: Texts,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    #[serde(rename = "type")]
    pub kind: IntegrationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub request_parameters: Texts,
    /// By media type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub request_templates: Texts,
    #[serde(default)]
    pub passthrough_behavior: Passthrough,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<ContentHandling>,
    #[serde(default = "longest_timeout")]
    pub timeout_in_millis: u64,
    #[serde(default)]
    pub cache_namespace: String,
    #[serde(default)]
    pub cache_key_parameters: Vec<String>,
    /// By the status code of the method response.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub integration_responses: BTreeMap<String, IntegrationResponse>,
}

pub fn longest_timeout() -> u64 {
    29_000
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IntegrationType {
    Aws,
    AwsProxy,
    Mock,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Passthrough {
    #[default]
    WhenNoMatch,
    WhenNoTemplates,
    Never,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContentHandling {
    ConvertToBinary,
    ConvertToText,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationResponse {
    pub status_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_pattern: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_parameters: Texts,
    /// By media type. A type without a template passes the body on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_templates: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<ContentHandling>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    #[serde(default)]
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub content_type: String,
    /// A JSON Schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validator {
    #[serde(default)]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub validate_request_body: bool,
    #[serde(default)]
    pub validate_request_parameters: bool,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorizer {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// What documents call the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<String>,
    /// The ARNs of user pools.
    #[serde(default, rename = "providerARNs")]
    pub provider_arns: Vec<String>,
    /// Where a request has its token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_validation_expression: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayResponse {
    pub response_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    #[serde(default)]
    pub response_parameters: Texts,
    #[serde(default)]
    pub response_templates: Texts,
    #[serde(default)]
    pub default_response: bool,
}

impl Definition {
    /// With a root, and the models that each API has from the start.
    pub fn new(root: &str, model_ids: [String; 2]) -> Self {
        let [empty, error] = model_ids;
        let root = Resource {
            id: root.to_owned(),
            ..Resource::default()
        };
        let model = |id, name: &str, description: &str, schema: Value| Model {
            id,
            name: name.to_owned(),
            description: Some(description.to_owned()),
            content_type: "application/json".to_owned(),
            schema: Some(format!("{schema:#}")),
        };
        let draft = "http://json-schema.org/draft-04/schema#";
        let models = [
            model(
                empty,
                "Empty",
                "This is a default empty schema model",
                json!({ "$schema": draft, "title": "Empty Schema", "type": "object" }),
            ),
            model(
                error,
                "Error",
                "This is a default error schema model",
                json!({ "$schema": draft, "title": "Error Schema", "type": "object",
                    "properties": { "message": { "type": "string" } } }),
            ),
        ];
        Self {
            resources: BTreeMap::from([(root.id.clone(), root)]),
            models: models.map(|it| (it.name.clone(), it)).into(),
            ..Self::default()
        }
    }

    pub fn root(&self) -> Option<&Resource> {
        let mut resources = self.resources.values();
        resources.find(|resource| resource.parent_id.is_none())
    }

    pub fn resource(&self, id: &str) -> Result<&Resource, Fault> {
        self.resources.get(id).ok_or_else(|| not_found("Resource"))
    }

    pub fn resource_mut(&mut self, id: &str) -> Result<&mut Resource, Fault> {
        let found = self.resources.get_mut(id);
        found.ok_or_else(|| not_found("Resource"))
    }

    pub fn method(&self, resource: &str, method: &str) -> Result<&Method, Fault> {
        let found = self.resource(resource)?.methods.get(method);
        found.ok_or_else(|| not_found("Method"))
    }

    pub fn method_mut(&mut self, resource: &str, method: &str) -> Result<&mut Method, Fault> {
        let found = self.resource_mut(resource)?.methods.get_mut(method);
        found.ok_or_else(|| not_found("Method"))
    }

    /// The path of a resource, such as `/pets/{id}`.
    pub fn path(&self, resource: &Resource) -> String {
        let mut parts = Vec::new();
        let mut next = Some(resource);
        while let Some(resource) = next {
            parts.push(resource.path_part.as_str());
            let parent = resource.parent_id.as_ref();
            next = parent.and_then(|parent| self.resources.get(parent));
        }
        parts.reverse();
        match parts.join("/") {
            root if root.is_empty() => "/".to_owned(),
            path => path,
        }
    }

    /// The resource with all that is below it.
    pub fn remove_resource(&mut self, id: &str) {
        self.resources.remove(id);
        let is_child = |resource: &&Resource| resource.parent_id.as_deref() == Some(id);
        let children = self.resources.values().filter(is_child);
        let children: Vec<String> = children.map(|child| child.id.clone()).collect();
        for child in children {
            self.remove_resource(&child);
        }
    }

    /// What AWS shows of a resource: its methods by name, or `whole`.
    pub fn shown(&self, resource: &Resource, whole: bool) -> Value {
        let mut shown = json!({ "id": resource.id, "path": self.path(resource) });
        if let Some(parent) = &resource.parent_id {
            shown["parentId"] = json!(parent);
            shown["pathPart"] = json!(resource.path_part);
        }
        if !resource.methods.is_empty() {
            let methods = resource.methods.iter().map(|(name, method)| {
                let method = if whole { json!(method) } else { json!({}) };
                (name.clone(), method)
            });
            shown["resourceMethods"] = Value::Object(methods.collect::<Map<_, _>>());
        }
        shown
    }
}

impl Method {
    pub fn integration(&self) -> Result<&Integration, Fault> {
        let integration = self.method_integration.as_ref();
        integration.ok_or_else(|| not_found("Integration"))
    }

    pub fn integration_mut(&mut self) -> Result<&mut Integration, Fault> {
        let integration = self.method_integration.as_mut();
        integration.ok_or_else(|| not_found("Integration"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_that_of_all_resources_above() {
        let mut definition = Definition::new("root", ["a".to_owned(), "b".to_owned()]);
        for (id, parent, part) in [
            ("pets", "root", "pets"),
            ("pet", "pets", "{id}"),
            ("rest", "pet", "{proxy+}"),
        ] {
            let resource = Resource {
                id: id.to_owned(),
                parent_id: Some(parent.to_owned()),
                path_part: part.to_owned(),
                ..Resource::default()
            };
            definition.resources.insert(id.to_owned(), resource);
        }
        let path = |id: &str| definition.path(&definition.resources[id]);
        assert_eq!(path("root"), "/");
        assert_eq!(path("pet"), "/pets/{id}");
        assert_eq!(path("rest"), "/pets/{id}/{proxy+}");
        definition.remove_resource("pets");
        assert_eq!(definition.resources.len(), 1);
    }
}
