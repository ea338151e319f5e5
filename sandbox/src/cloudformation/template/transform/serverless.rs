//! `AWS::Serverless-2016-10-31`, SAM's transform: functions with their roles, APIs, and simple
//! tables.

use serde_json::{Map, Value, json};

use super::api::Endpoint;
use super::declared::{Declared, failed, invalid};
use super::globals::{self, Globals};
use super::s3_event::OfBucket;
use super::{api, function, s3_event, table};

/// Replaces the resources of SAM's types.
pub fn expand(body: Value) -> Result<Value, String> {
    let Value::Object(mut sections) = body else {
        return Ok(body);
    };
    sections.remove("Transform");
    let globals = Globals::read(sections.remove(globals::SECTION).as_ref())?;
    let declared = sections.remove("Resources");
    let declared = declared.as_ref().and_then(Value::as_object);
    let declared: Vec<(&String, &Value)> = declared.into_iter().flatten().collect();
    let mut resources = Map::new();
    let mut errors = Vec::new();
    let endpoints = endpoints(&declared, &globals);
    let endpoints = endpoints.unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    });
    let implicit = api::IMPLICIT.to_owned();
    let shared = json!({ "Type": api::TYPE, "Properties": { "StageName": "Prod" } });
    let has_shared = endpoints
        .iter()
        .any(|endpoint| endpoint.api == api::IMPLICIT);
    let with_shared = has_shared.then_some((&implicit, &shared));
    let told = told_of_buckets(&declared, &globals);
    for (id, resource) in declared.into_iter().chain(with_shared) {
        match expanded(id, resource, &globals, &endpoints) {
            Ok(made) => {
                for (id, made) in made {
                    if resources.insert(id.clone(), made).is_some() {
                        errors.push(taken(&id));
                    }
                }
            }
            Err(error) => errors.push(error),
        }
    }
    for event in told.unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    }) {
        errors.extend(event.add_to(&mut resources).err());
    }
    if !errors.is_empty() {
        return Err(failed(&errors));
    }
    sections.insert("Resources".to_owned(), Value::Object(resources));
    Ok(Value::Object(sections))
}

/// The events of all functions that are endpoints of APIs. Each of these APIs is in the template, or is
/// the implicit one.
fn endpoints(declared: &[(&String, &Value)], globals: &Globals) -> Result<Vec<Endpoint>, String> {
    let kind = |resource: &Value| resource["Type"].as_str().unwrap_or_default().to_owned();
    let mut endpoints = Vec::new();
    for (id, resource) in declared.iter().filter(|(_, it)| kind(it) == function::TYPE) {
        let function = with_defaults(id, resource, globals);
        endpoints.extend(api::endpoints(&function, resource.get("Condition"))?);
    }
    let is_there = |api: &str| {
        let mut declared = declared.iter();
        api == api::IMPLICIT || declared.any(|(id, it)| *id == api && kind(it) == api::TYPE)
    };
    match endpoints.iter().find(|endpoint| !is_there(&endpoint.api)) {
        None => Ok(endpoints),
        Some(endpoint) => Err(invalid(
            &endpoint.api,
            "RestApiId of an Api event must be a reference to an 'AWS::Serverless::Api' resource in \
             the same template.",
        )),
    }
}

/// What the events of all functions add to buckets.
fn told_of_buckets(
    declared: &[(&String, &Value)],
    globals: &Globals,
) -> Result<Vec<OfBucket>, String> {
    let functions = declared
        .iter()
        .filter(|(_, it)| it["Type"] == function::TYPE);
    let mut told = Vec::new();
    for (id, resource) in functions {
        let function = with_defaults(id, resource, globals);
        told.extend(s3_event::of_buckets(&function, resource.get("Condition"))?);
    }
    Ok(told)
}

fn with_defaults<'a>(id: &'a str, declared: &'a Value, globals: &Globals) -> Declared<'a> {
    let kind = declared["Type"].as_str().unwrap_or_default();
    let own = declared["Properties"].as_object();
    let properties = globals.merged(kind, own.cloned().unwrap_or_default());
    Declared::new(id, declared, properties)
}

/// What becomes of one resource: itself, if it is not SAM's.
fn expanded(
    id: &str,
    declared: &Value,
    globals: &Globals,
    endpoints: &[Endpoint],
) -> Result<Vec<(String, Value)>, String> {
    let kind = declared["Type"].as_str().unwrap_or_default();
    let with_defaults = || with_defaults(id, declared, globals);
    match kind {
        api::TYPE => {
            let own = endpoints.iter().filter(|endpoint| endpoint.api == id);
            api::expand(&with_defaults(), &own.cloned().collect::<Vec<_>>())
        }
        function::TYPE => function::expand(&with_defaults()),
        table::TYPE => table::expand(&with_defaults()),
        _ if kind.starts_with("AWS::Serverless::") => Err(invalid(
            id,
            format_args!(
                "The sandbox does not support {kind}; it supports {}, {} and {}",
                api::TYPE,
                function::TYPE,
                table::TYPE
            ),
        )),
        _ => Ok(vec![(id.to_owned(), declared.clone())]),
    }
}

fn taken(id: &str) -> String {
    invalid(
        id,
        "The transform makes a resource with this id for a function or an API, such as the function's id \
         followed by `Role`, and another resource has this id; rename one of them",
    )
}
