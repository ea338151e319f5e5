//! Policy documents: checked for their syntax, then stored as given.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::policy_grammar;
use crate::authorise::policy::Document;
use crate::fault::Fault;

/// In bytes. Source: `policyDocumentType` in IAM's API model.
const MAX_LENGTH: usize = 131_072;
/// In characters without white space. Source: "IAM and AWS STS quotas" in IAM's user guide.
const MAX_TRUST: usize = 2_048;
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

impl From<String> for PolicyDocument {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl PolicyDocument {
    /// Percent-encoded, as IAM's responses have it.
    pub fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, ENCODED).to_string()
    }

    /// What it says. Fails if it was not validated.
    pub fn read(&self) -> Result<Document, Fault> {
        Document::parse(&self.0).map_err(malformed)
    }

    /// The document, or `MalformedPolicyDocument`.
    pub fn validated(self, policy_type: PolicyType) -> Result<Self, Fault> {
        if self.0.len() > MAX_LENGTH {
            return Err(malformed(format!("it has more than {MAX_LENGTH} bytes")));
        }
        let Ok(Value::Object(document)) = serde_json::from_str(&self.0) else {
            return Err(malformed("it is not a JSON object"));
        };
        policy_grammar::check(&document, policy_type).map_err(malformed)?;
        self.check_size(policy_type)?;
        Ok(self)
    }

    /// In characters, as IAM counts: without white space.
    pub fn size(&self) -> usize {
        self.0.chars().filter(|c| !c.is_whitespace()).count()
    }

    fn check_size(&self, policy_type: PolicyType) -> Result<(), Fault> {
        let (quota, most) = match policy_type {
            PolicyType::Trust => ("ACLSizePerRole", MAX_TRUST),
            PolicyType::Permissions => ("PolicySize", MAX_LENGTH),
        };
        if self.size() > most {
            let message = format!("Cannot exceed quota for {quota}: {most}");
            return Err(Fault::conflict("LimitExceeded", message));
        }
        Ok(())
    }
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
