//! `TestEventPattern`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Events;
use super::fault::{invalid, no_pattern};
use crate::event_pattern::Pattern;
use crate::fault::Answer;

/// What an event must have. Source: the documentation of TestEventPattern.
const REQUIRED: [&str; 7] = [
    "id",
    "account",
    "source",
    "time",
    "region",
    "resources",
    "detail-type",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TestRequest {
    event_pattern: String,
    event: String,
}

pub async fn test(_: &Events, request: TestRequest) -> Answer {
    let event: Option<Value> = serde_json::from_str(&request.event).ok();
    let event = event.filter(|event| REQUIRED.iter().all(|name| event.get(name).is_some()));
    let event = event.ok_or_else(|| invalid("Parameter Event is not valid."))?;
    let pattern = Pattern::parse(&request.event_pattern);
    let pattern = pattern.map_err(|refused| no_pattern(&refused))?;
    Ok(json!({ "Result": pattern.matches(&event) }))
}
