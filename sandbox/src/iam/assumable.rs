//! Whether a service can take a role: the role exists, and its trust policy names the service.

use serde_json::Value;

use super::Iam;
use crate::fault::Fault;

const ASSUME_ROLE: &str = "sts:assumerole";

impl Iam {
    /// Whether the service, such as `lambda.amazonaws.com`, can assume the role with this ARN. Conditions of
    /// the trust policy count as true.
    pub fn can_be_assumed(&self, arn: &str, service: &str) -> Result<bool, Fault> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let role = self.roles.get(name)?.filter(|role| role.arn() == arn);
        Ok(role.is_some_and(|role| trusts(&role.trust.statements(), service)))
    }
}

fn trusts(statements: &[Value], service: &str) -> bool {
    let says = |effect: &str| {
        let is_about_it = |statement: &&Value| {
            statement["Effect"] == effect
                && names_principal(statement, service)
                && names_action(statement)
        };
        statements.iter().any(|it| is_about_it(&it))
    };
    says("Allow") && !says("Deny")
}

fn names_principal(statement: &Value, service: &str) -> bool {
    let names = |principal: &Value| match principal {
        Value::Object(by_kind) => by_kind.get("Service").is_some_and(|it| has(it, service)),
        principal => principal == "*",
    };
    match statement.get("NotPrincipal") {
        Some(others) => !names(others),
        None => names(&statement["Principal"]),
    }
}

fn names_action(statement: &Value) -> bool {
    let names = |actions: &Value| {
        let patterns = texts(actions).map(str::to_lowercase);
        patterns
            .into_iter()
            .any(|pattern| matches(&pattern, ASSUME_ROLE))
    };
    match statement.get("NotAction") {
        Some(others) => !names(others),
        None => names(&statement["Action"]),
    }
}

fn has(one_or_more: &Value, wanted: &str) -> bool {
    texts(one_or_more).any(|text| text == wanted)
}

fn texts(one_or_more: &Value) -> impl Iterator<Item = &str> {
    let list = match one_or_more {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter_map(Value::as_str)
}

/// With `*` for any characters, and `?` for any one.
fn matches(pattern: &str, text: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| matches(rest, text)))
        }
        Some(letter) => text.chars().next().is_some_and(|first| {
            (letter == '?' || letter == first)
                && matches(letters.as_str(), &text[first.len_utf8()..])
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LAMBDA: &str = "lambda.amazonaws.com";

    fn allowed(principal: Value, action: Value) -> Value {
        json!({ "Effect": "Allow", "Principal": principal, "Action": action })
    }

    #[test]
    fn a_service_assumes_a_role_that_trusts_it() {
        let service = |name: &str| json!({ "Service": name });
        let lambda = || allowed(service(LAMBDA), json!("sts:AssumeRole"));
        let mut denied = lambda();
        denied["Effect"] = json!("Deny");
        let mut everybody_else = lambda();
        everybody_else["NotPrincipal"] = everybody_else["Principal"].take();
        let mut any_other_action = lambda();
        any_other_action["NotAction"] = any_other_action["Action"].take();
        for (statements, trusted) in [
            (vec![lambda()], true),
            (vec![allowed(json!("*"), json!("sts:*"))], true),
            (
                vec![allowed(
                    json!({ "Service": ["a.amazonaws.com", LAMBDA] }),
                    json!("*"),
                )],
                true,
            ),
            (
                vec![allowed(
                    service(LAMBDA),
                    json!(["sts:TagSession", "STS:assume?ole"]),
                )],
                true,
            ),
            (
                vec![allowed(
                    service("ec2.amazonaws.com"),
                    json!("sts:AssumeRole"),
                )],
                false,
            ),
            (
                vec![allowed(json!({ "AWS": "*" }), json!("sts:AssumeRole"))],
                false,
            ),
            (
                vec![allowed(service(LAMBDA), json!("sts:TagSession"))],
                false,
            ),
            (vec![lambda(), denied], false),
            (vec![everybody_else], false),
            (vec![any_other_action], false),
            (vec![], false),
        ] {
            assert_eq!(trusts(&statements, LAMBDA), trusted, "{statements:?}");
        }
    }
}
