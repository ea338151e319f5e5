//! The authority that asks the policies of IAM.

use std::sync::Arc;

use super::Iam;
use super::known_subjects::KnownSubjects;
use crate::ACCOUNT;
use crate::REGION;
use crate::authorise::policy::{self, Context, Decision, Policies, PolicyKind};
use crate::authorise::{Access, Authority, ResourcePolicyOf, Verdict};
use crate::caller::Caller;
use crate::clock;
use crate::fault::Fault;
use crate::keys::Keyring;
use crate::store::{Store, StoreError};

/// What nobody needs a policy for. Source: STS's API reference.
const FREE: [&str; 2] = ["sts:GetCallerIdentity", "sts:GetSessionToken"];

/// Lets the owner do everything, and others what their policies allow.
#[derive(Debug)]
pub struct PolicyAuthority {
    iam: Iam,
    known: KnownSubjects,
}

impl PolicyAuthority {
    pub fn open(store: &Arc<Store>, keyring: &Arc<Keyring>) -> Result<Self, StoreError> {
        Ok(Self {
            iam: Iam::open(store, keyring)?,
            known: KnownSubjects::default(),
        })
    }
}

impl Authority for PolicyAuthority {
    fn decide(
        &self,
        caller: &Caller,
        access: &Access,
        policy_of: ResourcePolicyOf<'_>,
    ) -> Result<Verdict, Fault> {
        if caller.is_owner() || FREE.contains(&access.action) {
            return Ok(Verdict::ALLOWED);
        }
        let subject = self.known.get(&self.iam, caller)?;
        let policies = Policies {
            resource: policy_of(access)?,
            ..subject.policies.clone()
        };
        let context = of_every_request(subject.context.clone()).with(&access.context);
        let request = policy::Request {
            principal: &subject.principal,
            action: access.action,
            resource: &access.resource,
            account: ACCOUNT,
            context: &context,
        };
        let decision = policy::decide(&request, &policies);
        let is_own = matches!(
            decision,
            Decision::NotAllowed(PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session)
        );
        Ok(Verdict {
            decision,
            remark: subject.remark.clone().filter(|_| is_own),
        })
    }
}

/// The keys of any request, added to those about who sends it.
///
/// Source: "AWS global condition context keys" in IAM's user guide.
fn of_every_request(mut context: Context) -> Context {
    let now = clock::now();
    context.set("aws:CurrentTime", clock::to_the_second(now));
    context.set("aws:EpochTime", (now / 1000).to_string());
    context.set("aws:PrincipalIsAWSService", "false");
    context.set("aws:RequestedRegion", REGION);
    context.set("aws:ResourceAccount", ACCOUNT);
    // Clients that use HTTPS on AWS use plain HTTP here, within this machine.
    context.set("aws:SecureTransport", "true");
    context.set("aws:SourceIp", "127.0.0.1");
    context.set("aws:ViaAWSService", "false");
    context
}
