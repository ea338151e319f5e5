//! `ImportRestApi` and `PutRestApi`: APIs from OpenAPI documents.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::definition::{
    Authorizer, Definition, GatewayResponse, Method, Model, Resource, Validator,
};
use super::fault::bad_request;
use super::rest_apis::{self, RestApi};
use super::{ApiGateway, gateway_responses, ids, resources};
use crate::fault::{Answer, Fault};
use crate::openapi::{self, BasePath, Description};
use crate::service::Request;
use crate::wire::{self, Protocol, lenient};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    #[serde(default)]
    rest_api_id: String,
    mode: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    fail_on_warnings: Option<bool>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// What an import does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether what the document does not have is removed.
    pub overwrite: bool,
    pub fail_on_warnings: bool,
    pub base_path: BasePath,
}

pub async fn import(gateway: &ApiGateway, request: Request) -> Answer {
    let (parameters, text) = read(request)?;
    let options = parameters.options(true)?;
    let title = openapi::read(&text, "", options.base_path)
        .map_err(invalid)?
        .name;
    let name = title.ok_or_else(|| bad_request("Invalid OpenAPI input. (it has no title)"))?;
    let api = wire::read(json!({ "name": name }), Protocol::RestJson { routes: &[] })?;
    let id = ids::new(ids::API);
    rest_apis::create_as(gateway, &id, api)?;
    let imported = gateway.import(&id, &text, options);
    if imported.is_err() {
        gateway.apis.remove(&id)?;
    }
    imported
}

pub async fn put(gateway: &ApiGateway, request: Request) -> Answer {
    let (parameters, text) = read(request)?;
    let overwrite = parameters.mode.as_deref() == Some("overwrite");
    let options = parameters.options(overwrite)?;
    gateway.import(&parameters.rest_api_id, &text, options)
}

fn read(request: Request) -> Result<(Parameters, String), Fault> {
    let text = String::from_utf8(request.payload.to_vec());
    let text = text.map_err(|_| bad_request("Invalid OpenAPI input. (it is not UTF-8)"))?;
    let parameters = wire::read(request.parameters, Protocol::RestJson { routes: &[] })?;
    Ok((parameters, text))
}

fn invalid(invalid: openapi::Invalid) -> Fault {
    bad_request(invalid.to_string())
}

impl Parameters {
    fn options(&self, overwrite: bool) -> Result<Options, Fault> {
        let mut base_path = BasePath::default();
        for (name, value) in &self.parameters {
            base_path = match (name.as_str(), value.as_str()) {
                ("basepath", "ignore") => BasePath::Ignore,
                ("basepath", "prepend") => BasePath::Prepend,
                ("basepath", "split") => BasePath::Split,
                // Documentation parts do not exist here.
                ("ignore", "documentation") => base_path,
                _ => {
                    return Err(bad_request(format!(
                        "the sandbox does not support the import parameter {name}={value}; it \
                         supports basepath=ignore, prepend or split"
                    )));
                }
            };
        }
        Ok(Options {
            overwrite,
            fail_on_warnings: self.fail_on_warnings.unwrap_or_default(),
            base_path,
        })
    }
}

impl ApiGateway {
    /// Makes the API what the document says, or adds that to it.
    pub fn import(&self, id: &str, document: &str, options: Options) -> Answer {
        let description = openapi::read(document, id, options.base_path).map_err(invalid)?;
        if options.fail_on_warnings && !description.warnings.is_empty() {
            return Err(bad_request(format!(
                "Warnings found during import:\n\t{}",
                description.warnings.join("\n\t")
            )));
        }
        for authorizer in &description.authorizers {
            self.check_authorizer(&part(authorizer)?)?;
        }
        self.change(id, |api| {
            let mut changed = api.clone();
            changed.apply(&description, options.overwrite)?;
            *api = changed;
            let mut shown = api.shown();
            if !description.warnings.is_empty() {
                shown["warnings"] = json!(description.warnings);
            }
            Ok(shown)
        })
    }
}

impl RestApi {
    fn apply(&mut self, description: &Description, overwrite: bool) -> Result<(), Fault> {
        if overwrite {
            let root = self.definition.root().map(|root| root.id.clone());
            let new = || ids::new(ids::INNER);
            self.definition = Definition {
                disable_execute_api_endpoint: self.definition.disable_execute_api_endpoint,
                ..Definition::new(&root.unwrap_or_default(), [new(), new()])
            };
        }
        if let Some(name) = &description.name {
            name.clone_into(&mut self.name);
        }
        self.description = description.description.clone().or(self.description.take());
        self.version = description.version.clone().or(self.version.take());
        if let Some(source) = &description.api_key_source {
            source.clone_into(&mut self.api_key_source);
        }
        if !description.endpoint_types.is_empty() {
            self.endpoint_configuration.types = description.endpoint_types.clone();
        }
        let definition = &mut self.definition;
        if let Some(disable) = description.disable_execute_api_endpoint {
            definition.disable_execute_api_endpoint = disable;
        }
        for media_type in &description.binary_media_types {
            if !definition.binary_media_types.contains(media_type) {
                definition.binary_media_types.push(media_type.clone());
            }
        }
        definition.apply_parts(description)?;
        for (path, methods) in &description.paths {
            let resource = definition.resource_at(path)?;
            for (name, method) in methods {
                definition.apply_method(&resource, name, method)?;
            }
        }
        self.check()
    }
}

impl Definition {
    fn apply_parts(&mut self, description: &Description) -> Result<(), Fault> {
        for (name, model) in &description.models {
            let mut model: Model = part(model)?;
            let known = self.models.get(name).map(|known| known.id.clone());
            model.id = known.unwrap_or_else(|| ids::new(ids::INNER));
            model.check()?;
            self.models.insert(name.clone(), model);
        }
        for validator in &description.request_validators {
            let mut validator: Validator = part(validator)?;
            let mut known = self.validators.values();
            let known = known.find(|known| known.name == validator.name);
            validator.id = known.map_or_else(|| ids::new(ids::INNER), |known| known.id.clone());
            self.validators.insert(validator.id.clone(), validator);
        }
        for authorizer in &description.authorizers {
            let mut authorizer: Authorizer = part(authorizer)?;
            let mut known = self.authorizers.values();
            let known = known.find(|known| known.name == authorizer.name);
            authorizer.id = known.map_or_else(|| ids::new(ids::INNER), |known| known.id.clone());
            self.authorizers.insert(authorizer.id.clone(), authorizer);
        }
        self.check_authorizers()?;
        for response in &description.gateway_responses {
            let given: GatewayResponse = part(response)?;
            let response = gateway_responses::own(given)?;
            self.gateway_responses
                .insert(response.response_type.clone(), response);
        }
        Ok(())
    }

    /// The id of the resource with the path, which is made with all above it.
    fn resource_at(&mut self, path: &str) -> Result<String, Fault> {
        let root = self.root().map(|root| root.id.clone());
        let mut parent = root.unwrap_or_default();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let mut known = self.resources.values();
            let known =
                known.find(|it| it.parent_id.as_ref() == Some(&parent) && it.path_part == part);
            if let Some(known) = known {
                known.id.clone_into(&mut parent);
                continue;
            }
            let resource = Resource {
                id: ids::new(ids::INNER),
                parent_id: Some(parent),
                path_part: part.to_owned(),
                ..Resource::default()
            };
            resources::check(self, &resource)?;
            parent = resource.id.clone();
            self.resources.insert(parent.clone(), resource);
        }
        Ok(parent)
    }

    fn apply_method(
        &mut self,
        resource: &str,
        name: &str,
        given: &openapi::Method,
    ) -> Result<(), Fault> {
        let mut method: Method = part(&given.method)?;
        if let Some(validator) = &given.request_validator {
            let mut validators = self.validators.values();
            let found = validators.find(|known| known.name.as_ref() == Some(validator));
            let found = found.ok_or_else(|| {
                bad_request(format!("Invalid request validator specified: {validator}"))
            })?;
            method.request_validator_id = Some(found.id.clone());
        }
        if let Some(authorizer) = &given.authorizer {
            let mut authorizers = self.authorizers.values();
            let found = authorizers.find(|known| known.name == *authorizer);
            method.authorizer_id = found.map(|found| found.id.clone());
        }
        if let Some(integration) = &mut method.method_integration
            && integration.cache_namespace.is_empty()
        {
            resource.clone_into(&mut integration.cache_namespace);
        }
        method.check(self)?;
        for response in method.method_responses.values() {
            response.check()?;
        }
        if let Some(integration) = &method.method_integration {
            integration.check(&method)?;
            for response in integration.integration_responses.values() {
                response.check(&method)?;
            }
        }
        let resource = self.resource_mut(resource)?;
        resource.methods.insert(name.to_owned(), method);
        Ok(())
    }
}

/// A part of the document as the control plane has it.
fn part<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    serde_json::from_value(value.clone())
        .map_err(|error| bad_request(format!("Invalid OpenAPI input. ({error})")))
}
