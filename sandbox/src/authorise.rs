//! Authorisation: the step between wire and service where permissions will be enforced.
//!
//! The service says which [`Access`] it needs, and an [`Authority`] allows or denies it,
//! after the signature was verified and before the service does anything. [`AllowAll`] is the only
//! authority yet.
//!
//! Requests of services to each other are not authorised yet: of CloudFormation for the resources of a
//! stack, and of Lambda for bundles in S3 and for logs.

use std::fmt;

use http::StatusCode;
use serde_json::Value;

use super::caller::Caller;
use super::fault::Fault;
use super::wire::Protocol;

/// One action on one resource, as policies name them.
///
/// Source of actions and ARNs: <https://docs.aws.amazon.com/service-authorization/latest/reference/>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Such as `lambda:InvokeFunction`.
    pub action: &'static str,
    /// An ARN, or `*` for an action without a resource.
    pub resource: String,
}

impl Access {
    pub fn new(action: &'static str, resource: impl Into<String>) -> Self {
        Self {
            action,
            resource: resource.into(),
        }
    }

    /// An action without a resource, such as listing buckets.
    pub fn any(action: &'static str) -> Self {
        Self::new(action, "*")
    }
}

/// The parameter as text; empty if it is missing or not text, which the operation refuses later.
pub fn text<'a>(parameters: &'a Value, name: &str) -> &'a str {
    parameters[name].as_str().unwrap_or_default()
}

pub trait Authority: fmt::Debug + Send + Sync {
    fn allows(&self, caller: &Caller, access: &Access) -> bool;
}

/// Lets everyone with keys of the sandbox do everything.
#[derive(Debug)]
pub struct AllowAll;

impl Authority for AllowAll {
    fn allows(&self, _: &Caller, _: &Access) -> bool {
        true
    }
}

/// Fails at the first access that is denied, with the error code of the protocol.
pub fn authorise(
    authority: &dyn Authority,
    caller: &Caller,
    accesses: &[Access],
    protocol: Protocol,
) -> Result<(), Fault> {
    let mut accesses = accesses.iter();
    match accesses.find(|access| !authority.allows(caller, access)) {
        None => Ok(()),
        Some(access) => Err(denied(caller, access, protocol)),
    }
}

fn denied(caller: &Caller, access: &Access, protocol: Protocol) -> Fault {
    let (status, code) = match protocol {
        Protocol::Query { .. } | Protocol::RestXml => (StatusCode::FORBIDDEN, "AccessDenied"),
        Protocol::Json { .. } => (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        Protocol::RestJson { .. } => (StatusCode::FORBIDDEN, "AccessDeniedException"),
    };
    let Access { action, resource } = access;
    Fault::new(
        status,
        code,
        format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no \
             identity-based policy allows the {action} action",
            caller.arn
        ),
    )
}
