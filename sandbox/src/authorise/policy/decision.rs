//! The decision over all policies that a request is under.
//!
//! Source: "How AWS enforcement code logic evaluates requests to allow or deny access", and for what a
//! resource's policy allows by itself "Evaluating identity-based policies with resource-based policies" and "with
//! permissions boundaries", in IAM's user guide.

use serde_json::Value;

use super::context::Context;
use super::document::{Document, Effect};
use super::principal::{Named, Principal};
use crate::fault::Fault;

/// What is to be decided.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub principal: &'a Principal,
    /// Such as `s3:GetObject`.
    pub action: &'a str,
    /// An ARN, or `*` for an action without a resource.
    pub resource: &'a str,
    /// Whose the resource is.
    pub account: &'a str,
    pub context: &'a Context,
}

/// The policies that a request is under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Of the user or role.
    pub identity: Vec<Document>,
    pub boundary: Option<Document>,
    /// Given with the session of a role. One of several has to allow.
    pub session: Option<Vec<Document>>,
    pub resource: Option<ResourcePolicy>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePolicy {
    pub document: Document,
    /// Of a role, which nobody assumes whom its policy does not name.
    pub is_trust: bool,
}

impl ResourcePolicy {
    /// A policy that was checked when it was stored.
    pub fn read(document: &Value) -> Result<Self, Fault> {
        Ok(Self {
            document: Document::read(document).map_err(Fault::internal)?,
            is_trust: false,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    Identity,
    Boundary,
    Session,
    Resource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// A policy of this kind denies it.
    Denied(PolicyKind),
    /// No policy of this kind allows it.
    NotAllowed(PolicyKind),
}

pub fn decide(request: &Request<'_>, policies: &Policies) -> Decision {
    let Policies {
        identity,
        boundary,
        session,
        resource,
    } = policies;
    let session = session.as_deref();
    let some_deny =
        |documents: &[Document]| documents.iter().any(|it| it.has(Effect::Deny, request));
    let some_allow =
        |documents: &[Document]| documents.iter().any(|it| it.has(Effect::Allow, request));
    let document = resource.as_ref().map(|resource| &resource.document);
    for (kind, denies) in [
        (PolicyKind::Identity, some_deny(identity)),
        (
            PolicyKind::Resource,
            document.is_some_and(|it| it.denies_whom(request)),
        ),
        (PolicyKind::Boundary, some_deny(boundary.as_slice())),
        (PolicyKind::Session, session.is_some_and(some_deny)),
    ] {
        if denies {
            return Decision::Denied(kind);
        }
    }
    let named = document.and_then(|it| it.allows_whom(request));
    let is_own = request.principal.account() == Some(request.account);
    let has_to_be_named = !is_own || resource.as_ref().is_some_and(|it| it.is_trust);
    if has_to_be_named && named.is_none() {
        return Decision::NotAllowed(PolicyKind::Resource);
    }
    if matches!(request.principal, Principal::Service(_) | Principal::Anyone) {
        return Decision::Allowed;
    }
    // In an account, a resource's policy allows by itself: a role within its limits, a user or a session
    // beyond them.
    let by_itself = named.filter(|named| is_own && *named > Named::Account);
    if by_itself == Some(Named::Exactly) {
        return Decision::Allowed;
    }
    for (kind, allows) in [
        (
            PolicyKind::Identity,
            by_itself.is_some() || some_allow(identity),
        ),
        (
            PolicyKind::Boundary,
            boundary.is_none() || some_allow(boundary.as_slice()),
        ),
        (PolicyKind::Session, session.is_none_or(some_allow)),
    ] {
        if !allows {
            return Decision::NotAllowed(kind);
        }
    }
    Decision::Allowed
}
