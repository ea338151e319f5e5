//! Transforms: steps that make another template out of a template before it is checked as a whole.

mod api;
mod async_events;
mod auth;
mod cors;
mod declared;
mod event;
mod function;
mod globals;
mod policies;
mod role;
mod rule_events;
mod s3_event;
mod schedule_event;
mod serverless;
mod sns_event;
mod source_events;
mod table;

use serde_json::Value;

use super::intrinsic::Intrinsic;
use super::path::Path;
use super::walk::calls;

const SERVERLESS: &str = "AWS::Serverless-2016-10-31";
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// The transforms that `body` asks for.
pub fn names(body: &Value) -> Result<Vec<String>, String> {
    let names = match body.get("Transform") {
        None => return Ok(Vec::new()),
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) if names.iter().all(Value::is_string) => names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(_) => {
            return Err(
                "Template format error: Transform must be a string or a list of strings (at \
                 /Transform)"
                    .to_owned(),
            );
        }
    };
    let known = |name: &&String| [SERVERLESS, LANGUAGE_EXTENSIONS].contains(&name.as_str());
    match names.iter().find(|name| !known(name)) {
        None => Ok(names),
        Some(name) => Err(format!(
            "the sandbox does not support the transform {name}; it supports {SERVERLESS} and \
             {LANGUAGE_EXTENSIONS} (at /Transform)"
        )),
    }
}

/// The section that the transforms add to the language.
pub fn section(transforms: &[String]) -> Option<&'static str> {
    asks_for(transforms, SERVERLESS).then_some(globals::SECTION)
}

pub fn extends_the_language(transforms: &[String]) -> bool {
    asks_for(transforms, LANGUAGE_EXTENSIONS)
}

/// Replaces the functions of `AWS::LanguageExtensions` by their values, where these do not depend on
/// other functions.
pub fn resolve_extensions(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(resolve_extensions),
        Value::Object(members) => members.values_mut().for_each(resolve_extensions),
        _ => {}
    }
    let is_plain = |value: &Value| {
        let path = Path::section("Resources");
        calls(value, &path, None, &mut |_, _| Err(String::new())).is_ok()
    };
    let known = match Intrinsic::read(value) {
        Ok(Some(Intrinsic::Length(Value::Array(items)))) => Some(Value::from(items.len())),
        Ok(Some(Intrinsic::ToJsonString(plain))) if is_plain(plain) => {
            Some(Value::from(plain.to_string()))
        }
        _ => None,
    };
    if let Some(known) = known {
        *value = known;
    }
}

pub fn expand(body: Value, transforms: &[String]) -> Result<Value, String> {
    if asks_for(transforms, SERVERLESS) {
        return serverless::expand(body);
    }
    Ok(body)
}

fn asks_for(transforms: &[String], transform: &str) -> bool {
    transforms.iter().any(|name| name == transform)
}
