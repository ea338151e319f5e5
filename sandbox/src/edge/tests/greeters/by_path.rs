//! A service of REST-JSON, with routes, payloads and actions that have a name of their own.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::somebody;
use crate::fault::Fault;
use crate::service::{Request, Response, service};
use crate::wire::{self, Protocol, Route};

pub struct Greeter;

const ROUTES: &[Route] = &[
    Route::new("POST", "/v1/greetings", "CreateGreeting", 201),
    Route::new("GET", "/v1/greetings/{Name}", "GetGreeting", 200),
    Route::new("DELETE", "/v1/greetings/{Name}", "DeleteGreeting", 204),
    Route::new("PUT", "/v1/letters/{Name}/{Place+}", "Write", 200)
        .with_payload()
        .with_headers(&[("x-stamp", "Stamp")]),
];

service! { Greeter {
    name: "Path Greeter",
    signing_name: "pathgreeter",
    protocol: Protocol::RestJson { routes: ROUTES },
    invalid: "ValidationException",
    longest_body: 1 << 10,
    members: "",
    operations: {
        CreateGreeting on somebody => greet,
        DeleteGreeting on somebody => forget,
        GetGreeting on somebody => greet,
        Write as WriteLetter on somebody => write,
    },
} }

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GreetRequest {
    name: String,
    language: Option<String>,
}

async fn greet(_: &Greeter, request: GreetRequest) -> Result<Value, Fault> {
    let hello = match request.language.as_deref() {
        Some("sw") => "Hujambo",
        _ => "Hello",
    };
    Ok(json!({ "Greeting": format!("{hello} {}", request.name) }))
}

async fn forget(_: &Greeter, _: GreetRequest) -> Result<(), Fault> {
    Ok(())
}

async fn write(_: &Greeter, request: Request) -> Result<Response, Fault> {
    let place = request.parameters["Place"].as_str().unwrap_or_default();
    let stamp = request.parameters["Stamp"].as_str();
    let letter = String::from_utf8_lossy(&request.payload);
    let sent = format!("{letter}, to {place}");
    let mut response = http::Response::new(Bytes::from(sent));
    *response.status_mut() = http::StatusCode::ACCEPTED;
    if let Some(stamp) = stamp {
        wire::set(response.headers_mut(), "x-stamped", stamp);
    }
    Ok(Response::Payload(response))
}
