//! Models: the schemas of a document.

use serde_json::{Value, json};

use super::Description;
use super::document::{Document, members, shown};

/// Adds the models of the document's schemas.
pub(super) fn describe(document: &Document, api: &str, description: &mut Description) {
    for (name, schema) in members(document.components("definitions", "schemas")) {
        description
            .models
            .insert(name.clone(), model(name, schema, api));
    }
}

/// The name of the model for a schema: what it refers to, or a new model.
pub(super) fn name(schema: &Value, api: &str, description: &mut Description) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
        && let Some(name) = referred(reference)
    {
        return name.to_owned();
    }
    let mut number = description.models.len();
    let name = loop {
        let name = format!("MODEL{number:06x}");
        if !description.models.contains_key(&name) {
            break name;
        }
        number += 1;
    };
    description
        .models
        .insert(name.clone(), model(&name, schema, api));
    name
}

fn model(name: &str, schema: &Value, api: &str) -> Value {
    let mut schema = schema.clone();
    redirect(&mut schema, api);
    let mut model = json!({
        "name": name,
        "contentType": "application/json",
        "schema": schema.to_string(),
    });
    if let Some(description) = shown(&schema["description"]) {
        model["description"] = description.into();
    }
    model
}

/// Makes references to models of references within the document. Documents are at most 127 deep.
fn redirect(schema: &mut Value, api: &str) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && let Some(name) = referred(reference)
            {
                *reference =
                    format!("https://apigateway.amazonaws.com/restapis/{api}/models/{name}");
            }
            members
                .values_mut()
                .for_each(|member| redirect(member, api));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, api)),
        _ => {}
    }
}

/// The name of the schema that a reference names.
fn referred(reference: &str) -> Option<&str> {
    let prefixes = ["#/definitions/", "#/components/schemas/"];
    prefixes
        .iter()
        .find_map(|prefix| reference.strip_prefix(prefix))
}
