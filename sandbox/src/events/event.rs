//! Events, as rules and targets see them.
//!
//! Source: "Events in Amazon EventBridge".

use serde_json::{Value, json};
use uuid::Uuid;

use super::rule::Rule;
use crate::delivery::BusEvent;
use crate::{ACCOUNT, REGION, clock};

/// The event, and its id.
pub fn event(contents: BusEvent) -> (String, Value) {
    let id = Uuid::new_v4().to_string();
    let event = event_with(&id, contents);
    (id, event)
}

pub fn event_with(id: &str, contents: BusEvent) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": contents.detail_type,
        "source": contents.source,
        "account": ACCOUNT,
        "time": clock::to_the_second(contents.time),
        "region": REGION,
        "resources": contents.resources,
        "detail": contents.detail,
    })
}

/// What a rule makes at a time of its schedule.
pub fn scheduled(rule: &Rule, time: i64) -> Value {
    let (_, event) = event(BusEvent {
        source: "aws.events".to_owned(),
        detail_type: "Scheduled Event".to_owned(),
        time,
        resources: vec![rule.arn()],
        detail: json!({}),
    });
    event
}
