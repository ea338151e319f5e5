//! What policies allow, asked without doing it. The owner may do everything.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::names::{arn, validation_error};
use super::subject::Subject;
use super::{Iam, no_such_entity};
use crate::ACCOUNT;
use crate::arn::Arn;
use crate::authorise::policy::{
    self, Context, Decision, Document, Effect, Policies, Principal, Request, ResourcePolicy,
};
use crate::fault::Fault;
use crate::keys::OWNER;
use crate::wire;

/// What both operations take.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Question {
    #[serde(default, deserialize_with = "wire::list")]
    action_names: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    resource_arns: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    context_entries: Vec<ContextEntry>,
    #[serde(default, deserialize_with = "wire::list")]
    policy_input_list: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    permissions_boundary_policy_input_list: Vec<String>,
    resource_policy: Option<String>,
    /// An account, or the ARN of something in it.
    resource_owner: Option<String>,
    caller_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextEntry {
    context_key_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    context_key_values: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SimulatePrincipalPolicyRequest {
    policy_source_arn: String,
    #[serde(flatten)]
    question: Question,
}

/// What is asked about: policies with their names, and who makes the requests.
struct Scene {
    policies: Policies,
    names: Vec<String>,
    principal: Principal,
    /// Whether everything is allowed, whatever the policies say.
    is_owner: bool,
}

pub async fn principal(iam: &Iam, request: SimulatePrincipalPolicyRequest) -> Result<Value, Fault> {
    let SimulatePrincipalPolicyRequest {
        policy_source_arn: source,
        question,
    } = request;
    let is_owner = source == arn("user", "/", OWNER);
    let scene = match Subject::with_arn(iam, &source)? {
        Some(subject) => Scene {
            policies: subject.policies,
            names: subject.names,
            principal: subject.principal,
            is_owner,
        },
        None if is_owner => Scene {
            policies: Policies::default(),
            names: Vec::new(),
            principal: Principal::User(source),
            is_owner,
        },
        None => return Err(no_such_entity("principal", &source)),
    };
    scene.with(&question)?.answers(&question)
}

pub async fn custom(_: &Iam, question: Question) -> Result<Value, Fault> {
    let scene = Scene {
        policies: Policies::default(),
        names: Vec::new(),
        principal: Principal::User(arn("user", "/", "simulated")),
        is_owner: false,
    };
    scene.with(&question)?.answers(&question)
}

impl Scene {
    /// Adds the policies and the caller of the question.
    fn with(mut self, question: &Question) -> Result<Self, Fault> {
        let document = |text: &String| {
            let invalid =
                |reason| Fault::invalid("InvalidInput", format!("Invalid policy: {reason}"));
            Document::parse(text).map_err(invalid)
        };
        for (number, text) in (1..).zip(&question.policy_input_list) {
            self.policies.identity.push(document(text)?);
            self.names.push(format!("PolicyInputList.{number}"));
        }
        let boundary = question.permissions_boundary_policy_input_list.first();
        if let Some(boundary) = boundary.map(document).transpose()? {
            self.policies.boundary = Some(boundary);
        }
        if let Some(document) = question
            .resource_policy
            .as_ref()
            .map(document)
            .transpose()?
        {
            self.policies.resource = Some(ResourcePolicy {
                document,
                is_trust: false,
            });
        }
        if let Some(caller) = &question.caller_arn {
            self.principal = Principal::User(caller.clone());
        }
        Ok(self)
    }

    fn answers(&self, question: &Question) -> Result<Value, Fault> {
        let mut actions = question.action_names.iter();
        if let Some(unfit) = actions.find(|name| !name.contains(':')) {
            return Err(validation_error(format!("Invalid action: {unfit}")));
        }
        let all = ["*".to_owned()];
        let resources = match question.resource_arns.as_slice() {
            [] => &all,
            given => given,
        };
        let mut context = Context::default();
        for entry in &question.context_entries {
            context.set_all(&entry.context_key_name, entry.context_key_values.clone());
        }
        let owner = question.resource_owner.as_deref();
        let account = owner.map_or(ACCOUNT, |owner| {
            Arn::parse(owner).map_or(owner, |arn| arn.account)
        });
        let asked = question
            .action_names
            .iter()
            .flat_map(|action| resources.iter().map(move |resource| (action, resource)));
        let results = asked.map(|(action, resource)| {
            self.answer(&Request {
                principal: &self.principal,
                action,
                resource,
                account,
                context: &context,
            })
        });
        let results: Vec<Value> = results.collect();
        Ok(json!({ "EvaluationResults": results, "IsTruncated": false }))
    }

    fn answer(&self, request: &Request<'_>) -> Value {
        let decision = match policy::decide(request, &self.policies) {
            _ if self.is_owner => Decision::Allowed,
            decision => decision,
        };
        let (word, effect) = match decision {
            Decision::Allowed => ("allowed", Some(Effect::Allow)),
            Decision::Denied(_) => ("explicitDeny", Some(Effect::Deny)),
            Decision::NotAllowed(_) => ("implicitDeny", None),
        };
        let own = self.policies.identity.iter().zip(&self.names);
        let matched = own.flat_map(|(document, name)| {
            let statements = document.statements.iter();
            let matched = statements.filter(|it| Some(it.effect) == effect && it.is_about(request));
            matched
                .map(move |_| json!({ "SourcePolicyId": name, "SourcePolicyType": "IAM Policy" }))
        });
        let matched: Vec<Value> = matched.collect();
        let mut answer = json!({
            "EvalActionName": request.action,
            "EvalResourceName": request.resource,
            "EvalDecision": word,
            "MatchedStatements": matched,
            "MissingContextValues": self.missing(request.context),
        });
        if let Some(boundary) = &self.policies.boundary {
            let allows =
                boundary.has(Effect::Allow, request) && !boundary.has(Effect::Deny, request);
            answer["PermissionsBoundaryDecisionDetail"] =
                json!({ "AllowedByPermissionsBoundary": allows });
        }
        answer
    }

    /// The keys that the policies ask for and the question does not give.
    fn missing<'a>(&'a self, context: &Context) -> BTreeSet<&'a str> {
        let Policies {
            identity,
            boundary,
            resource,
            ..
        } = &self.policies;
        let resource = resource.iter().map(|resource| &resource.document);
        let documents = identity.iter().chain(boundary).chain(resource);
        let statements = documents.flat_map(|document| &document.statements);
        let keys = statements.flat_map(|statement| statement.keys());
        keys.filter(|key| context.get(key).is_none()).collect()
    }
}
