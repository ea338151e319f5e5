//! The names of the policies that AWS manages, with their paths, and what some of them allow.
//! `tests/outside` compares the names with those that AWS's own SAM translator knows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

const ARN: &str = "arn:aws:iam::aws:policy/";

/// Paths and names, by names. Names are unique, whatever their paths.
static POLICIES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let policies = include_str!("aws_managed_policies.txt").lines();
    let name = |policy: &'static str| policy.rsplit('/').next().unwrap_or(policy);
    policies.map(|policy| (name(policy), policy)).collect()
});

/// The ARN of the policy with this name.
pub fn arn(name: &str) -> Option<String> {
    let policy = POLICIES.get(name)?;
    Some(format!("{ARN}{policy}"))
}

/// Whether an ARN is one of AWS's own policies, whether it exists or not.
pub fn is_aws_managed(arn: &str) -> bool {
    arn.starts_with(ARN)
}

/// Whether it is the ARN of a policy that AWS has.
pub fn exists(policy_arn: &str) -> bool {
    let name = policy_arn.rsplit('/').next().unwrap_or_default();
    arn(name).is_some_and(|arn| arn == policy_arn)
}

/// What policies allow in the services that the sandbox has or may have, by name: lists of statements.
/// `Effect` is `Allow`, and `Resource` is `*` where it is not given.
///
/// Source: the AWS Managed Policy Reference Guide.
static STATEMENTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("aws_managed_policies.json")).unwrap_or_default()
});

/// What the policy says; `None` if the sandbox does not know.
pub fn document(policy_arn: &str) -> Option<Value> {
    let name = policy_arn.rsplit('/').next().unwrap_or_default();
    let mut statements = STATEMENTS.get(name)?.clone();
    for statement in statements.as_array_mut()? {
        statement["Effect"] = json!("Allow");
        if statement.get("Resource").is_none() {
            statement["Resource"] = json!("*");
        }
    }
    Some(json!({ "Version": "2012-10-17", "Statement": statements }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_documents_are_known() {
        assert!(STATEMENTS.len() > 20);
        for name in STATEMENTS.keys() {
            let arn = arn(name).expect(name);
            let document = document(&arn).expect(name);
            let document = crate::authorise::policy::Document::read(&document).expect(name);
            assert!(!document.statements.is_empty(), "{name}");
        }
        assert_eq!(document("arn:aws:iam::aws:policy/ReadOnlyAccess"), None);
    }

    #[test]
    fn policies_are_known_by_their_names_and_arns() {
        let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        assert_eq!(arn("AWSLambdaBasicExecutionRole").as_deref(), Some(basic));
        assert!(exists(basic) && is_aws_managed(basic));
        assert!(exists("arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"));
        for other in [
            "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::aws:policy/NoSuchPolicy",
            "arn:aws:iam::aws:policy/",
        ] {
            assert!(!exists(other) && is_aws_managed(other), "{other}");
        }
        assert!(!is_aws_managed("arn:aws:iam::000000000000:policy/p"));
    }
}
