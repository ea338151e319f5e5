//! A service of the JSON protocol, with an operation that depends on its caller.

use serde::Deserialize;
use serde_json::{Value, json};

use super::somebody;
use crate::fault::Fault;
use crate::service::{WithCaller, service};
use crate::wire::Protocol;

pub struct Greeter;

service! { Greeter {
    name: "JSON Greeter",
    signing_name: "jsongreeter",
    protocol: Protocol::Json { version: "1.0", target: "Greeter_2026" },
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

async fn greet(_: &Greeter, request: WithCaller<GreetRequest>) -> Result<Value, Fault> {
    let (name, caller) = (request.parameters.name, request.caller.arn);
    Ok(json!({ "Greeting": format!("Hello {name} from {caller}") }))
}
