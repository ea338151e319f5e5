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

use super::ACCOUNT;
use super::caller::Caller;
use super::fault::Fault;
use super::wire::Protocol;
use policy::{Context, Decision, Policies, PolicyKind, Principal, ResourcePolicy};

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

/// Whether a resource's policy lets a service such as `events.amazonaws.com` do this, on behalf of what has the
/// ARN `source`.
pub fn allows_service(
    policy: Option<ResourcePolicy>,
    principal: &str,
    source: &str,
    access: &Access,
) -> bool {
    let mut context = Context::default();
    context.set("aws:SourceArn", source);
    context.set("aws:SourceAccount", ACCOUNT);
    let request = policy::Request {
        principal: &Principal::Service(principal.to_owned()),
        action: access.action,
        resource: &access.resource,
        account: ACCOUNT,
        context: &context,
    };
    let policies = Policies {
        resource: policy,
        ..Policies::default()
    };
    policy::decide(&request, &policies) == Decision::Allowed
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
    let Access {
        action, resource, ..
    } = access;
    let (status, code) = match protocol {
        _ if action.starts_with("sns:") => (StatusCode::FORBIDDEN, "AuthorizationError"),
        Protocol::Query { .. } | Protocol::RestXml => (StatusCode::FORBIDDEN, "AccessDenied"),
        Protocol::Json { .. } => (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        Protocol::RestJson { .. } | Protocol::JsonAndQuery { .. } => {
            (StatusCode::FORBIDDEN, "AccessDeniedException")
        }
    };
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
    // Of SNS, messages have actions in capitals.
    Fault::new(status, code, message.replace(" sns:", " SNS:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_in_the_words_of_aws() {
        let caller = Caller::in_role("AROA", "r", "s");
        let message = |decision, access: &Access, protocol| {
            let verdict = Verdict {
                decision,
                remark: None,
            };
            let reason = reason(&verdict, access.action).expect("it is denied");
            denied(&caller, access, &reason, protocol).message
        };
        let json = Protocol::Json {
            version: "1.0",
            target: "",
        };
        let scan = Access::new("dynamodb:Scan", "arn:t");
        let who = "User: arn:aws:sts::000000000000:assumed-role/r/s is not authorized to perform: ";
        for (decision, because) in [
            (
                Decision::NotAllowed(PolicyKind::Identity),
                "because no identity-based policy allows the dynamodb:Scan action",
            ),
            (
                Decision::NotAllowed(PolicyKind::Boundary),
                "because no permissions boundary allows the dynamodb:Scan action",
            ),
            (
                Decision::Denied(PolicyKind::Identity),
                "with an explicit deny in an identity-based policy",
            ),
            (
                Decision::Denied(PolicyKind::Resource),
                "with an explicit deny in a resource-based policy",
            ),
        ] {
            let expected = format!("{who}dynamodb:Scan on resource: arn:t {because}");
            assert_eq!(message(decision, &scan, json), expected);
        }
        let by_identity = Decision::NotAllowed(PolicyKind::Identity);
        let object = Access::new("s3:GetObject", "arn:aws:s3:::b/k");
        let because = "because no identity-based policy allows the s3:GetObject action";
        let expected = format!("{who}s3:GetObject on resource: \"arn:aws:s3:::b/k\" {because}");
        assert_eq!(message(by_identity, &object, Protocol::RestXml), expected);
        let publish = Access::new("sns:Publish", "arn:t");
        let because = "because no identity-based policy allows the SNS:Publish action";
        let expected = format!("{who}SNS:Publish on resource: arn:t {because}");
        let query = Protocol::Query { namespace: "" };
        assert_eq!(message(by_identity, &publish, query), expected);
        let role = Access::new("sts:AssumeRole", "arn:r");
        let expected = format!("{who}sts:AssumeRole on resource: arn:r");
        let not_trusted = Decision::NotAllowed(PolicyKind::Resource);
        assert_eq!(message(not_trusted, &role, json), expected);
        assert_eq!(reason(&Verdict::ALLOWED, "s3:GetObject"), None);
    }
}
