//! Models: JSON Schemas of bodies.

use serde::Deserialize;
use serde_json::{Value, json};

use super::definition::{Definition, Method, Model};
use super::fault::{bad_request, check_description, conflict, missing};
use super::list::PageRequest;
use super::patch::{self, Kind, PatchOperation, Patchable};
use super::{ApiGateway, ids};
use crate::fault::{Answer, Fault};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateModelRequest {
    rest_api_id: String,
    #[serde(flatten)]
    model: Model,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelRef {
    rest_api_id: String,
    model_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRequest {
    pub rest_api_id: String,
    #[serde(flatten)]
    pub page: PageRequest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateModelRequest {
    rest_api_id: String,
    model_name: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

const PATCHABLE: &[Patchable] = &[("/description", Kind::Text), ("/schema", Kind::Text)];

pub async fn create(gateway: &ApiGateway, request: CreateModelRequest) -> Answer {
    let mut model = request.model;
    gateway.change(&request.rest_api_id, |api| {
        model.id = ids::new(ids::INNER);
        model.check()?;
        let models = &mut api.definition.models;
        if models.contains_key(&model.name) {
            return Err(conflict("Model name already exists for this REST API"));
        }
        let shown = json!(model);
        models.insert(model.name.clone(), model);
        Ok(shown)
    })
}

pub async fn get(gateway: &ApiGateway, request: ModelRef) -> Answer {
    let definition = gateway.api(&request.rest_api_id)?.definition;
    let model = definition.models.get(&request.model_name);
    Ok(json!(
        model.ok_or_else(|| no_such_model(&request.model_name))?
    ))
}

pub async fn list(gateway: &ApiGateway, request: ListRequest) -> Answer {
    let models = gateway.api(&request.rest_api_id)?.definition.models;
    let shown = models.into_iter().map(|(name, model)| (name, json!(model)));
    request.page.of("models", shown.collect())
}

pub async fn update(gateway: &ApiGateway, request: UpdateModelRequest) -> Answer {
    gateway.change(&request.rest_api_id, |api| {
        let model = api.definition.models.get_mut(&request.model_name);
        let model = model.ok_or_else(|| no_such_model(&request.model_name))?;
        patch::apply(model, PATCHABLE, &request.patch_operations)?;
        model.description.take_if(|text| text.is_empty());
        model.check()?;
        Ok(json!(model))
    })
}

pub async fn delete(gateway: &ApiGateway, request: ModelRef) -> Answer {
    let name = request.model_name;
    gateway.change(&request.rest_api_id, |api| {
        let uses = |method: &Method| {
            let responses = method.method_responses.values();
            let mut models = responses
                .flat_map(|response| response.response_models.values())
                .chain(method.request_models.values());
            models.any(|model| *model == name)
        };
        if let Some(method) = find_method(&api.definition, uses) {
            return Err(conflict(format!(
                "Cannot delete model '{name}', is referenced in method request: {method}"
            )));
        }
        let removed = api.definition.models.remove(&name);
        removed
            .map(|_| json!({}))
            .ok_or_else(|| no_such_model(&name))
    })
}

/// The path and the name of the first method that is so.
pub fn find_method(definition: &Definition, is: impl Fn(&Method) -> bool) -> Option<String> {
    let mut resources = definition.resources.values();
    resources.find_map(|resource| {
        let method = resource.methods.values().find(|method| is(method))?;
        let path = definition.path(resource);
        Some(format!("{path}/{}", method.http_method))
    })
}

fn no_such_model(name: &str) -> Fault {
    missing(format!("Invalid model name specified: {name}"))
}

impl Model {
    pub fn check(&self) -> Result<(), Fault> {
        check_description(self.description.as_deref())?;
        if !self.content_type.contains('/') {
            return Err(bad_request("Invalid content type specified"));
        }
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if !is_name(&self.name) {
            return Err(bad_request(format!(
                "Model name must be alphanumeric: {}",
                self.name
            )));
        }
        let schema = self.schema.as_deref().unwrap_or_default();
        let is_schema = schema.is_empty()
            || serde_json::from_str(schema).is_ok_and(|schema: Value| schema.is_object());
        if is_schema {
            return Ok(());
        }
        Err(bad_request(
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema \
             specified]",
        ))
    }
}
