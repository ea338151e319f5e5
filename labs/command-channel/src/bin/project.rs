//! Reads the stream of events, and keeps the table of destinations as they say.

use mafia_command_channel::destinations::Destinations;
use mafia_command_channel::event::changes;
use mafia_support::{Answer, Error, Request, RuntimeError, log_line, serve};
use serde_json::json;

fn main() -> Result<(), RuntimeError> {
    serve(project)
}

/// Answers the first change that could not be processed: Lambda brings it again, and all after it.
async fn project(request: &Request, destinations: &Destinations) -> Result<Answer, Error> {
    let mut failures = Vec::new();
    for change in changes(request)? {
        let done = match change.event {
            Ok(Some(event)) => destinations
                .project(event)
                .await
                .map_err(|it| it.to_string()),
            Ok(None) => Ok(()),
            Err(reason) => Err(reason),
        };
        if let Err(reason) = done {
            log_line(&format!(
                "change {} has failed: {reason}",
                change.sequence_number
            ));
            failures.push(json!({ "itemIdentifier": change.sequence_number }));
            break;
        }
    }
    Ok(Answer::body(json!({ "batchItemFailures": failures })))
}
