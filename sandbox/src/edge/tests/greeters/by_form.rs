//! A service of the query protocol.

use serde::Deserialize;
use serde_json::{Value, json};

use super::somebody;
use crate::fault::Fault;
use crate::service::service;
use crate::wire::Protocol;

pub struct Greeter;

service! { Greeter {
    name: "Form Greeter",
    signing_name: "formgreeter",
    protocol: Protocol::Query { namespace: "http://greet/" },
    invalid: "ValidationException",
    longest_body: 1 << 10,
    members: "",
    operations: {
        Greet on somebody => greet,
    },
} }

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GreetRequest {
    name: String,
}

async fn greet(_: &Greeter, request: GreetRequest) -> Result<Value, Fault> {
    Ok(json!({ "Greeting": format!("Hello {}", request.name) }))
}
