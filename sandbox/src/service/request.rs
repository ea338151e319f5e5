//! Requests and responses between wire and services.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Service;
use crate::authorise::{Access, Authority, authorise};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::wire::{self, Protocol};

#[derive(Debug)]
pub struct Request {
    pub operation: &'static str,
    /// As AWS documents them, from body, path and query.
    pub parameters: Value,
    /// The body, if the operation takes it unparsed.
    pub payload: Bytes,
    pub caller: Caller,
    pub id: String,
}

impl Request {
    /// A request of another service.
    pub fn new(operation: &'static str, parameters: Value, caller: Caller) -> Self {
        Self {
            operation,
            parameters,
            payload: Bytes::new(),
            caller,
            id: Uuid::new_v4().to_string(),
        }
    }
}

#[derive(Debug)]
pub enum Response {
    /// As AWS documents it. The protocol writes it.
    Value(Value),
    /// Status, headers and body, ready to send.
    Payload(http::Response<Bytes>),
}

/// The parameters of an operation that depends on its caller.
#[derive(Debug)]
pub struct WithCaller<Parameters> {
    pub parameters: Parameters,
    pub caller: Caller,
}

/// What the function of an operation takes: its parameters as a type of their own, such a type
/// [`WithCaller`], or the whole [`Request`].
pub trait FromRequest: Sized {
    fn from_request(request: Request, protocol: Protocol) -> Result<Self, Fault>;
}

impl FromRequest for Request {
    fn from_request(request: Request, _: Protocol) -> Result<Self, Fault> {
        Ok(request)
    }
}

impl<Parameters: DeserializeOwned> FromRequest for Parameters {
    fn from_request(request: Request, protocol: Protocol) -> Result<Self, Fault> {
        wire::read(request.parameters, protocol)
    }
}

impl<Parameters: DeserializeOwned> FromRequest for WithCaller<Parameters> {
    fn from_request(request: Request, protocol: Protocol) -> Result<Self, Fault> {
        Ok(Self {
            parameters: wire::read(request.parameters, protocol)?,
            caller: request.caller,
        })
    }
}

/// What the function of an operation returns: a value to serialise, or a [`Response`].
pub trait IntoResponse {
    fn into_response(self) -> Result<Response, Fault>;
}

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response, Fault> {
        Ok(self)
    }
}

impl<Answer: Serialize> IntoResponse for Answer {
    fn into_response(self) -> Result<Response, Fault> {
        let value = serde_json::to_value(self);
        let value = value.map_err(|error| Fault::internal(error.to_string()))?;
        Ok(Response::Value(value))
    }
}

/// Fails if the caller may not do the operation.
pub fn authorise_call(
    authority: &dyn Authority,
    service: &dyn Service,
    operation: &str,
    parameters: &Value,
    caller: &Caller,
) -> Result<(), Fault> {
    let description = service.description();
    let accesses = service.accesses(description.operation(operation)?, parameters);
    let policy_of = |access: &Access| service.policy_of(access);
    authorise(
        authority,
        caller,
        &accesses,
        &policy_of,
        description.protocol,
    )
}

/// Calls an operation of another service, which returns a value.
pub async fn call(
    service: &dyn Service,
    operation: &'static str,
    parameters: Value,
    caller: &Caller,
) -> Result<Value, Fault> {
    let request = Request::new(operation, parameters, caller.clone());
    match service.call(request).await? {
        Response::Value(value) => Ok(value),
        Response::Payload(_) => Err(Fault::internal(format!("{operation} answers no value"))),
    }
}
