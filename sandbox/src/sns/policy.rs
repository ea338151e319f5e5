//! A topic's policy: who may do what with it, besides those whose own policies let them.

use serde_json::{Value, json};

use super::Sns;
use super::fault::invalid;
use super::names::topic_name;
use crate::ACCOUNT;
use crate::authorise::Access;
use crate::authorise::policy::ResourcePolicy;
use crate::fault::Fault;

/// In bytes. Source: "Amazon SNS policy quotas" in the Amazon SNS endpoints and quotas.
const LONGEST: usize = 30 * 1024;

/// The policy of a topic for which nobody has set one. Services of the same account may use the topic.
pub fn default(topic: &str) -> Value {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission",
                "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": topic,
            "Condition": { "StringEquals": { "AWS:SourceOwner": ACCOUNT } },
        }],
    })
}

/// The document of a policy, if SNS takes it.
pub fn read(text: &str) -> Result<Value, Fault> {
    let wrong = |why: &str| invalid(format!("Policy Error: {why}"));
    if text.len() > LONGEST {
        return Err(wrong("it is longer than 30 KB"));
    }
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return Err(wrong("it is not JSON"));
    };
    ResourcePolicy::read(&document).map_err(|fault| wrong(&fault.message))?;
    let is_of_sns = |action: &Value| {
        let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
        action == "*" || action.starts_with("sns:")
    };
    for statement in list(&document["Statement"]) {
        let mut actions = ["Action", "NotAction"]
            .iter()
            .flat_map(|element| list(&statement[element]));
        if !actions.all(is_of_sns) {
            return Err(invalid("Policy statement action out of service scope!"));
        }
    }
    Ok(document)
}

/// The items of a list, or a single one.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        single => vec![single],
    }
}

/// The policy of the topic that an access is to.
pub fn policy_of(sns: &Sns, access: &Access) -> Result<Option<ResourcePolicy>, Fault> {
    let Ok(name) = topic_name("TopicArn", &access.resource) else {
        return Ok(None);
    };
    let topic = sns.topics.get(name)?;
    let policy = topic.map(|topic| ResourcePolicy::read(&topic.settings.policy));
    policy.transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_one_of_topics() {
        let statement = |action: Value| {
            json!({ "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": action,
                "Resource": "*" }] })
        };
        for action in [
            json!("sns:Publish"),
            json!(["SNS:*", "sns:Subscribe"]),
            json!("*"),
        ] {
            assert!(read(&statement(action).to_string()).is_ok());
        }
        for text in [
            "{".to_owned(),
            "1".to_owned(),
            json!({ "Statement": [{ "Effect": "Maybe" }] }).to_string(),
            statement(json!("sqs:SendMessage")).to_string(),
            statement(json!("x".repeat(LONGEST))).to_string(),
        ] {
            assert_eq!(read(&text).expect_err("no policy").code, "InvalidParameter");
        }
        assert!(read(&default("arn").to_string()).is_ok());
    }
}
