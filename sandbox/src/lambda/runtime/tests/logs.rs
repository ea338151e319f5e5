//! What a function leaves in its log group.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::stage::{OBEYS, Played, Stage, ended, soon};
use crate::Caller;
use crate::service::Service;

async fn asked(stage: &Stage, operation: &str, parameters: Value) -> Value {
    let caller = Caller {
        id: String::new(),
        arn: String::new(),
    };
    let answer = stage.logs.call(operation, parameters, &caller).await;
    answer.expect("it is answered")
}

async fn messages(stage: &Stage) -> Vec<String> {
    let group = json!({ "logGroupName": "/aws/lambda/f" });
    let found = asked(stage, "FilterLogEvents", group).await;
    let events = found["events"].as_array().expect("a list").clone();
    let text = |event: &Value| event["message"].as_str().unwrap_or_default().to_owned();
    events.iter().map(text).collect()
}

#[tokio::test]
async fn the_log_group_has_what_the_caller_was_told_and_what_came_later() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let mut tails = String::new();
    let caller = stage.invoke(&program, "1");
    let mut process = Played::of(&program).await;
    process.obey("echo ready").await;
    let call = process.next().await;
    process.obey("echo hello").await;
    process.respond(&call.id, "1").await;
    tails += &ended(caller).await.expect("it was called").log_tail;
    tails += &stage.echo(&program, &process).await.log_tail;
    assert_eq!(messages(&stage).await.concat(), tails);
    assert!(tails.contains("\nhello\nEND "), "{tails}");

    let group = json!({ "logGroupName": "/aws/lambda/f" });
    let streams = asked(&stage, "DescribeLogStreams", group).await;
    let stream = streams["logStreams"][0]["logStreamName"].as_str();
    let (date, id) = stream
        .and_then(|name| name.split_once("/[$LATEST]"))
        .expect("its version");
    assert!(date.len() == 10 && id.len() == 32, "{stream:?}");

    process.obey("echo later").await;
    let later = async {
        while messages(&stage).await.last().map(String::as_str) != Some("later\n") {
            sleep(Duration::from_millis(10)).await;
        }
    };
    soon(later).await;
}

#[tokio::test]
async fn a_function_does_not_bring_back_the_log_group_that_was_deleted() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let caller = stage.invoke(&program, "1");
    let process = Played::of(&program).await;
    let call = process.next().await;
    let group = json!({ "logGroupName": "/aws/lambda/f" });
    asked(&stage, "DeleteLogGroup", group).await;
    process.respond(&call.id, "1").await;
    ended(caller).await.expect("it was called");
    let tail = stage.echo(&program, &process).await.log_tail;
    assert!(tail.starts_with("START"), "{tail}");
    let groups = asked(&stage, "DescribeLogGroups", json!({})).await;
    assert_eq!(groups["logGroups"], json!([]));
}
