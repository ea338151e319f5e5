//! Request validation: required parameters, and bodies that a model describes.
//!
//! Source: "Request validation for REST APIs in API Gateway" in its guide.

use serde_json::Value;

use super::answer::Failure;
use super::call::Call;
use super::parameters;
use super::schema;

pub fn check(call: &Call) -> Result<(), Failure> {
    let method = call.route.method;
    let id = method.request_validator_id.as_ref();
    let Some(validator) = id.and_then(|id| call.definition.validators.get(id)) else {
        return Ok(());
    };
    if validator.validate_request_parameters {
        let required = method
            .request_parameters
            .iter()
            .filter(|(_, required)| **required);
        let is_missing = |source: &&String| {
            parameters::value(source, call, None).is_none_or(|value| value.is_empty())
        };
        let missing: Vec<String> = required
            .map(|(source, _)| source)
            .filter(is_missing)
            .map(|source| source.splitn(4, '.').last().unwrap_or_default().to_owned())
            .collect();
        if !missing.is_empty() {
            return Err(Failure::MissingParameters(missing));
        }
    }
    if validator.validate_request_body {
        check_body(call)?;
    }
    Ok(())
}

fn check_body(call: &Call) -> Result<(), Failure> {
    let models = &call.route.method.request_models;
    let media_type = call.request.media_type();
    let model = models.get(&media_type).or_else(|| models.get("$default"));
    let model = model.and_then(|name| call.definition.models.get(name));
    let Some(schema) = model.and_then(|model| model.schema.as_deref()) else {
        return Ok(());
    };
    let Ok(schema) = serde_json::from_str::<Value>(schema) else {
        return Ok(());
    };
    let body = serde_json::from_slice(&call.request.body);
    let body: Value = body.map_err(|error| Failure::InvalidBody(format!("[{error}]")))?;
    let models = |name: &str| {
        let schema = call.definition.models.get(name)?.schema.as_deref()?;
        serde_json::from_str(schema).ok()
    };
    schema::check(&schema, &body, &models).map_err(|why| Failure::InvalidBody(format!("[{why}]")))
}
