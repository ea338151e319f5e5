//! The lab `operations`: a worker of queues, jobs, an audit log with a part for each user, and a file of prices
//! that is read as a stream.

use serde_json::{Value, json};

use crate::crashes::seeds;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::mafia::Mafia;
use crate::outside::python;
use crate::student::Student;
use crate::survived::{lived_in, start};
use crate::workspace::Workspace;

on_each_endpoint! { operations_go_on_by_themselves, what_leaves_the_template_leaves_the_stack }

const LAB: [&str; 2] = ["--lab", "operations"];
const FUNCTIONS: [&str; 4] = ["01-queue-worker", "02-cron", "03-audit", "04-pricing"];
/// Of the function of prices, in MB.
const MEMORY: u64 = 256;

fn operations_go_on_by_themselves(endpoint: &Endpoint) {
    let endpoint = &endpoint.for_the_public();
    let workspace = Workspace::with_lab("operations");
    let olga = Student::new(endpoint, "mafia-olga", &workspace);
    let stack = "mafia-olga-operations";
    let deployed = olga.deploys(&LAB);
    assert_eq!(deployed.functions("created"), FUNCTIONS);
    let does = |what: &str| python(endpoint, "operations.py", &[stack, what]);

    let worked = does("queue");
    assert_eq!(worked["dead"], json!(["poison"]));
    let rest = json!([["ann", "1"], ["ann", "2"], ["bob", "3"], ["bob", "4"]]);
    assert_eq!(worked["recorded"], rest, "the rest of the batch is done");
    assert_eq!(worked["comment"], "mine", "a message that comes again");

    // The day has both jobs, the backup twice. On ministack, whose clock cannot be set forward, they are called.
    if let Some(advanced) = endpoint.advance("1d") {
        let fired = advanced["fired"].to_string();
        for (job, times) in [("Backup", 2), ("Nightly", 1)] {
            let name = format!("schedule {stack}-{job}-");
            assert_eq!(fired.matches(&name).count(), times, "{fired}");
        }
    } else {
        for job in ["audit", "backup-job"] {
            let event = json!({ "job": job }).to_string();
            let called = olga.asks(&["invoke", "cron", &event, "--stack", stack]);
            assert!(called["answer"].is_object(), "{called}");
        }
    }
    let done = does("jobs");
    let counts = json!({ "ann": { "login": 1, "logout": 1 }, "bob": { "login": 2 } });
    assert_eq!(done["counts"], counts);
    assert_eq!(done["backup"], 4);

    if endpoint.is_a_sandbox() {
        // In ministack, functions behind a custom integration get the event of a proxy: there are no mapping
        // templates for them, and no patterns for their failures.
        assert_audited(&does("audit"));
        assert_signed(&olga, stack);
        // ministack does not evaluate policies.
        assert_separated(&does("users"));
        // It neither retries events as Lambda does, nor reports what its runtime of programs says of them.
        assert_reported(&does("failed"));
    }
    let loaded = does("pricing");
    let number = |name: &str| loaded[name].as_u64().expect("a number");
    assert!(number("bytes") > 99_000_000, "{loaded}");
    assert_eq!(number("prices"), 1_200);
    // What ministack reports is not the function's alone.
    if endpoint.is_a_sandbox() {
        assert!(number("megabytes") < MEMORY, "{loaded}");
    }
    let system = Student::new(endpoint, stack, &workspace);
    system.shows_that_it_works("operations");
    system.run(&["clean"]).succeeds().prints("0 left");
}

fn assert_audited(answers: &Value) {
    for (user, expected) in [
        ("ann", json!(["login", "logout"])),
        ("bob", json!(["login", "login"])),
    ] {
        let answer = &answers[user];
        assert_eq!(answer["status"], 200, "{answer}");
        let actions = answer["body"].as_array();
        let actions = actions.unwrap_or_else(|| panic!("{answer:#}")).iter();
        let actions: Vec<&Value> = actions.map(|event| &event["Action"]).collect();
        assert_eq!(json!(actions), expected, "{user} gets the own log");
        assert_eq!(answer["headers"]["access-control-allow-origin"], "*");
        for (header, begin) in [("requestid", ""), ("identityid", "AIDA")] {
            let value = answer["headers"][header].as_str();
            let value = value.filter(|value| !value.is_empty());
            assert!(
                value.is_some_and(|value| value.starts_with(begin)),
                "{answer}"
            );
        }
    }
    let refused = |who: &str| {
        let answer = &answers[who];
        assert_eq!(answer["status"], 403, "{answer}");
        let body = &answer["body"];
        body["message"]
            .as_str()
            .or(body["Message"].as_str())
            .expect("a text")
    };
    assert_eq!(refused("nobody"), "Missing Authentication Token");
    let eve = refused("eve");
    assert!(eve.contains("user/eve is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:"), "{eve}");
    assert!(
        eve.contains("/prod/GET/v1/audit/aws because no identity-based policy allows"),
        "{eve}"
    );
    let preflight = &answers["preflight"];
    assert_eq!(preflight["status"], 200);
    let methods = &preflight["headers"]["access-control-allow-methods"];
    assert_eq!(methods, "GET,OPTIONS");
}

/// `mafia` signs where the method wants it. The sandbox's owner is a user without events.
fn assert_signed(olga: &Student, stack: &str) {
    let called = olga.asks(&["api", "call", "GET", "/v1/audit/aws", "--stack", stack]);
    assert_eq!(called["status"], 200, "{called}");
    assert_eq!(called["body"], json!([]), "{called}");
    let tested = olga.asks(&[
        "api",
        "call",
        "--test",
        "GET",
        "/v1/audit/aws",
        "--stack",
        stack,
    ]);
    assert_eq!(tested["status"], 200, "{tested}");
}

fn assert_separated(may: &Value) {
    let with = |who: &str| may[who].as_object().expect("by deed").iter();
    for user in ["ann", "backup"] {
        for (deed, may) in with(&format!("{user} of {user}")) {
            let forbidden = [
                "queries everything",
                "comments and reads everything",
                "forges counts",
            ];
            let expected = !forbidden.contains(&deed.as_str());
            assert_eq!(may, expected, "{user} {deed}");
        }
        let other = if user == "ann" { "backup" } else { "ann" };
        let others = with(&format!("{user} of {other}"));
        for (deed, may) in others.chain(with(&format!("{user} of all"))) {
            assert_eq!(may, false, "{user} {deed} of {other}");
        }
    }
}

fn assert_reported(report: &Value) {
    assert_eq!(report["condition"], "RetriesExhausted");
    assert_eq!(report["count"], 2, "one retry");
    assert_eq!(report["key"], "prices/none.json");
    let error = report["error"].as_str().expect("a text");
    assert!(error.contains("as a file of prices"), "{error}");
}

/// What is taken out of the template goes with the next deployment, and that alone: a trigger that moves to
/// another function, one that is removed, and a variable of a function.
fn what_leaves_the_template_leaves_the_stack(endpoint: &Endpoint) {
    let workspace = Workspace::with_lab("operations");
    let piet = Student::new(endpoint, "mafia-piet", &workspace);
    let stack = "mafia-piet-operations";
    piet.deploys(&LAB);
    let found = || python(endpoint, "operations.py", &[stack, "mappings"]);
    let (aggregator, ingest) = ("aggregator", "cloud-trail-ingest");
    let before = json!({ aggregator: "01-queue-worker", ingest: "01-queue-worker" });
    assert_eq!(found()["mappings"], before);

    let template = "templates/operations.yaml";
    let text = workspace.read(template);
    let text = without(&text, "  AggregatorMapping:\n");
    let text = text.replace("          SNS_TOPIC_ARN: !Ref Aggregate\n", "");
    let mapping = "!GetAtt CloudTrailIngestQueue.Arn\n      FunctionName: !Ref ";
    assert!(text.contains(&format!("{mapping}QueueWorker")));
    // The queue's new function has to be allowed to receive.
    let allowed = "              - Sid: ReadTheAuditLog\n                Effect: Allow\n                Action: dynamodb:Scan\n";
    let receive = "              - Sid: ReceiveMessages\n                Effect: Allow\n                Action:\n                  - sqs:DeleteMessage\n                  - sqs:GetQueueAttributes\n                  - sqs:ReceiveMessage\n                Resource: !GetAtt CloudTrailIngestQueue.Arn\n";
    assert!(text.contains(allowed));
    let text = text.replace(allowed, &format!("{receive}{allowed}"));
    let text = text.replace(&format!("{mapping}QueueWorker"), &format!("{mapping}Cron"));
    let text = text.replace(
        "      MemorySize: 256\n      Timeout: 60\n",
        "      MemorySize: 256\n      Timeout: 9\n",
    );
    workspace.write(template, &text);

    let planned = piet.asks(&["deploy", "--lab", "operations", "--dry-run"]);
    let changes = planned["changes"].to_string();
    for resource in ["AggregatorMapping", "CloudTrailIngestMapping", "Cron"] {
        assert!(changes.contains(resource), "{planned:#}");
    }
    assert!(!changes.contains("AuditLog\""), "{planned:#}");
    assert_eq!(found()["mappings"], before, "a dry run changes nothing");
    let said = piet.run(&["deploy", "--lab", "operations"]);
    said.succeeds().remarks("AggregatorMapping");
    let after = found();
    assert_eq!(after["mappings"], json!({ ingest: "02-cron" }));
    assert_eq!(after["variables"], json!(["BUCKET", "DYNAMO_TABLE"]));
    piet.run(&["clean", "--stack", stack])
        .succeeds()
        .prints("0 left");
}

/// The template without this resource.
fn without(template: &str, resource: &str) -> String {
    let (before, rest) = template.split_once(resource).expect("it is there");
    let end = rest.find("\n\n").expect("another one follows");
    format!("{before}{}", &rest[end + 2..])
}

#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn work_is_whole_after_kills() {
    let workspace = Workspace::with_lab("operations");
    for seed in seeds(0..2) {
        let quin = Mafia::alone()
            .in_folder(workspace.path())
            .env("MAFIA_STACK", "mafia-quin")
            .env("MAFIA_YES", "true");
        start(&quin);
        quin.run(&["deploy", "--lab", "operations"]).succeeds();
        let arguments = ["mafia-quin-operations", "lives"];
        let report = lived_in(&quin, "operations.py", &arguments, seed);
        // What has never come, of what was sent.
        assert_eq!(report["missing"], json!([]), "seed {seed}");
    }
}
