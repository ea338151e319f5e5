//! JSON: the protocol of `X-Amz-Target` (versions 1.0 and 1.1), and faults of REST-JSON.

use http::HeaderMap;
use serde_json::{Value, json};

use crate::fault::Fault;

/// Names the operation, in the protocol that has no other place for it.
pub const TARGET: &str = "x-amz-target";

pub fn content_type(version: &str) -> String {
    format!("application/x-amz-json-{version}")
}

/// The operation in `X-Amz-Target: Logs_20140328.DescribeLogGroups`. One of another target is named
/// with it.
pub fn operation<'a>(headers: &'a HeaderMap, target: &str) -> Result<&'a str, Fault> {
    let header = headers.get(TARGET).and_then(|header| header.to_str().ok());
    let named = header.ok_or_else(|| {
        Fault::invalid(
            "UnknownOperationException",
            "the X-Amz-Target header names no operation",
        )
    })?;
    let operation = named
        .strip_prefix(target)
        .and_then(|rest| rest.strip_prefix('.'));
    Ok(operation.unwrap_or(named))
}

/// The parameters of a request; an empty body is an empty object.
pub fn parameters(body: &[u8]) -> Result<Value, Fault> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(serialization("the body is not a JSON object")),
        Err(error) => Err(serialization(&format!("the body is not JSON: {error}"))),
    }
}

/// An operation that has nothing to say answers with an empty object.
pub fn answer(answer: &Value) -> String {
    match answer {
        Value::Null => "{}".to_owned(),
        answer => answer.to_string(),
    }
}

fn serialization(message: &str) -> Fault {
    Fault::invalid("SerializationException", message)
}

pub fn fault(fault: &Fault) -> String {
    let mut members = fault.members.clone();
    members.insert("__type".to_owned(), json!(fault.code));
    members.insert("message".to_owned(), json!(fault.message));
    Value::Object(members).to_string()
}

/// The fault's own members may have another `Type`, or none with null.
pub fn rest_fault(fault: &Fault) -> String {
    let blame = if fault.is_client_error() {
        "User"
    } else {
        "Service"
    };
    let mut members = fault.members.clone();
    members.entry("Type").or_insert_with(|| json!(blame));
    for name in ["Message", "message"] {
        members.insert(name.to_owned(), json!(fault.message));
    }
    members.retain(|_, member| !member.is_null());
    Value::Object(members).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_fault_has_members_of_its_own_and_says_whose_it_is() {
        let written =
            |fault: &Fault| -> Value { serde_json::from_str(&rest_fault(fault)).expect("JSON") };
        let throttled = Fault::invalid("A", "b").with("Reason", "r");
        let expected = json!({ "Type": "User", "Message": "b", "message": "b", "Reason": "r" });
        assert_eq!(written(&throttled), expected);
        assert_eq!(written(&Fault::internal("b"))["Type"], "Service");
        let plain = Fault::invalid("A", "b").with("Type", Value::Null);
        assert_eq!(written(&plain), json!({ "Message": "b", "message": "b" }));
    }
}
