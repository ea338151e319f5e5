//! What is in a function's log group.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::harness::{Harness, SCRIPTED, ScriptedProcess, ended, soon};
use crate::caller::Caller;
use crate::fault::Answer;
use crate::service;

async fn ask(harness: &Harness, operation: &'static str, parameters: Value) -> Answer {
    let caller = Caller {
        id: String::new(),
        arn: String::new(),
        ..Caller::default()
    };
    service::call(&*harness.logs, operation, parameters, &caller).await
}

async fn asked(harness: &Harness, operation: &'static str, parameters: Value) -> Value {
    let answer = ask(harness, operation, parameters).await;
    answer.expect("it is answered")
}

/// All that a function has logged.
pub async fn messages(harness: &Harness, function: &str) -> Vec<String> {
    let group = json!({ "logGroupName": format!("/aws/lambda/{function}") });
    // Before the first line there is no group.
    let found = ask(harness, "FilterLogEvents", group).await;
    let found = found.unwrap_or_default();
    let events = found["events"].as_array().into_iter().flatten();
    let text = |event: &Value| event["message"].as_str().unwrap_or_default().to_owned();
    events.map(text).collect()
}

#[tokio::test]
async fn the_log_group_has_the_invocations_tails_and_later_lines() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let mut tails = String::new();
    let invocation = harness.invoke(&revision, "1");
    let mut process = ScriptedProcess::of(&revision).await;
    process.run("echo ready").await;
    let request = process.next().await;
    process.run("echo hello").await;
    process.respond(&request.id, "1").await;
    tails += &ended(invocation).await.expect("it was invoked").log_tail;
    tails += &harness.echo(&revision, &process).await.log_tail;
    assert_eq!(messages(&harness, "f").await.concat(), tails);
    assert!(tails.contains("\nhello\nEND "), "{tails}");

    let group = json!({ "logGroupName": "/aws/lambda/f" });
    let streams = asked(&harness, "DescribeLogStreams", group).await;
    let stream = streams["logStreams"][0]["logStreamName"].as_str();
    let (date, id) = stream
        .and_then(|name| name.split_once("/[$LATEST]"))
        .expect("its version");
    assert!(date.len() == 10 && id.len() == 32, "{stream:?}");

    process.run("echo later").await;
    let later = async {
        while messages(&harness, "f").await.last().map(String::as_str) != Some("later\n") {
            sleep(Duration::from_millis(10)).await;
        }
    };
    soon(later).await;
}

#[tokio::test]
async fn a_function_does_not_bring_back_the_log_group_that_was_deleted() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let process = ScriptedProcess::of(&revision).await;
    let request = process.next().await;
    let group = json!({ "logGroupName": "/aws/lambda/f" });
    asked(&harness, "DeleteLogGroup", group).await;
    process.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
    let tail = harness.echo(&revision, &process).await.log_tail;
    assert!(tail.starts_with("START"), "{tail}");
    let groups = asked(&harness, "DescribeLogGroups", json!({})).await;
    assert_eq!(groups["logGroups"], json!([]));
}
