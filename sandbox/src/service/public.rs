//! Operations that AWS's clients do not sign.

use bytes::Bytes;
use http::Response;
use http::request::Parts;

use super::{Request, Response as ServiceResponse, Service};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::wire::{self, Body, Call};

/// Does the public operation that a request names. Others are refused, as they need a signature.
pub async fn answer_anyone(
    service: &dyn Service,
    parts: &Parts,
    body: Bytes,
    request_id: &str,
) -> Result<Response<Body>, Fault> {
    let description = service.description();
    let protocol = description.protocol.of_request(&parts.headers);
    let call = protocol.read(parts, body)?;
    let operation = description.operation(&call.operation)?;
    if !operation.is_public {
        return Err(Fault::invalid(
            "MissingAuthenticationTokenException",
            format!(
                "{} needs a signature: send it to 127.0.0.1 or localhost",
                operation.name
            ),
        ));
    }
    call_as_anyone(service, call, request_id).await
}

/// Does the operation of a call, whoever it comes from: who calls this has looked whether anyone may.
pub async fn call_as_anyone(
    service: &dyn Service,
    call: Call,
    request_id: &str,
) -> Result<Response<Body>, Fault> {
    let description = service.description();
    let protocol = description.protocol;
    let operation = description.operation(&call.operation)?;
    let request = Request {
        operation: operation.name,
        parameters: call.parameters,
        payload: call.payload,
        caller: Caller::anyone(),
        id: request_id.to_owned(),
    };
    Ok(match service.call(request).await? {
        ServiceResponse::Value(value) => {
            protocol.answer(operation.name, &value, call.success, request_id)
        }
        ServiceResponse::Payload(response) => response.map(wire::full),
    })
}
