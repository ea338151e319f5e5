//! Authorisation: the step between wire and service.
//!
//! The service says which [`Access`] a request needs, and an [`Authority`] decides, after the signature was
//! verified and before the service does anything. The authority of a server is IAM's, which asks the
//! policies of the caller ([`policy`]); the owner's keys are those of the account's root user, who may do
//! everything.
//!
//! Requests of services to each other are not authorised: of CloudFormation for the resources of a
//! stack, and of Lambda for bundles in S3 and for logs.

pub mod policy;

use std::fmt;

use http::StatusCode;
use serde_json::Value;

use super::caller::Caller;
use super::fault::Fault;
use super::wire::Protocol;
use policy::{Context, Decision, PolicyKind, ResourcePolicy};

/// One action on one resource, as policies name them.
///
/// Source of actions, ARNs and keys: <https://docs.aws.amazon.com/service-authorization/latest/reference/>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Such as `lambda:InvokeFunction`.
    pub action: &'static str,
    /// An ARN, or `*` for an action without a resource.
    pub resource: String,
    /// The keys that the request gives, besides those that every request has.
    pub context: Context,
}

impl Access {
    pub fn new(action: &'static str, resource: impl Into<String>) -> Self {
        Self {
            action,
            resource: resource.into(),
            context: Context::default(),
        }
    }

    /// An action without a resource, such as listing buckets.
    pub fn any(action: &'static str) -> Self {
        Self::new(action, "*")
    }

    /// With a key, if it has a value.
    pub fn with(mut self, key: &str, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            self.context.set(key, value);
        }
        self
    }
}

/// The parameter as text; empty if it is missing or not text, which the operation refuses later.
pub fn text<'a>(parameters: &'a Value, name: &str) -> &'a str {
    parameters[name].as_str().unwrap_or_default()
}

/// Reads the policy of the resource that a request acts on, if it has one.
pub type ResourcePolicyOf<'a> = &'a dyn Fn(&Access) -> Result<Option<ResourcePolicy>, Fault>;

pub trait Authority: fmt::Debug + Send + Sync {
    fn decide(
        &self,
        caller: &Caller,
        access: &Access,
        policy_of: ResourcePolicyOf<'_>,
    ) -> Result<Verdict, Fault>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub decision: Decision,
    /// What AWS would not have to say, such as that the sandbox does not know a policy.
    pub remark: Option<String>,
}

impl Verdict {
    pub const ALLOWED: Self = Self {
        decision: Decision::Allowed,
        remark: None,
    };
}

/// Lets everyone with keys of the sandbox do everything.
#[cfg(test)]
#[derive(Debug)]
pub struct AllowAll;

#[cfg(test)]
impl Authority for AllowAll {
    fn decide(&self, _: &Caller, _: &Access, _: ResourcePolicyOf<'_>) -> Result<Verdict, Fault> {
        Ok(Verdict::ALLOWED)
    }
}

/// Fails at the first access that is denied, with the error code of the protocol.
pub fn authorise(
    authority: &dyn Authority,
    caller: &Caller,
    accesses: &[Access],
    policy_of: ResourcePolicyOf<'_>,
    protocol: Protocol,
) -> Result<(), Fault> {
    for access in accesses {
        let verdict = authority.decide(caller, access, policy_of)?;
        if let Some(reason) = reason(&verdict, access.action) {
            return Err(denied(caller, access, &reason, protocol));
        }
    }
    Ok(())
}

/// Why the access is denied; `None` if it is not.
///
/// Source: "Troubleshoot access denied error messages" in IAM's user guide.
fn reason(verdict: &Verdict, action: &str) -> Option<String> {
    let kind = |kind| match kind {
        PolicyKind::Identity => "identity-based policy",
        PolicyKind::Boundary => "permissions boundary",
        PolicyKind::Session => "session policy",
        PolicyKind::Resource => "resource-based policy",
    };
    let mut reason = match verdict.decision {
        Decision::Allowed => return None,
        // STS gives no reason.
        _ if action == "sts:AssumeRole" => String::new(),
        Decision::Denied(PolicyKind::Identity) => {
            format!(
                " with an explicit deny in an {}",
                kind(PolicyKind::Identity)
            )
        }
        Decision::Denied(by) => format!(" with an explicit deny in a {}", kind(by)),
        Decision::NotAllowed(by) => format!(" because no {} allows the {action} action", kind(by)),
    };
    if let Some(remark) = &verdict.remark {
        reason.push_str(&format!(" ({remark})"));
    }
    Some(reason)
}

fn denied(caller: &Caller, access: &Access, reason: &str, protocol: Protocol) -> Fault {
    let (status, code) = match protocol {
        Protocol::Query { .. } | Protocol::RestXml => (StatusCode::FORBIDDEN, "AccessDenied"),
        Protocol::Json { .. } => (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        Protocol::RestJson { .. } => (StatusCode::FORBIDDEN, "AccessDeniedException"),
    };
    let Access {
        action, resource, ..
    } = access;
    let resource = match protocol {
        // Source: "Troubleshoot access denied (403 Forbidden) errors in Amazon S3".
        Protocol::RestXml if resource == "*" => String::new(),
        Protocol::RestXml => format!(" on resource: \"{resource}\""),
        _ => format!(" on resource: {resource}"),
    };
    let message = format!(
        "User: {} is not authorized to perform: {action}{resource}{reason}",
        caller.arn
    );
    Fault::new(status, code, message)
}
