//! Answers `GET /v1/audit/aws`: the audit log of who asks.
//!
//! A request has to be signed, so API Gateway knows whose it is, and nobody can name somebody else. Behind a custom integration the function knows nothing of HTTP: the API's mapping template makes the event,
//! and what the function answers is the body. A failure is matched by the API, which answers 520.

use mafia_operations::audit_log::AuditLog;
use mafia_operations::caller::user;
use mafia_support::{Answer, Error, Failure, Request, RuntimeError, Table, log_line, serve};
use serde_json::json;

fn main() -> Result<(), RuntimeError> {
    serve(audit)
}

async fn audit(request: &Request, table: &Table) -> Result<Answer, Error> {
    let text = |name: &str| request.event()[name].as_str().unwrap_or_default();
    let caller = text("caller");
    log_line(&format!("request {} of {caller}", text("requestId")));
    let Some(user) = user(caller) else {
        let failure = format!(
            "Only users and sessions of roles have an audit log, and {caller:?} is neither"
        );
        return Err(Failure::request(failure).into());
    };
    let events = AuditLog(table).events_of(user).await?;
    Ok(Answer::body(json!(events)))
}
