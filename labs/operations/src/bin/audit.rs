//! Answers `GET /v1/audit/aws`: a user's audit log.
//!
//! Behind a custom integration the function knows nothing of HTTP: the API's mapping template makes the event,
//! and what the function answers is the body. A failure is matched by the API, which answers 520.

use mafia_operations::audit_log::AuditLog;
use mafia_support::{Answer, Error, Failure, Request, RuntimeError, Table, log_line, serve};
use serde_json::json;

fn main() -> Result<(), RuntimeError> {
    serve(audit)
}

async fn audit(request: &Request, table: &Table) -> Result<Answer, Error> {
    let text = |name: &str| request.event()[name].as_str().unwrap_or_default();
    let user = text("user");
    log_line(&format!(
        "request {} of {} for the log of {user:?}",
        text("requestId"),
        text("identity")
    ));
    if user.is_empty() {
        let failure = Failure::request("The query string has no user: send ?user=NAME");
        return Err(failure.into());
    }
    let events = AuditLog(table).events_of(user).await?;
    Ok(Answer::body(json!(events)))
}
