//! Schedules and their groups.

use serde_json::{Value, json};

use super::{Row, Subject, name, row, tags, trust};
use crate::cloudformation::tests::{Sandbox, ask};

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:us-east-1:000000000000:{resource}")
}

/// Makes a role and a group of this name.
pub async fn prepare(sandbox: &Sandbox, name: &str) {
    let role = json!({ "RoleName": name,
        "AssumeRolePolicyDocument": trust("scheduler.amazonaws.com") });
    let made = ask(&*sandbox.platform.iam, "CreateRole", role).await;
    made.expect("made");
    let group = json!({ "Name": name });
    let made = ask(&*sandbox.platform.scheduler, "CreateScheduleGroup", group).await;
    made.expect("made");
}

fn role(end: &str) -> String {
    format!("arn:aws:iam::000000000000:role/{{id}}-{end}")
}

/// A time, which the service has as a number.
fn date(property: &'static str, at: &'static str) -> Row {
    let (one, two) = (
        json!("2040-01-01T00:00:00Z"),
        json!("2040-01-01T00:00:01.000Z"),
    );
    let row = row(property, at, one, two, json!("tomorrow"));
    row.shows(json!(2_208_988_800.0), json!(2_208_988_801.0))
}

pub fn schedule() -> Subject {
    let least = || json!({ "Arn": arn("sqs", "q"), "RoleArn": role("one") });
    let target = |more: Value| {
        let mut target = least();
        for (name, value) in more.as_object().expect("members") {
            target[name] = value.clone();
        }
        target
    };
    let usual = json!({ "MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185 });
    let one = target(json!({
        "Arn": arn("sqs", "q.fifo"),
        "DeadLetterConfig": { "Arn": arn("sqs", "dead") },
        "Input": "hello",
        "RetryPolicy": { "MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0 },
        "SqsParameters": { "MessageGroupId": "g" },
    }));
    let two = json!({ "Arn": arn("lambda", "function:f"), "RoleArn": role("two") });
    let mut shown = two.clone();
    shown["RetryPolicy"] = usual.clone();
    let wrong = json!({ "Arn": arn("sqs", "q"), "RoleArn": role("three") });
    let flexible = |minutes: u32| json!({ "Mode": "FLEXIBLE", "MaximumWindowInMinutes": minutes });
    let needed = json!({
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "ScheduleExpression": "rate(1 hour)",
        "Target": least(),
    });
    Subject {
        kind: "AWS::Scheduler::Schedule",
        least: needed.clone(),
        full: needed,
        rows: vec![
            row(
                "Description",
                "/Description",
                json!("1"),
                json!("2"),
                json!("d".repeat(513)),
            ),
            date("EndDate", "/EndDate"),
            row(
                "FlexibleTimeWindow",
                "/FlexibleTimeWindow",
                flexible(5),
                flexible(10),
                flexible(1441),
            )
            .or_else(json!({ "Mode": "OFF" })),
            row(
                "GroupName",
                "/GroupName",
                json!("{id}-one"),
                json!("{id}-two"),
                json!("a b"),
            )
            .or_else(json!("default")),
            name("Name", "/Name"),
            row(
                "ScheduleExpression",
                "/ScheduleExpression",
                json!("rate(2 hours)"),
                json!("at(2040-01-01T00:00:00)"),
                json!("rate(2 hour)"),
            )
            .or_else(json!("rate(1 hour)")),
            row(
                "ScheduleExpressionTimezone",
                "/ScheduleExpressionTimezone",
                json!("Europe/Berlin"),
                json!("Asia/Tokyo"),
                json!("Mars/Olympus"),
            )
            .or_else(json!("UTC")),
            date("StartDate", "/StartDate"),
            row(
                "State",
                "/State",
                json!("DISABLED"),
                json!("ENABLED"),
                json!("MAYBE"),
            )
            .or_else(json!("ENABLED")),
            row("Target", "/Target", one.clone(), two, wrong)
                .shows(one, shown)
                .or_else(target(json!({ "RetryPolicy": usual }))),
        ],
        attributes: vec![("Arn", "/Arn")],
    }
}

pub fn schedule_group() -> Subject {
    Subject {
        kind: "AWS::Scheduler::ScheduleGroup",
        least: json!({}),
        full: json!({}),
        rows: vec![name("Name", "/Name"), tags("/Tags")],
        attributes: vec![
            ("Arn", "/Arn"),
            ("CreationDate", "/CreationDate"),
            ("LastModificationDate", "/LastModificationDate"),
            ("State", "/State"),
        ],
    }
}
