//! The pseudo parameters: what CloudFormation knows about the stack itself.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub const NO_VALUE: &str = "AWS::NoValue";

const NAMES: [&str; 8] = [
    "AWS::AccountId",
    NO_VALUE,
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pseudo {
    pub account: String,
    pub region: String,
    pub stack_id: String,
    pub stack_name: String,
    pub notification_arns: Vec<String>,
}

impl Pseudo {
    pub fn is_name(name: &str) -> bool {
        NAMES.contains(&name)
    }

    /// The value of the pseudo parameter `name`; null for `AWS::NoValue`.
    pub fn get(&self, name: &str) -> Option<Value> {
        Some(match name {
            "AWS::AccountId" => json!(self.account),
            "AWS::NotificationARNs" => json!(self.notification_arns),
            "AWS::Partition" => json!("aws"),
            "AWS::Region" => json!(self.region),
            "AWS::StackId" => json!(self.stack_id),
            "AWS::StackName" => json!(self.stack_name),
            "AWS::URLSuffix" => json!("amazonaws.com"),
            NO_VALUE => Value::Null,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_value() {
        let pseudo = Pseudo {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            stack_id: "arn:x".to_owned(),
            stack_name: "game".to_owned(),
            notification_arns: vec![],
        };
        for name in NAMES {
            assert!(pseudo.get(name).is_some(), "{name}");
        }
        assert_eq!(pseudo.get("AWS::Nope"), None);
    }
}
