//! Policy documents: checked for their syntax, then stored as given.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::fault::Fault;

/// In bytes. Source: `policyDocumentType` in IAM's API model.
const MAX_LENGTH: usize = 131_072;
/// All but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyType {
    /// Who may assume a role.
    Trust,
    /// What a role may do.
    Permissions,
}

/// The text of a document. Templates give a JSON object, clients a string of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyDocument(String);

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            value => value.to_string(),
        }))
    }
}

impl PolicyDocument {
    /// Percent-encoded, as IAM's responses have it.
    pub fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, ENCODED).to_string()
    }

    /// The document, or `MalformedPolicyDocument`.
    pub fn validated(self, policy_type: PolicyType) -> Result<Self, Fault> {
        if self.0.len() > MAX_LENGTH {
            return Err(malformed(format!("it has more than {MAX_LENGTH} bytes")));
        }
        let Ok(Value::Object(document)) = serde_json::from_str(&self.0) else {
            return Err(malformed("it is not a JSON object"));
        };
        match document.get("Version") {
            None => {}
            Some(Value::String(version))
                if ["2012-10-17", "2008-10-17"].contains(&version.as_str()) => {}
            Some(version) => return Err(malformed(format!("Version {version} does not exist"))),
        }
        match document.get("Statement") {
            Some(Value::Array(statements)) if !statements.is_empty() => {
                for statement in statements {
                    check(statement, policy_type)?;
                }
            }
            Some(statement @ Value::Object(_)) => check(statement, policy_type)?,
            _ => return Err(malformed("it has no Statement")),
        }
        Ok(self)
    }
}

fn check(statement: &Value, policy_type: PolicyType) -> Result<(), Fault> {
    let Value::Object(statement) = statement else {
        return Err(malformed("a Statement is not a JSON object"));
    };
    if !matches!(
        statement.get("Effect").and_then(Value::as_str),
        Some("Allow" | "Deny")
    ) {
        return Err(malformed("the Effect of a Statement must be Allow or Deny"));
    }
    if !has_member(statement, "Action") {
        return Err(malformed("Policy statement must contain actions."));
    }
    let (principal, resource) = (
        has_member(statement, "Principal"),
        has_member(statement, "Resource"),
    );
    match policy_type {
        PolicyType::Trust if resource => Err(malformed("Has prohibited field Resource.")),
        PolicyType::Trust if !principal => {
            Err(malformed("AssumeRolePolicy must contain a Principal."))
        }
        PolicyType::Permissions if principal => {
            Err(malformed("Policy document should not specify a principal."))
        }
        PolicyType::Permissions if !resource => {
            Err(malformed("Policy statement must contain resources."))
        }
        _ => Ok(()),
    }
}

/// Whether the statement has the member, or its negation: `Action` or `NotAction`.
fn has_member(statement: &Map<String, Value>, member: &str) -> bool {
    [member, &format!("Not{member}")]
        .iter()
        .any(|name| statement.get(*name).is_some_and(|value| !value.is_null()))
}

fn malformed(why: impl AsRef<str>) -> Fault {
    let message = format!("The policy document is malformed: {}", why.as_ref());
    Fault::invalid("MalformedPolicyDocument", message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::PolicyType::{Permissions, Trust};
    use super::*;

    fn document(value: Value) -> PolicyDocument {
        serde_json::from_value(value).expect("a document")
    }

    #[test]
    fn documents_are_checked_for_their_syntax() {
        let trust = json!({ "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": "lambda.amazonaws.com" } });
        let permission = json!({ "Effect": "Deny", "NotAction": ["s3:*"], "Resource": "*" });
        let text = |statement: &Value| json!({ "Statement": statement }).to_string();
        for (policy_type, given, right) in [
            (
                Trust,
                json!({ "Version": "2012-10-17", "Statement": [trust] }),
                true,
            ),
            (Permissions, json!(text(&permission)), true),
            (Permissions, json!(text(&trust)), false),
            (Trust, json!(text(&permission)), false),
            (
                Trust,
                json!({ "Version": "2012", "Statement": trust }),
                false,
            ),
            (Trust, json!({ "Statement": [] }), false),
            (Trust, json!({}), false),
            (Trust, json!([]), false),
            (Trust, json!("{"), false),
            (Trust, json!(""), false),
        ] {
            let validated = document(given.clone()).validated(policy_type);
            assert_eq!(validated.is_ok(), right, "{given}");
        }
    }

    #[test]
    fn responses_have_documents_percent_encoded() {
        let encoded = document(json!({ "a-b": "c d" })).encoded();
        assert_eq!(encoded, "%7B%22a-b%22%3A%22c%20d%22%7D");
    }
}
