//! What Lambda's operations act on.
//!
//! Source: its page in the Service Authorization Reference.

use serde_json::Value;

use super::Lambda;
use super::function_ref::{FunctionRef, arn};
use super::layers;
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn function(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let name = text(parameters, "FunctionName");
    let qualifier = parameters["Qualifier"].as_str();
    let arn = match FunctionRef::parse(name, qualifier) {
        Ok(function_ref) => function_ref.arn(),
        // The operation will refuse it.
        Err(_) => arn(name),
    };
    vec![Access::new(action, arn)]
}

/// A function that is given a role acts with all that the role may do, and one that is given layers reads
/// them.
pub fn function_with_others(lambda: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let mut accesses = function(lambda, action, parameters);
    let layers = parameters["Layers"].as_array().into_iter().flatten();
    let layers = layers.filter_map(Value::as_str);
    accesses.extend(layers.map(|arn| Access::new("lambda:GetLayerVersion", arn)));
    if let Some(role) = parameters["Role"].as_str() {
        accesses.push(Access::new("iam:PassRole", role));
    }
    accesses
}

pub fn layer(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, layer_arn(parameters))]
}

pub fn layer_version(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let arn = layer_arn(parameters);
    let number = &parameters["VersionNumber"];
    let number = number
        .as_str()
        .map_or_else(|| number.to_string(), str::to_owned);
    vec![Access::new(action, format!("{arn}:{number}"))]
}

pub fn layer_version_by_arn(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "Arn"))]
}

fn layer_arn(parameters: &Value) -> String {
    let name = text(parameters, "LayerName");
    // The operation will refuse what is no name.
    layers::layer_arn(&layers::layer_name(name).unwrap_or_else(|_| name.to_owned()))
}

/// A new event source mapping is none yet. Policies can say of which functions one may be.
pub fn function_of_mapping(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let name = text(parameters, "FunctionName");
    let function = FunctionRef::parse(name, None).map(|function_ref| function_ref.arn());
    vec![Access::any(action).with("lambda:FunctionArn", function.ok())]
}

/// An event source mapping.
pub fn mapping(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    let id = text(parameters, "UUID");
    let arn = crate::arn::regional("lambda", format_args!("event-source-mapping:{id}"));
    vec![Access::new(action, arn)]
}

/// Of the operations on tags.
pub fn resource(_: &Lambda, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "Resource"))]
}

pub fn any(_: &Lambda, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}
