//! What the statements of a policy may be. Source: "Grammar of the IAM JSON policy language" and "IAM JSON
//! policy elements" in IAM's user guide.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::policy_document::PolicyType;

const SYNTAX: &str = "Syntax errors in policy.";
const DOCUMENT: [&str; 3] = ["Id", "Statement", "Version"];
const STATEMENT: [&str; 9] = [
    "Action",
    "Condition",
    "Effect",
    "NotAction",
    "NotPrincipal",
    "NotResource",
    "Principal",
    "Resource",
    "Sid",
];
const PRINCIPALS: [&str; 4] = ["AWS", "CanonicalUser", "Federated", "Service"];
/// Without `IfExists` at the end, and without `ForAllValues:` and `ForAnyValue:` before.
const OPERATORS: [&str; 27] = [
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// Fails with what is wrong.
pub fn check(document: &Map<String, Value>, policy_type: PolicyType) -> Result<(), String> {
    known(document, &DOCUMENT)?;
    match document.get("Version") {
        None => {}
        Some(Value::String(version))
            if ["2012-10-17", "2008-10-17"].contains(&version.as_str()) => {}
        Some(version) => return Err(format!("Version {version} does not exist")),
    }
    if document.get("Id").is_some_and(|id| !id.is_string()) {
        return Err(SYNTAX.to_owned());
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err("it has no Statement".to_owned()),
    };
    let mut ids = BTreeSet::new();
    for statement in statements {
        let Value::Object(statement) = statement else {
            return Err("a Statement is not a JSON object".to_owned());
        };
        check_statement(statement, policy_type)?;
        if let Some(id) = statement.get("Sid").and_then(Value::as_str)
            && !id.is_empty()
            && !ids.insert(id)
        {
            return Err("Statement IDs (SID) in a single policy must be unique.".to_owned());
        }
    }
    Ok(())
}

fn check_statement(statement: &Map<String, Value>, policy_type: PolicyType) -> Result<(), String> {
    known(statement, &STATEMENT)?;
    let effect = statement.get("Effect").and_then(Value::as_str);
    if !matches!(effect, Some("Allow" | "Deny")) {
        return Err("the Effect of a Statement must be Allow or Deny".to_owned());
    }
    if let Some(id) = statement.get("Sid") {
        let is_id = |id: &str| id.bytes().all(|c| c.is_ascii_alphanumeric());
        if !id.as_str().is_some_and(is_id) {
            return Err(format!(
                "Statement IDs (SID) must be alpha-numeric; {id} is not. Check that your input \
                 satisfies the regular expression [0-9A-Za-z]*"
            ));
        }
    }
    let (principal, resources) = (
        either(statement, "Principal")?,
        either(statement, "Resource")?,
    );
    check_actions(either(statement, "Action")?, policy_type)?;
    match (policy_type, principal, resources) {
        (PolicyType::Trust, _, Some(_)) => Err("Has prohibited field Resource.".to_owned()),
        (PolicyType::Trust, None, _) => {
            Err("AssumeRolePolicy must contain a Principal.".to_owned())
        }
        (PolicyType::Trust, Some(principal), None) => check_principal(principal),
        (PolicyType::Permissions, Some(_), _) => {
            Err("Policy document should not specify a principal.".to_owned())
        }
        (PolicyType::Permissions, None, resources) => check_resources(resources),
    }?;
    statement.get("Condition").map_or(Ok(()), check_condition)
}

fn known(object: &Map<String, Value>, members: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !members.contains(&key.as_str())) {
        Some(key) => Err(format!("{SYNTAX} The element {key} is not known.")),
        None => Ok(()),
    }
}

/// The member, or its negation such as `NotAction`. It cannot have both.
fn either<'a>(
    statement: &'a Map<String, Value>,
    member: &str,
) -> Result<Option<&'a Value>, String> {
    let given = |name: &str| statement.get(name).filter(|value| !value.is_null());
    let negation = format!("Not{member}");
    match (given(member), given(&negation)) {
        (Some(_), Some(_)) => Err(format!("{SYNTAX} A Statement has {member} or {negation}.")),
        (one, other) => Ok(one.or(other)),
    }
}

/// The texts that a member is: one, or a list.
fn texts(value: &Value) -> Result<Vec<&str>, String> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        value => std::slice::from_ref(value),
    };
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    texts.ok_or_else(|| SYNTAX.to_owned())
}

fn check_actions(actions: Option<&Value>, policy_type: PolicyType) -> Result<(), String> {
    let actions = actions.map_or(Ok(Vec::new()), texts)?;
    if actions.is_empty() {
        return Err("Policy statement must contain actions.".to_owned());
    }
    for action in actions {
        let Some((vendor, name)) = action.split_once(':') else {
            match action {
                "*" => continue,
                _ => {
                    return Err(format!(
                        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: \
                         {action}"
                    ));
                }
            }
        };
        let is_name = |text: &str, more: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            !text.is_empty() && text.chars().all(allowed)
        };
        if !is_name(vendor, "-") {
            return Err(format!("Vendor {vendor} is not valid"));
        }
        if !is_name(name, "*?_-") {
            return Err(format!(
                "Actions/Condition can contain only one colon and letters: {action}"
            ));
        }
        if policy_type == PolicyType::Trust && !vendor.eq_ignore_ascii_case("sts") {
            return Err("AssumeRole policy may only specify STS AssumeRole actions.".to_owned());
        }
    }
    Ok(())
}

fn check_resources(resources: Option<&Value>) -> Result<(), String> {
    let resources = resources.map_or(Ok(Vec::new()), texts)?;
    if resources.is_empty() {
        return Err("Policy statement must contain resources.".to_owned());
    }
    let is_arn = |text: &str| text.starts_with("arn:") && text.split(':').count() >= 6;
    match resources.iter().find(|text| **text != "*" && !is_arn(text)) {
        Some(wrong) => Err(format!("Resource {wrong} must be in ARN format or \"*\".")),
        None => Ok(()),
    }
}

fn check_principal(principal: &Value) -> Result<(), String> {
    let kinds = match principal {
        Value::String(text) if text == "*" => return Ok(()),
        Value::Object(kinds) if !kinds.is_empty() => kinds,
        _ => return Err("Invalid principal in policy.".to_owned()),
    };
    for (kind, values) in kinds {
        let invalid = |value: &str| format!("Invalid principal in policy: \"{kind}\":\"{value}\"");
        if !PRINCIPALS.contains(&kind.as_str()) {
            return Err(invalid(&values.to_string()));
        }
        let values = texts(values)?;
        let is_service =
            |name: &str| name.contains(".amazonaws.com") || name.ends_with(".amazon.com");
        let is_aws = |name: &str| {
            let is_account = name.len() == 12 && name.bytes().all(|c| c.is_ascii_digit());
            // A principal that was deleted has its unique id left.
            let is_id = name.len() >= 16 && name.bytes().all(|c| c.is_ascii_alphanumeric());
            name == "*" || is_account || is_id || name.split(':').count() >= 6
        };
        let is_valid = |name: &str| match kind.as_str() {
            "Service" => is_service(name),
            "AWS" => is_aws(name),
            _ => !name.is_empty(),
        };
        if values.is_empty() {
            return Err(invalid(""));
        }
        if let Some(wrong) = values.into_iter().find(|name| !is_valid(name)) {
            return Err(invalid(wrong));
        }
    }
    Ok(())
}

fn check_condition(condition: &Value) -> Result<(), String> {
    let syntax = || SYNTAX.to_owned();
    for (operator, keys) in condition.as_object().ok_or_else(syntax)? {
        let plain = ["ForAllValues:", "ForAnyValue:"]
            .iter()
            .find_map(|set| operator.strip_prefix(set));
        let plain = plain.unwrap_or(operator);
        let plain = plain.strip_suffix("IfExists").unwrap_or(plain);
        if !OPERATORS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(plain))
        {
            return Err(format!("Invalid Condition type : {operator}."));
        }
        for values in keys.as_object().ok_or_else(syntax)?.values() {
            let values = match values {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            let is_scalar =
                |value: &Value| !(value.is_null() || value.is_array() || value.is_object());
            if !values.iter().all(is_scalar) {
                return Err(syntax());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(policy_type: PolicyType, change: Value) -> Option<String> {
        let mut statement = match policy_type {
            PolicyType::Trust => json!({ "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": { "Service": "lambda.amazonaws.com" } }),
            PolicyType::Permissions => {
                json!({ "Effect": "Allow", "Action": "s3:Get*", "Resource": "*" })
            }
        };
        let members = statement.as_object_mut().expect("an object");
        members.extend(change.as_object().expect("an object").clone());
        let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
        check(document.as_object().expect("an object"), policy_type).err()
    }

    #[test]
    fn elements_have_the_forms_of_the_grammar() {
        for right in [
            json!({}),
            json!({ "Sid": "A1", "Action": ["s3:Get*", "*", "execute-api:Invoke"] }),
            json!({ "Resource": ["arn:aws:s3:::b/*", "arn:*:iam::*:role/${aws:username}"] }),
            json!({ "Condition": {
                "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a", "b"] },
                "Null": { "aws:x": true }, "NumericLessThan": { "aws:y": 5 },
            } }),
        ] {
            assert_eq!(
                refusal(PolicyType::Permissions, right.clone()),
                None,
                "{right}"
            );
        }
        for (wrong, words) in [
            (json!({ "Colour": "red" }), "element Colour is not known"),
            (json!({ "Sid": "a b" }), "must be alpha-numeric"),
            (json!({ "Action": 1 }), SYNTAX),
            (json!({ "Action": [] }), "must contain actions"),
            (json!({ "Action": "GetObject" }), "prefaced by a vendor"),
            (json!({ "Action": "s 3:Get" }), "Vendor s 3 is not valid"),
            (json!({ "Action": "s3:" }), "only one colon and letters"),
            (json!({ "NotAction": "s3:*" }), "has Action or NotAction"),
            (json!({ "Resource": "bucket" }), "in ARN format"),
            (json!({ "Resource": "arn:aws:s3" }), "in ARN format"),
            (json!({ "Resource": [5] }), SYNTAX),
            (json!({ "Resource": [] }), "must contain resources"),
            (json!({ "NotResource": "*" }), "has Resource or NotResource"),
            (
                json!({ "Principal": "*" }),
                "should not specify a principal",
            ),
            (json!({ "Condition": "x" }), SYNTAX),
            (json!({ "Condition": { "StringEquals": "x" } }), SYNTAX),
            (
                json!({ "Condition": { "StringEquals": { "a": {} } } }),
                SYNTAX,
            ),
            (
                json!({ "Condition": { "Equals": {} } }),
                "Invalid Condition type : Equals.",
            ),
        ] {
            let refused = refusal(PolicyType::Permissions, wrong.clone()).expect(words);
            assert!(refused.contains(words), "{wrong}: {refused}");
        }
    }

    #[test]
    fn who_may_assume_a_role_is_named_as_aws_names_it() {
        for right in [
            json!({ "Principal": "*" }),
            json!({ "Principal": { "AWS": ["000000000000", "*", "arn:aws:iam::000000000000:root"] } }),
            json!({ "Principal": { "Federated": "cognito-identity.amazonaws.com" } }),
            json!({ "Principal": { "Service": ["a.amazonaws.com", "b.amazonaws.com.cn"] } }),
            json!({ "Action": ["sts:AssumeRole", "sts:TagSession"] }),
        ] {
            assert_eq!(refusal(PolicyType::Trust, right.clone()), None, "{right}");
        }
        for (wrong, words) in [
            (
                json!({ "Principal": "lambda.amazonaws.com" }),
                "Invalid principal",
            ),
            (json!({ "Principal": {} }), "Invalid principal"),
            (
                json!({ "Principal": { "Users": "x" } }),
                "Invalid principal",
            ),
            (
                json!({ "Principal": { "Service": "lambda" } }),
                "\"Service\":\"lambda\"",
            ),
            (json!({ "Principal": { "AWS": "ann" } }), "\"AWS\":\"ann\""),
            (json!({ "Principal": { "AWS": [] } }), "Invalid principal"),
            (json!({ "Action": "s3:Get" }), "only specify STS AssumeRole"),
            (json!({ "Resource": "*" }), "prohibited field Resource"),
            (json!({ "Principal": null }), "must contain a Principal"),
        ] {
            let refused = refusal(PolicyType::Trust, wrong.clone()).expect(words);
            assert!(refused.contains(words), "{wrong}: {refused}");
        }
    }

    #[test]
    fn a_document_has_known_elements_and_ids_of_statements_once() {
        let of = |document: Value| {
            let document = document.as_object().expect("an object").clone();
            check(&document, PolicyType::Permissions).err()
        };
        let statement = json!({ "Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*" });
        assert_eq!(of(json!({ "Id": "x", "Statement": statement })), None);
        assert!(of(json!({ "Id": 5, "Statement": statement })).is_some());
        assert!(of(json!({ "Statements": statement })).is_some());
        let twice = of(json!({ "Statement": [statement, statement] })).expect("twice");
        assert!(twice.contains("must be unique"), "{twice}");
    }
}
