//! Request validators.

use serde::Deserialize;
use serde_json::json;

use super::definition::Validator;
use super::fault::{conflict, not_found};
use super::models::{ListRequest, find_method};
use super::patch::{self, Kind, PatchOperation, Patchable};
use super::{ApiGateway, ids};
use crate::fault::{Answer, Fault};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateValidatorRequest {
    rest_api_id: String,
    #[serde(flatten)]
    validator: Validator,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidatorRef {
    rest_api_id: String,
    request_validator_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateValidatorRequest {
    rest_api_id: String,
    request_validator_id: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

const PATCHABLE: &[Patchable] = &[
    ("/name", Kind::Text),
    ("/validateRequestBody", Kind::Flag),
    ("/validateRequestParameters", Kind::Flag),
];

pub async fn create(gateway: &ApiGateway, request: CreateValidatorRequest) -> Answer {
    create_as(gateway, &ids::new(ids::INNER), request)
}

/// Creates a validator that has this id.
pub fn create_as(gateway: &ApiGateway, id: &str, request: CreateValidatorRequest) -> Answer {
    let mut validator = request.validator;
    id.clone_into(&mut validator.id);
    gateway.change(&request.rest_api_id, |api| {
        let validators = &mut api.definition.validators;
        if validators.contains_key(id) {
            return Err(conflict("The request validator identifier is in use"));
        }
        let shown = json!(validator);
        validators.insert(id.to_owned(), validator);
        Ok(shown)
    })
}

pub async fn get(gateway: &ApiGateway, request: ValidatorRef) -> Answer {
    let definition = gateway.api(&request.rest_api_id)?.definition;
    let validator = definition.validators.get(&request.request_validator_id);
    Ok(json!(validator.ok_or_else(no_such_validator)?))
}

pub async fn list(gateway: &ApiGateway, request: ListRequest) -> Answer {
    let validators = gateway.api(&request.rest_api_id)?.definition.validators;
    let shown = validators.into_iter().map(|(id, it)| (id, json!(it)));
    request.page.of("requestvalidators", shown.collect())
}

pub async fn update(gateway: &ApiGateway, request: UpdateValidatorRequest) -> Answer {
    gateway.change(&request.rest_api_id, |api| {
        let validator = api
            .definition
            .validators
            .get_mut(&request.request_validator_id);
        let validator = validator.ok_or_else(no_such_validator)?;
        patch::apply(validator, PATCHABLE, &request.patch_operations)?;
        Ok(json!(validator))
    })
}

pub async fn delete(gateway: &ApiGateway, request: ValidatorRef) -> Answer {
    let id = request.request_validator_id;
    gateway.change(&request.rest_api_id, |api| {
        let user = find_method(&api.definition, |method| {
            method.request_validator_id.as_deref() == Some(id.as_str())
        });
        if let Some(method) = user {
            return Err(conflict(format!(
                "Cannot delete request validator '{id}', is referenced in method request: {method}"
            )));
        }
        let removed = api.definition.validators.remove(&id);
        removed.map(|_| json!({})).ok_or_else(no_such_validator)
    })
}

fn no_such_validator() -> Fault {
    not_found("Request Validator")
}
