//! Events, as rules and targets see them.
//!
//! Source: "Events in Amazon EventBridge".

use serde_json::{Value, json};
use uuid::Uuid;

use super::rule::Rule;
use crate::{ACCOUNT, REGION, clock};

/// What somebody has to say in an event.
#[derive(Debug)]
pub struct Contents {
    pub source: String,
    pub detail_type: String,
    /// In milliseconds since 1970.
    pub time: i64,
    pub resources: Vec<String>,
    pub detail: Value,
}

/// The event, and its id.
pub fn event(contents: Contents) -> (String, Value) {
    let id = Uuid::new_v4().to_string();
    let event = json!({
        "version": "0",
        "id": id,
        "detail-type": contents.detail_type,
        "source": contents.source,
        "account": ACCOUNT,
        "time": clock::to_the_second(contents.time),
        "region": REGION,
        "resources": contents.resources,
        "detail": contents.detail,
    });
    (id, event)
}

/// What a rule makes at a time of its schedule.
pub fn scheduled(rule: &Rule, time: i64) -> Value {
    let (_, event) = event(Contents {
        source: "aws.events".to_owned(),
        detail_type: "Scheduled Event".to_owned(),
        time,
        resources: vec![rule.arn()],
        detail: json!({}),
    });
    event
}
