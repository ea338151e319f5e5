//! Whose permissions count: a user or a role, with the policies that it is under.

use super::entity::{Entity, Held};
use super::managed_policies::path_and_name;
use super::roles::Role;
use super::users::User;
use super::{Iam, names};
use crate::ACCOUNT;
use crate::authorise::policy::{Context, Document, Policies, Principal};
use crate::aws_managed_policies;
use crate::caller::{Caller, SessionTerms};
use crate::fault::Fault;

#[derive(Debug)]
pub struct Subject {
    pub principal: Principal,
    pub policies: Policies,
    /// The names of its own policies, in their order.
    pub names: Vec<String>,
    /// The keys about who it is.
    pub context: Context,
    /// Why it may be allowed less than on AWS.
    pub remark: Option<String>,
}

impl Subject {
    /// Of a user, or of a session of a role. One that is not there any more has no policies.
    pub fn of_caller(iam: &Iam, caller: &Caller) -> Result<Self, Fault> {
        let mut subject = match (caller.user(), caller.session()) {
            (Some(name), _) => {
                let principal = Principal::User(caller.arn.clone());
                let user = iam.users.get(name)?.filter(|user| user.id == caller.id);
                Self::of(iam, principal, name, user)?
            }
            (None, Some((name, _))) => {
                let role = iam.roles.get(name)?;
                let arn = role.as_ref().map(Role::arn);
                let principal = Principal::Session {
                    role: arn.unwrap_or_else(|| names::arn("role", "/", name)),
                    session: caller.arn.clone(),
                };
                let mut subject = Self::of(iam, principal, name, role)?;
                subject.limit(iam, &caller.terms)?;
                subject
            }
            (None, None) => {
                let principal = Principal::User(caller.arn.clone());
                Self::of(iam, principal, &caller.arn, None::<User>)?
            }
        };
        subject.context.set("aws:userid", &caller.id);
        Ok(subject)
    }

    /// Of the user or role with this ARN. `None` if there is none.
    pub fn with_arn(iam: &Iam, arn: &str) -> Result<Option<Self>, Fault> {
        let name = path_and_name(arn).1;
        if let Some(role) = iam.role(arn)? {
            let principal = Principal::Session {
                role: arn.to_owned(),
                session: arn.to_owned(),
            };
            return Self::of(iam, principal, name, Some(role)).map(Some);
        }
        match iam.users.get(name)?.filter(|user| user.arn() == arn) {
            Some(user) => {
                let principal = Principal::User(arn.to_owned());
                Self::of(iam, principal, name, Some(user)).map(Some)
            }
            None => Ok(None),
        }
    }

    fn of<E: Entity>(
        iam: &Iam,
        principal: Principal,
        name: &str,
        entity: Option<E>,
    ) -> Result<Self, Fault> {
        let mut subject = Self {
            context: about(&principal, name),
            principal,
            policies: Policies::default(),
            names: Vec::new(),
            remark: None,
        };
        match entity {
            Some(entity) => subject.add(iam, E::WORD, name, entity.held())?,
            None => subject.remark = Some(format!("the {} {name} does not exist", E::WORD)),
        }
        Ok(subject)
    }

    fn add(&mut self, iam: &Iam, word: &str, name: &str, held: &Held) -> Result<(), Fault> {
        for (policy, document) in &held.inline {
            self.names.push(format!("{word}_{name}_{policy}"));
            self.policies.identity.push(document.read()?);
        }
        for arn in &held.attached {
            let document = self.managed(iam, arn)?;
            self.names.push(path_and_name(arn).1.to_owned());
            self.policies.identity.push(document);
        }
        if let Some(arn) = &held.boundary {
            self.policies.boundary = Some(self.managed(iam, arn)?);
        }
        for (key, value) in &held.tags {
            self.context.set(&format!("aws:PrincipalTag/{key}"), value);
        }
        Ok(())
    }

    /// With the policies and the tags that the session was begun with. Its tags count before those of its role.
    ///
    /// Sources: "Session policies" and "Pass session tags in AWS STS" in IAM's user guide.
    fn limit(&mut self, iam: &Iam, terms: &SessionTerms) -> Result<(), Fault> {
        let mut documents = Vec::new();
        if let Some(policy) = &terms.policy {
            documents.push(Document::parse(policy).map_err(Fault::internal)?);
        }
        for arn in &terms.policy_arns {
            documents.push(self.managed(iam, arn)?);
        }
        if !documents.is_empty() {
            self.policies.session = Some(documents);
        }
        for (key, value) in &terms.tags {
            self.context.set(&format!("aws:PrincipalTag/{key}"), value);
        }
        Ok(())
    }

    /// What a managed policy says. One of AWS's that the sandbox does not know says nothing.
    fn managed(&mut self, iam: &Iam, arn: &str) -> Result<Document, Fault> {
        if let Some(policy) = iam.policies.get(arn)? {
            return policy.document.read();
        }
        match aws_managed_policies::document(arn) {
            Some(document) => Document::read(&document).map_err(Fault::internal),
            None => {
                let remark = format!("the sandbox does not know what {arn} allows");
                self.remark = Some(remark);
                Ok(Document {
                    statements: Vec::new(),
                })
            }
        }
    }
}

/// Source: "Properties of the principal" in IAM's user guide.
fn about(principal: &Principal, name: &str) -> Context {
    let mut context = Context::default();
    let (kind, arn) = match principal {
        Principal::User(arn) => {
            context.set("aws:username", name);
            ("User", arn)
        }
        Principal::Session { role, .. } => ("AssumedRole", role),
        Principal::Service(_) | Principal::Anyone => return context,
    };
    context.set("aws:PrincipalAccount", ACCOUNT);
    context.set("aws:PrincipalArn", arn);
    context.set("aws:PrincipalType", kind);
    context
}
