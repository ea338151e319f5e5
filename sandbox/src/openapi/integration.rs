//! `x-amazon-apigateway-integration`

use serde_json::{Map, Value, json};

use super::document::{members, shown, text_members, texts};

/// Members that are as in the control plane.
const TEXTS: &[&str] = &[
    "httpMethod",
    "uri",
    "credentials",
    "cacheNamespace",
    "connectionType",
    "connectionId",
];
/// Members whose words the document may write in small letters.
const WORDS: &[&str] = &["type", "passthroughBehavior", "contentHandling"];

/// The integration as `GetIntegration` shows it. What is left out is added to the warnings, of which `place` says
/// where it is.
pub(super) fn read(integration: &Value, place: &str, warnings: &mut Vec<String>) -> Value {
    let mut shape = Map::new();
    for name in TEXTS {
        if let Some(text) = shown(&integration[name]) {
            shape.insert((*name).to_owned(), text.into());
        }
    }
    for name in WORDS {
        if let Some(word) = shown(&integration[name]) {
            shape.insert((*name).to_owned(), word.to_ascii_uppercase().into());
        }
    }
    // A mock has none, and the document may have one all the same.
    if shape.get("type").is_some_and(|kind| kind == "MOCK") {
        shape.remove("httpMethod");
    }
    let parameters = parameters(
        &integration["requestParameters"],
        "requestParameters",
        place,
        warnings,
    );
    insert_all(&mut shape, "requestParameters", parameters);
    insert_all(
        &mut shape,
        "requestTemplates",
        text_members(&integration["requestTemplates"]),
    );
    let keys = texts(&integration["cacheKeyParameters"]);
    if !keys.is_empty() {
        shape.insert("cacheKeyParameters".to_owned(), keys.into());
    }
    let timeout = integration["timeoutInMillis"].as_u64();
    if let Some(timeout) = timeout {
        shape.insert("timeoutInMillis".to_owned(), timeout.into());
    }
    let mut responses = Map::new();
    for (pattern, response) in members(&integration["responses"]) {
        let Some(status) = shown(&response["statusCode"]) else {
            warnings.push(format!(
                "The integration response '{pattern}' of {place} has no statusCode"
            ));
            continue;
        };
        let response = integration_response(pattern, &status, response, place, warnings);
        responses.insert(status, response);
    }
    insert_all(&mut shape, "integrationResponses", responses);
    Value::Object(shape)
}

fn integration_response(
    pattern: &str,
    status: &str,
    response: &Value,
    place: &str,
    warnings: &mut Vec<String>,
) -> Value {
    let mut shape = Map::new();
    shape.insert("statusCode".to_owned(), status.into());
    if pattern != "default" {
        shape.insert("selectionPattern".to_owned(), pattern.into());
    }
    let parameters = parameters(
        &response["responseParameters"],
        "responseParameters",
        place,
        warnings,
    );
    insert_all(&mut shape, "responseParameters", parameters);
    insert_all(
        &mut shape,
        "responseTemplates",
        text_members(&response["responseTemplates"]),
    );
    if let Some(handling) = shown(&response["contentHandling"]) {
        shape.insert(
            "contentHandling".to_owned(),
            json!(handling.to_ascii_uppercase()),
        );
    }
    Value::Object(shape)
}

/// Parameters are texts; others are left out, as API Gateway does.
fn parameters(
    value: &Value,
    name: &str,
    place: &str,
    warnings: &mut Vec<String>,
) -> Map<String, Value> {
    let mut parameters = Map::new();
    for (target, source) in members(value) {
        if source.is_string() {
            parameters.insert(target.clone(), source.clone());
        } else {
            warnings.push(format!(
                "Invalid format for '{name}'. Expected type string for property '{target}' of {place} but got \
                 '{source}'"
            ));
        }
    }
    parameters
}

fn insert_all(shape: &mut Map<String, Value>, name: &str, members: Map<String, Value>) {
    if !members.is_empty() {
        shape.insert(name.to_owned(), Value::Object(members));
    }
}
