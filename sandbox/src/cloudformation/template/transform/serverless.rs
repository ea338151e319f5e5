//! `AWS::Serverless-2016-10-31`, SAM's transform: functions with their roles, and simple tables.

use serde_json::{Map, Value};

use super::declared::{Declared, failed, invalid};
use super::globals::{self, Globals};
use super::{function, table};

/// Replaces the resources of SAM's types.
pub fn expand(body: Value) -> Result<Value, String> {
    let Value::Object(mut sections) = body else {
        return Ok(body);
    };
    sections.remove("Transform");
    let globals = Globals::read(sections.remove(globals::SECTION).as_ref())?;
    let declared = sections.remove("Resources");
    let declared = declared.as_ref().and_then(Value::as_object);
    let mut resources = Map::new();
    let mut errors = Vec::new();
    for (id, resource) in declared.into_iter().flatten() {
        match expanded(id, resource, &globals) {
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
    if !errors.is_empty() {
        return Err(failed(&errors));
    }
    sections.insert("Resources".to_owned(), Value::Object(resources));
    Ok(Value::Object(sections))
}

/// What becomes of one resource: itself, if it is not SAM's.
fn expanded(id: &str, declared: &Value, globals: &Globals) -> Result<Vec<(String, Value)>, String> {
    let kind = declared["Type"].as_str().unwrap_or_default();
    let with_defaults = || {
        let own = declared["Properties"].as_object();
        let properties = globals.merged(kind, own.cloned().unwrap_or_default());
        Declared::new(id, declared, properties)
    };
    match kind {
        function::TYPE => function::expand(&with_defaults()),
        table::TYPE => table::expand(&with_defaults()),
        _ if kind.starts_with("AWS::Serverless::") => Err(invalid(
            id,
            format_args!(
                "The sandbox does not support {kind}; it supports {} and {}",
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
        "The role of this function gets the function's id followed by `Role`, and another resource \
         has this id; rename one of them",
    )
}
