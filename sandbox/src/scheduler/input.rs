//! What a target gets: its `Input`, or a notification if it has none.
//!
//! Source: "Adding context attributes in EventBridge Scheduler".

use serde_json::json;

use super::schedule::Schedule;
use crate::{ACCOUNT, REGION, clock};

/// The text for an invocation with this id at a time of the schedule.
pub fn body(schedule: &Schedule, scheduled: i64, execution: &str) -> String {
    let time = clock::to_the_second(scheduled);
    let Some(input) = &schedule.settings.target.input else {
        let notification = json!({
            "version": "0",
            "id": execution,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": ACCOUNT,
            "time": time,
            "region": REGION,
            "resources": [schedule.arn()],
            "detail": "{}",
        });
        return notification.to_string();
    };
    let attributes = [
        ("<aws.scheduler.schedule-arn>", schedule.arn()),
        ("<aws.scheduler.scheduled-time>", time),
        ("<aws.scheduler.execution-id>", execution.to_owned()),
    ];
    let attributes = attributes.iter();
    attributes.fold(input.clone(), |text, (name, value)| {
        text.replace(name, value)
    })
}
