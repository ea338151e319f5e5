//! Services that greet: each is a file, and a line in this list.

mod by_form;
mod by_json;
mod by_path;
mod host;

use std::sync::Arc;

use serde_json::Value;

use crate::authorise::{Access, text};
use crate::service::{Registered, Services};

pub fn services() -> Services {
    Services {
        control: vec![
            Registered::Service(Arc::new(by_form::Greeter)),
            Registered::Service(Arc::new(by_json::Greeter)),
            Registered::Service(Arc::new(by_path::Greeter)),
        ],
        data: vec![Arc::new(host::Greeter)],
        ..Services::default()
    }
}

/// What greeting somebody acts on.
fn somebody<Greeter>(_: &Greeter, action: &'static str, parameters: &Value) -> Vec<Access> {
    let name = text(parameters, "Name");
    vec![Access::new(action, format!("arn:greet:::{name}"))]
}
