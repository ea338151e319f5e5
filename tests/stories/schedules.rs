//! Rules and schedules of a stack, on the sandbox's clock that is set forward. The sandbox is killed in between,
//! and nothing is lost that it has accepted.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::crashes::kill;
use crate::documents::{assert_documented, assert_nothing_undocumented};
use crate::mafia::Mafia;
use crate::outside::{script, tool};

#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn what_is_scheduled_happens_when_the_clock_is_set_forward() {
    let mafia = Mafia::alone();
    let asks = |command: &[&str]| {
        let command = [command, &["--json"]].concat();
        mafia.run(&command).succeeds().json()
    };
    let ends = || {
        kill(
            asks(&["sandbox", "status"])["pid"]
                .as_u64()
                .expect("it runs"),
        );
        mafia.run(&["sandbox", "start"]).succeeds();
    };
    let python = |arguments: &[&str]| client(&asks(&["sandbox", "env"])["variables"], arguments);
    python(&["deploy"]);

    // In each day, whenever it begins: twice two rules, and once the schedule.
    let first = asks(&["sandbox", "advance", "1d"]);
    assert_eq!(first["complete"], true);
    assert_eq!(counts(&first), [2, 2, 1], "{first}");
    assert_eq!(first["ahead"], json!(86_400));
    assert_nothing_undocumented(&["mafia sandbox advance"], std::slice::from_ref(&first));
    ends();
    let second = asks(&["sandbox", "advance", "24h"]);
    assert_eq!(counts(&second), [2, 2, 1], "{second}");
    ends();

    let collected = python(&["collect", "4", "6"]);
    let called = collected["called"].as_array().expect("a list");
    assert_eq!(called.len(), 4, "{collected}");
    let received = collected["received"].as_array().expect("a list");
    let of_source = |source: &str| -> Vec<&str> {
        let of_source = received.iter().filter(|it| it[0] == source);
        of_source
            .map(|it| it[1].as_str().expect("a time"))
            .collect()
    };
    let by_rule = of_source("aws.events");
    assert_eq!(by_rule.len(), 4, "{collected}");
    assert!(
        by_rule.iter().all(|time| time.ends_with(":00:00Z")),
        "{collected}"
    );
    let nightly = of_source("aws.scheduler");
    assert_eq!(nightly.len(), 2, "{collected}");
    assert!(
        nightly.iter().all(|time| time.ends_with("T23:00:00Z")),
        "{collected}"
    );

    let told = mafia.run(&["sandbox", "advance", "0s"]).succeeds();
    told.prints("in the sandbox, 2 days").reads_well_in_a_pipe();
    mafia.run(&["sandbox", "stop"]).succeeds();
}

/// A rule without permission to its queue: the events are lost, and nobody would see it.
#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn what_is_dropped_on_the_way_is_told() {
    let mafia = Mafia::alone();
    mafia.run(&["sandbox", "start"]).succeeds();
    let queue = "arn:aws:sqs:us-east-1:000000000000:lost";
    let calls = json!([
        ("sqs", "create_queue", json!({ "QueueName": "lost" })),
        (
            "events",
            "put_rule",
            json!({ "Name": "hourly", "ScheduleExpression": "rate(1 hour)" }),
        ),
        (
            "events",
            "put_targets",
            json!({ "Rule": "hourly", "Targets": [{ "Id": "1", "Arn": queue }] }),
        ),
    ]);
    let env = mafia.run(&["sandbox", "env", "--json"]).succeeds().json();
    let made = python("client.py", &env["variables"], &[&calls.to_string()]);
    let made = made.as_array().expect("a list");
    assert!(made.iter().all(|it| it["answer"].is_object()), "{made:?}");
    let advance = ["sandbox", "advance", "150m"];
    let told = mafia.run(&[&advance[..], &["--json"]].concat());
    let told = told.succeeds().json();
    assert_documented(&["mafia sandbox advance"], std::slice::from_ref(&told));
    assert_eq!(told["fired"].as_array().map(Vec::len), Some(2), "{told}");
    let dropped = &told["dropped"];
    assert_eq!(dropped[0]["times"], 2, "{told}");
    let what = dropped[0]["what"].as_str().expect("a text");
    assert!(what.contains("NO_PERMISSIONS"), "{what}");
    mafia
        .run(&advance)
        .succeeds()
        .prints("times: to arn:aws:events:");
    mafia
        .run(&["sandbox", "status"])
        .succeeds()
        .prints("5 h ahead of this machine's");
    mafia.run(&["sandbox", "stop"]).succeeds();
    mafia
        .run(&["sandbox", "advance", "1w"])
        .exits_with(2)
        .remarks("(s, m, h or d)");
}

/// How often the function's rule fired, the queue's, and the schedule.
fn counts(advanced: &Value) -> [usize; 3] {
    let fired = advanced["fired"].as_array().expect("a list").iter();
    let what: Vec<&str> = fired.map(|it| it["what"].as_str().expect("text")).collect();
    let beginning = |begin: &str| what.iter().filter(|it| it.starts_with(begin)).count();
    [
        beginning("rule schedules-WorkerTwice-"),
        beginning("rule schedules-Twice-"),
        beginning("schedule schedules-Nights-"),
    ]
}

fn client(variables: &Value, arguments: &[&str]) -> Value {
    python("schedules.py", variables, arguments)
}

fn python(name: &str, variables: &Value, arguments: &[&str]) -> Value {
    let variables = variables.as_object().expect("by name").iter();
    let variables = variables.map(|(name, value)| (name, value.as_str().expect("text")));
    let output = Command::new(tool("python3"))
        .arg(script(name))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(variables)
        .stdin(Stdio::null())
        .output()
        .expect("Python runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}
