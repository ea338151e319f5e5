//! What a principal may do: the sandbox's user everything. Policies of roles are not evaluated.

use serde::Deserialize;
use serde_json::{Value, json};

use super::names::{arn, validation_error};
use super::{Iam, no_such_entity};
use crate::fault::Fault;
use crate::keys::OWNER;
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SimulatePrincipalPolicyRequest {
    policy_source_arn: String,
    #[serde(default, deserialize_with = "wire::list")]
    action_names: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    resource_arns: Vec<String>,
}

pub async fn simulate(iam: &Iam, request: SimulatePrincipalPolicyRequest) -> Result<Value, Fault> {
    let principal = &request.policy_source_arn;
    if *principal != arn("user", "/", OWNER) {
        return Err(match iam.role_id(principal)? {
            Some(_) => Fault::invalid(
                "NotSupported",
                "the sandbox does not evaluate the policies of roles; it simulates its user only",
            ),
            None => no_such_entity("principal", principal),
        });
    }
    if let Some(unfit) = request.action_names.iter().find(|name| !name.contains(':')) {
        return Err(validation_error(format!("Invalid action: {unfit}")));
    }
    let resources = match request.resource_arns {
        given if given.is_empty() => vec!["*".to_owned()],
        given => given,
    };
    let on_each = |action: &String| -> Vec<Value> {
        let allowed = |resource: &String| {
            json!({
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "allowed",
                "MatchedStatements": [],
                "MissingContextValues": [],
            })
        };
        resources.iter().map(allowed).collect()
    };
    let results: Vec<Value> = request.action_names.iter().flat_map(on_each).collect();
    Ok(json!({ "EvaluationResults": results, "IsTruncated": false }))
}
