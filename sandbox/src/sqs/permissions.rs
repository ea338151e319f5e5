//! `AddPermission` and `RemovePermission`: statements of a queue's policy.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::{invalid_value, missing};
use super::queue::Queue;
use super::{Sqs, names};
use crate::fault::Fault;
use crate::wire;

/// Source: the documentation of AddPermission.
const ACTIONS: [&str; 7] = [
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ReceiveMessage",
    "SendMessage",
];
/// In one statement.
const MOST_ACTIONS: usize = 7;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    label: String,
    #[serde(default, rename = "AWSAccountIds", deserialize_with = "wire::list")]
    accounts: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    actions: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    label: String,
}

pub async fn add(sqs: &Sqs, request: AddRequest) -> Result<(), Fault> {
    let name = names::of_url(&request.queue_url)?;
    request.check()?;
    sqs.change_queue(&name, |queue| {
        let mut policy = policy(queue);
        let mut statements = statements(&policy);
        if statements.iter().any(|it| it["Sid"] == *request.label) {
            return Err(invalid_value(&request.label, "Label", "Already exists."));
        }
        statements.push(request.statement(&queue.arn()));
        policy["Statement"] = json!(statements);
        queue.settings.policy = Some(policy.to_string());
        Ok(())
    })
}

pub async fn remove(sqs: &Sqs, request: RemoveRequest) -> Result<(), Fault> {
    let name = names::of_url(&request.queue_url)?;
    sqs.change_queue(&name, |queue| {
        let mut policy = policy(queue);
        let mut statements = statements(&policy);
        let before = statements.len();
        statements.retain(|statement| statement["Sid"] != *request.label);
        if statements.len() == before {
            let reason = "can't find label on existing policy.";
            return Err(invalid_value(&request.label, "Label", reason));
        }
        policy["Statement"] = json!(statements);
        let is_left = !statements.is_empty();
        queue.settings.policy = is_left.then(|| policy.to_string());
        Ok(())
    })
}

impl AddRequest {
    fn check(&self) -> Result<(), Fault> {
        let Self {
            label,
            accounts,
            actions,
            ..
        } = self;
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if label.is_empty() || label.len() > 80 || !label.chars().all(is_letter) {
            let reason = "It can have 1 to 80 letters, digits, - and _.";
            return Err(invalid_value(label, "Label", reason));
        }
        for (list, parameter) in [(accounts, "AWSAccountIds"), (actions, "Actions")] {
            if list.is_empty() {
                return Err(missing(parameter));
            }
        }
        let is_account = |id: &&String| id.len() == 12 && id.bytes().all(|c| c.is_ascii_digit());
        if let Some(id) = accounts.iter().find(|id| !is_account(id)) {
            return Err(invalid_value(id, "PrincipalId", "Unable to verify."));
        }
        if actions.len() > MOST_ACTIONS {
            let message = format!(
                "{} Actions were found, maximum allowed is {MOST_ACTIONS}.",
                actions.len()
            );
            return Err(Fault::denied("OverLimit", message));
        }
        match actions
            .iter()
            .find(|action| !ACTIONS.contains(&action.as_str()))
        {
            None => Ok(()),
            Some(action) => {
                let reason = format!(
                    "Please refer to the appropriate WSDL for a list of valid actions: {}.",
                    ACTIONS.join(", ")
                );
                Err(invalid_value(
                    format_args!("SQS:{action}"),
                    "ActionName",
                    reason,
                ))
            }
        }
    }

    fn statement(&self, queue: &str) -> Value {
        let account = |id: &String| format!("arn:aws:iam::{id}:root");
        let action = |action: &String| format!("SQS:{action}");
        json!({
            "Sid": self.label,
            "Effect": "Allow",
            "Principal": { "AWS": one_or_all(self.accounts.iter().map(account).collect()) },
            "Action": one_or_all(self.actions.iter().map(action).collect()),
            "Resource": queue,
        })
    }
}

fn one_or_all(mut texts: Vec<String>) -> Value {
    match texts.len() {
        1 => json!(texts.remove(0)),
        _ => json!(texts),
    }
}

/// The queue's policy, or one that says nothing yet.
fn policy(queue: &Queue) -> Value {
    match queue.settings.policy_document() {
        Value::Null => json!({
            "Version": "2008-10-17",
            "Id": format!("{}/SQSDefaultPolicy", queue.arn()),
        }),
        policy => policy,
    }
}

fn statements(policy: &Value) -> Vec<Value> {
    match &policy["Statement"] {
        Value::Array(statements) => statements.clone(),
        Value::Null => Vec::new(),
        statement => vec![statement.clone()],
    }
}
