//! The operations that add statements to a topic's policy, and remove them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Sns;
use super::fault::invalid;
use super::names::topic_name;
use crate::fault::{Answer, Fault};
use crate::wire;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermissionRequest {
    topic_arn: String,
    label: String,
    #[serde(rename = "AWSAccountId", default, deserialize_with = "wire::list")]
    accounts: Vec<String>,
    #[serde(rename = "ActionName", default, deserialize_with = "wire::list")]
    actions: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemovePermissionRequest {
    topic_arn: String,
    label: String,
}

const STATEMENT: &str = "Statement";
/// What can be permitted. Source: the documentation of AddPermission.
const ACTIONS: [&str; 8] = [
    "AddPermission",
    "DeleteTopic",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
];

pub async fn add(sns: &Sns, request: AddPermissionRequest) -> Answer {
    let statement = request.statement()?;
    sns.change_topic(topic_name("TopicArn", &request.topic_arn)?, |topic| {
        let mut statements = statements(&topic.settings.policy);
        if statements.iter().any(|it| it["Sid"] == *request.label) {
            return Err(invalid("Statement already exists"));
        }
        statements.push(statement);
        topic.settings.policy[STATEMENT] = Value::Array(statements);
        Ok(json!({}))
    })
}

/// Removes a statement, if there is one with the label.
pub async fn remove(sns: &Sns, request: RemovePermissionRequest) -> Answer {
    sns.change_topic(topic_name("TopicArn", &request.topic_arn)?, |topic| {
        let mut statements = statements(&topic.settings.policy);
        statements.retain(|it| it["Sid"] != *request.label);
        topic.settings.policy[STATEMENT] = Value::Array(statements);
        Ok(json!({}))
    })
}

/// A policy may have a single one without a list.
fn statements(policy: &Value) -> Vec<Value> {
    match &policy[STATEMENT] {
        Value::Array(statements) => statements.clone(),
        single => vec![single.clone()],
    }
}

impl AddPermissionRequest {
    fn statement(&self) -> Result<Value, Fault> {
        let (accounts, actions) = (&self.accounts, &self.actions);
        let is_account = |id: &String| id.len() == 12 && id.bytes().all(|c| c.is_ascii_digit());
        if accounts.is_empty() || !accounts.iter().all(is_account) {
            return Err(invalid(
                "AWSAccountId Reason: it must have accounts of 12 digits",
            ));
        }
        let is_known = |action: &String| ACTIONS.contains(&action.as_str());
        if actions.is_empty() || !actions.iter().all(is_known) {
            return Err(invalid("Policy statement action out of service scope!"));
        }
        let principals = accounts.iter().map(|id| format!("arn:aws:iam::{id}:root"));
        let actions = actions.iter().map(|action| format!("SNS:{action}"));
        Ok(json!({
            "Sid": self.label,
            "Effect": "Allow",
            "Principal": { "AWS": one_or_all(principals) },
            "Action": one_or_all(actions),
            "Resource": self.topic_arn,
        }))
    }
}

/// A list, or its only item, as AWS writes them in policies.
fn one_or_all(items: impl Iterator<Item = String>) -> Value {
    let mut items: Vec<Value> = items.map(Value::from).collect();
    match items.len() {
        1 => items.remove(0),
        _ => Value::Array(items),
    }
}
