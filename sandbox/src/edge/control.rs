//! The control plane: signed requests of AWS's clients. Each is verified, read in the protocol of the
//! service that it is signed for, authorised, and passed to the service.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, Request, Response, header};

use super::Refused;
use crate::authorise::{Authority, authorise};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::keys::Keyring;
use crate::memory_budget::{MemoryBudget, WholeBody};
use crate::service::{self, OwnWire, Registered, Service};
use crate::signature::{Signature, SignatureError};
use crate::tags;
use crate::wire::{self, Body, Protocol};

pub struct ControlPlane {
    pub keyring: Arc<Keyring>,
    pub services: Vec<Registered>,
    pub authority: Arc<dyn Authority>,
    pub memory: MemoryBudget,
}

impl ControlPlane {
    pub async fn answer(
        &self,
        request: Request<Body>,
        request_id: &str,
    ) -> Result<Response<Body>, Refused> {
        let (parts, body) = request.into_parts();
        let guessed = || self.guessed_protocol(&parts.headers, parts.uri.path());
        let signature = Signature::read(&parts);
        if let Err(SignatureError::Unsigned) = &signature
            && let Some(service) = self.service_of_public(&parts.headers)
        {
            let answered = self.call_public(service, &parts, body, request_id).await;
            return answered.map_err(|fault| Refused(service.description().protocol, fault));
        }
        let signature = signature.map_err(|error| {
            let protocol = guessed();
            let named = self.unsupported_unsigned(&parts);
            Refused(protocol, named.unwrap_or_else(|| error.fault(protocol)))
        })?;
        let found = self.find(&signature.service, &parts.headers);
        let service =
            found.ok_or_else(|| Refused(guessed(), self.unknown_service(&signature.service)))?;
        let protocol = service.description().protocol.of_request(&parts.headers);
        let in_region = signature.check_region();
        in_region.map_err(|error| Refused(protocol, error.fault(protocol)))?;
        let answered = match service {
            Registered::OwnWire(service) => {
                forward(&**service, &signature, Request::from_parts(parts, body)).await
            }
            Registered::Service(service) => {
                self.call(&**service, &signature, parts, body, request_id)
                    .await
            }
        };
        answered.map_err(|fault| Refused(protocol, fault))
    }

    async fn call(
        &self,
        service: &dyn Service,
        signature: &Signature,
        parts: Parts,
        body: Body,
        request_id: &str,
    ) -> Result<Response<Body>, Fault> {
        let description = service.description();
        let protocol = description.protocol.of_request(&parts.headers);
        let (caller, body) = self.verify(description, signature, &parts, body).await?;
        let call = protocol.read(&parts, body.bytes.clone())?;
        let operation = description.operation(&call.operation)?;
        if let Some(key) = tags::reserved_key(&call.parameters) {
            let message =
                format!("aws: prefixed tag key names are not allowed for external use: {key}");
            return Err(Fault::invalid(description.invalid, message));
        }
        let accesses = service.accesses(operation, &call.parameters);
        authorise(
            &*self.authority,
            &caller,
            &accesses,
            &|access| service.policy_of(access),
            protocol,
        )?;
        let request = service::Request {
            operation: operation.name,
            parameters: call.parameters,
            payload: call.payload,
            caller,
            id: request_id.to_owned(),
        };
        Ok(match service.call(request).await? {
            service::Response::Value(value) => {
                protocol.answer(operation.name, &value, call.success, request_id)
            }
            service::Response::Payload(response) => {
                let mut response = response.map(wire::full);
                wire::set(response.headers_mut(), wire::REQUEST_ID, request_id);
                response
            }
        })
    }

    async fn call_public(
        &self,
        service: &dyn Service,
        parts: &Parts,
        body: Body,
        request_id: &str,
    ) -> Result<Response<Body>, Fault> {
        let longest = service.description().longest_body;
        let body = self.memory.read(&parts.headers, body, longest).await?;
        service::answer_anyone(service, parts, body.bytes.clone(), request_id).await
    }

    /// The service with the public operation that the request names.
    fn service_of_public(&self, headers: &HeaderMap) -> Option<&dyn Service> {
        let named = headers.get(wire::TARGET)?.to_str().ok()?;
        let (target, operation) = named.rsplit_once('.')?;
        let mut services = self.services.iter();
        services.find_map(|registered| match registered {
            Registered::Service(service) => {
                let description = service.description();
                let is_named = description.protocol.target() == Some(target);
                let is_public = || {
                    description
                        .operation(operation)
                        .is_ok_and(|it| it.is_public)
                };
                (is_named && is_public()).then_some(&**service)
            }
            Registered::OwnWire(_) => None,
        })
    }

    /// The caller, if the signature is right, and the whole body. Nothing of the body is read before all
    /// else is checked: who knows the id of a key can send what looks like the owner's request.
    async fn verify(
        &self,
        description: &service::Description,
        signature: &Signature,
        parts: &Parts,
        body: Body,
    ) -> Result<(Caller, WholeBody), Fault> {
        let refused = |error: SignatureError| error.fault(description.protocol);
        if signature.link.is_some() {
            let error = SignatureError::Malformed("only S3 supports presigned requests");
            return Err(refused(error));
        }
        let id = &signature.access_key_id;
        let found = self.keyring.find(id);
        let (keys, caller) = found.ok_or_else(|| match self.keyring.is_expired(id) {
            true => refused(SignatureError::ExpiredKeys),
            false => refused(SignatureError::UnknownKeys),
        })?;
        let signed_at = signature.check_head(parts, &keys).map_err(refused)?;
        let longest = description.longest_body;
        let body = self.memory.read(&parts.headers, body, longest).await?;
        let verified = signature.verify(parts, &body.bytes, &keys, signed_at);
        verified.map_err(refused)?;
        Ok((caller, body))
    }

    /// The service that the request is for: one that is signed for under this name, and of several the one
    /// whose operation it names.
    fn find(&self, signing_name: &str, headers: &HeaderMap) -> Option<&Registered> {
        let signed = |service: &&Registered| service.description().signing_name == signing_name;
        let target = named_target(headers);
        let is_named = |service: &&Registered| {
            target.is_some() && service.description().protocol.target() == target
        };
        let mut named = self.services.iter().filter(signed).filter(is_named);
        named.next().or_else(|| self.services.iter().find(signed))
    }

    /// Why a request without a signature is refused, if one of the services knows a better reason.
    fn unsupported_unsigned(&self, parts: &Parts) -> Option<Fault> {
        let mut services = self.services.iter();
        services.find_map(|service| match service {
            Registered::OwnWire(service) => service.unsupported_unsigned(parts),
            Registered::Service(_) => None,
        })
    }

    fn unknown_service(&self, signing_name: &str) -> Fault {
        let services = self.services.iter();
        let mut known: Vec<&str> = services
            .map(|service| service.description().signing_name)
            .collect();
        known.sort_unstable();
        known.dedup();
        let message = format!(
            "the sandbox does not support the service {signing_name}; it supports {}",
            known.join(", ")
        );
        Fault::invalid("UnknownService", message)
    }

    /// The protocol for errors of requests that come to no service: that of the services whose requests
    /// look alike.
    pub fn guessed_protocol(&self, headers: &HeaderMap, path: &str) -> Protocol {
        let find = |is_it: &dyn Fn(&Protocol) -> bool| {
            let services = self.services.iter();
            let mut protocols = services.map(|service| service.description().protocol);
            protocols.find(is_it)
        };
        if !text(headers, wire::TARGET).is_empty() {
            let named = named_target(headers);
            let found = find(&|known| named.is_some() && known.target() == named);
            return found.unwrap_or(Protocol::Json {
                version: "1.1",
                target: "",
            });
        }
        if text(headers, header::CONTENT_TYPE.as_str())
            .starts_with("application/x-www-form-urlencoded")
        {
            return Protocol::Query { namespace: "" };
        }
        let found = find(
            &|known| matches!(known, Protocol::RestJson { routes } if wire::begins_like(routes, path)),
        );
        found.unwrap_or(Protocol::RestXml)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// The part of a JSON service's operations that says the service, such as `DynamoDB_20120810`.
fn named_target(headers: &HeaderMap) -> Option<&str> {
    let (target, _) = text(headers, wire::TARGET).rsplit_once('.')?;
    Some(target)
}

/// Passes the request to a service that verifies signatures itself.
async fn forward(
    service: &dyn OwnWire,
    signature: &Signature,
    request: Request<Body>,
) -> Result<Response<Body>, Fault> {
    if signature.link.is_none() {
        let dated = signature.signed_at(request.headers());
        dated.map_err(|error| error.fault(service.description().protocol))?;
    }
    service.answer(request).await
}
