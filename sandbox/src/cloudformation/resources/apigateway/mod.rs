//! The types of API Gateway.

mod account;
mod authorizer;
mod deployment;
mod gateway_response;
mod method;
mod model;
mod request_validator;
mod resource;
mod rest_api;
mod stage;

use serde_json::{Map, Value, json};

pub use account::Account;
pub use authorizer::Authorizer;
pub use deployment::Deployment;
pub use gateway_response::GatewayResponse;
pub use method::Method;
pub use model::Model;
pub use request_validator::RequestValidator;
pub use resource::Resource;
pub use rest_api::RestApi;
pub use stage::Stage;

use crate::apigateway::ApiGateway;
use crate::fault::Fault;

const MISSING: &str = "NotFoundException";
const CONFLICT: &str = "ConflictException";

/// `name` with a small first letter, as API Gateway names its members.
fn member(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Those of the properties that have the names, as members of a request.
fn members(properties: &Value, names: &[&str]) -> Map<String, Value> {
    let given = names.iter().filter_map(|name| {
        let value = properties.get(name)?;
        Some((member(name), value.clone()))
    });
    given.collect()
}

/// Flags, which are texts in [`super::Shape::Texts`].
fn flags(texts: &Value) -> Value {
    let texts = texts.as_object().into_iter().flatten();
    let flags = texts.map(|(name, text)| (name.clone(), json!(text == "true")));
    Value::Object(flags.collect())
}

fn operation(op: &str, path: &str, value: &str) -> Value {
    json!({ "op": op, "path": path, "value": value })
}

/// The operations that bring a text, a number or a flag from `old` to `new`; without a value it becomes
/// `default`.
fn patch(name: &str, default: &str, old: &Value, new: &Value) -> Option<Value> {
    if old.get(name) == new.get(name) {
        return None;
    }
    let value = match new.get(name) {
        None => default.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    Some(operation("replace", &format!("/{}", member(name)), &value))
}

/// The operations that bring a map of texts under the path from `old` to `new`.
fn patch_texts(path: &str, old: &Value, new: &Value) -> Vec<Value> {
    let empty = Map::new();
    let [old, new] = [old, new].map(|it| it.as_object().unwrap_or(&empty));
    let at = |name: &String| format!("{path}/{}", escaped(name));
    let removed = old.keys().filter(|name| !new.contains_key(*name));
    let removed = removed.map(|name| operation("remove", &at(name), ""));
    let set = new
        .iter()
        .filter(|(name, value)| old.get(*name) != Some(value));
    let set = set
        .map(|(name, value)| operation("replace", &at(name), value.as_str().unwrap_or_default()));
    removed.chain(set).collect()
}

/// A name as a segment of a path.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Patches a thing, if there is anything to patch.
async fn update(
    gateway: &ApiGateway,
    operation: &'static str,
    mut thing: Value,
    operations: Vec<Value>,
) -> Result<(), Fault> {
    if operations.is_empty() {
        return Ok(());
    }
    thing["patchOperations"] = Value::Array(operations);
    super::ask(gateway, operation, thing).await.map(drop)
}
