//! The step between wire and service where permissions are enforced.
//!
//! Each request of a client passes here after its signature was verified, before the service sees it:
//! what it needs is a list of [`Access`], and an [`Authority`] decides on each. Today there is one
//! authority, [`AllowAll`].
//!
//! What a service asks of another one does not pass here: CloudFormation's requests in the name of the
//! stack's owner or role, the bundles that Lambda reads from S3, the logs that functions write.

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
    /// An ARN, or `*` where the action is on no resource.
    pub resource: String,
}

impl Access {
    pub fn new(action: &'static str, resource: impl Into<String>) -> Self {
        Self {
            action,
            resource: resource.into(),
        }
    }

    /// The action on no resource, such as listing all there is.
    pub fn any(action: &'static str) -> Self {
        Self::new(action, "*")
    }
}

/// The parameter as a text; empty where it is missing or no text, which the operation will refuse.
pub fn text<'a>(parameters: &'a Value, name: &str) -> &'a str {
    parameters[name].as_str().unwrap_or_default()
}

pub trait Authority: fmt::Debug + Send + Sync {
    fn allows(&self, caller: &Caller, access: &Access) -> bool;
}

/// Whoever has keys of the sandbox may do everything in it.
#[derive(Debug)]
pub struct AllowAll;

impl Authority for AllowAll {
    fn allows(&self, _: &Caller, _: &Access) -> bool {
        true
    }
}

/// Fails with the first access that is denied, under the name that clients of the protocol know.
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
