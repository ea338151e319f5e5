//! Every operation: what it sends, and what it makes of the answer.

mod apis;
mod change_sets;
mod events;
mod functions;
mod logs;
mod objects;
mod permissions;
mod queues;
mod stacks;
mod tables;
mod users;

use super::CloudError;
use super::scripted::Sent;

/// An answer of CloudFormation, IAM or STS.
fn xml(operation: &str, content: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response><{operation}Result>{content}</{operation}Result></{operation}Response>"
    );
    (200, body)
}

/// A list of them.
fn members(members: &[String]) -> String {
    let members = members.iter().map(|it| format!("<member>{it}</member>"));
    members.collect()
}

/// An answer of a service that speaks JSON.
fn json(value: &serde_json::Value) -> (u16, String) {
    (200, value.to_string())
}

fn refused(code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (400, body)
}

fn refused_by_s3(status: u16, code: &str) -> (u16, String) {
    let body = format!("<Error><Code>{code}</Code><Message>why</Message></Error>");
    (status, body)
}

fn refused_in_json(status: u16, code: &str) -> (u16, String) {
    let body = serde_json::json!({ "__type": code, "message": "why" });
    (status, body.to_string())
}

fn missing() -> (u16, String) {
    refused_in_json(404, "ResourceNotFoundException")
}

fn denied() -> (u16, String) {
    refused_in_json(403, "AccessDeniedException")
}

/// Whether what was tried was refused with this code.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(tried: Result<T, CloudError>, code: &str) {
    let error = tried.expect_err("it is refused");
    assert_eq!(error.code(), Some(code), "{error:?}");
}

/// The requests so far.
fn sent(sent: &Sent) -> Vec<String> {
    sent.lock().expect("no answer panics").clone()
}

/// What a request has to contain, and what it must not.
#[track_caller]
fn assert_has(request: &str, parts: &[&str], others: &[&str]) {
    for part in parts {
        assert!(request.contains(part), "{part} is not in {request}");
    }
    for other in others {
        assert!(!request.contains(other), "{other} is in {request}");
    }
}
