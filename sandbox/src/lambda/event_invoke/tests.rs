//! Configurations through Lambda's operations, and events of functions that succeed and fail.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clock::turned::Clock;
use crate::delivery::{Attempt, Delivery, Outcome, Target};
use crate::fault::{Answer, Fault};
use crate::lambda::Lambda;
use crate::lambda::bundle_cache::zipped_program;
use crate::lambda::tests::{call, opened_with};
use crate::service::Background;

const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:reports";
const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:reports";
/// What does not come within this time never does.
const NEVER: Duration = Duration::from_secs(20);

fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")
}

/// Keeps what is delivered.
#[derive(Debug, Default)]
struct Taken(Mutex<Vec<Delivery>>);

#[async_trait]
impl Target for Taken {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        self.0.lock().expect("no panic").push(delivery.clone());
        Outcome::Succeeded.into()
    }
}

struct World {
    lambda: Arc<Lambda>,
    taken: Arc<Taken>,
    /// Deleted at the end.
    _folder: TempDir,
}

impl World {
    /// With the functions `good`, which answers, and `bad`, whose process ends.
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let lambda = opened_with(folder.path(), Arc::new(Clock::skipping()));
        let taken = Arc::new(Taken::default());
        let of_lambda: Weak<dyn Target> = Arc::downgrade(&lambda) as _;
        lambda.deliveries.register("lambda", of_lambda);
        for service in ["sns", "sqs"] {
            let target: Weak<dyn Target> = Arc::downgrade(&taken) as _;
            lambda.deliveries.register(service, target);
        }
        let world = Self {
            lambda,
            taken,
            _folder: folder,
        };
        world.function("bad", "#!/bin/sh\nexit 1\n").await;
        world.function("good", GOOD).await;
        world
    }

    async fn function(&self, name: &str, program: &str) {
        let zip = BASE64_STANDARD.encode(zipped_program(program.as_bytes()));
        let made = json!({ "FunctionName": name, "Runtime": "provided.al2023",
            "Handler": "bootstrap", "Role": "arn:aws:iam::000000000000:role/worker",
            "Timeout": 10, "Code": { "ZipFile": zip } });
        self.ask("CreateFunction", made).await;
    }

    async fn ask(&self, operation: &'static str, parameters: Value) -> Value {
        let answer = self.try_ask(operation, parameters).await;
        answer.unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    async fn try_ask(&self, operation: &'static str, parameters: Value) -> Answer {
        call(&self.lambda, operation, parameters).await
    }

    async fn refused(&self, operation: &'static str, parameters: Value) -> Fault {
        let answer = self.try_ask(operation, parameters).await;
        answer.expect_err("it is refused")
    }

    fn accept(&self, function: &str, payload: &Value) {
        let function_ref = super::FunctionRef::parse(function, None).expect("a function");
        let event = self
            .lambda
            .event(&function_ref, "event-1", payload.to_string());
        let deliveries = &self.lambda.deliveries;
        deliveries.accept(event.expect("there")).expect("accepted");
    }

    /// All that has come to queues and topics, when nothing is on its way any more.
    async fn taken(&self) -> Vec<Delivery> {
        let wait = async {
            while self.lambda.deliveries.running() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(NEVER, wait).await.expect("it ends");
        self.lambda.stop().await;
        std::mem::take(&mut *self.taken.0.lock().expect("no panic"))
    }
}

/// Answers each event with `"done"`, through the Runtime API.
const GOOD: &str = r#"#!/bin/bash
exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%%:*}/$(p=${AWS_LAMBDA_RUNTIME_API##*:}; echo ${p%%/*})"
printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n' >&3
id=; length=0
while IFS= read -r line <&3; do
  line=${line%$'\r'}
  [ -z "$line" ] && break
  case "${line,,}" in
    lambda-runtime-aws-request-id:*) id=${line#*: };;
    content-length:*) length=${line#*: };;
  esac
done
head -c "$length" <&3 >/dev/null
printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n"done"' "$id" >&3
cat <&3 >/dev/null
"#;

fn reports(success: &str, failure: &str) -> Value {
    json!({ "OnSuccess": { "Destination": success }, "OnFailure": { "Destination": failure } })
}

#[tokio::test]
async fn a_configuration_is_put_changed_shown_and_deleted() {
    let world = World::new().await;
    let of_bad = json!({ "FunctionName": "bad" });
    let none = world
        .refused("GetFunctionEventInvokeConfig", of_bad.clone())
        .await;
    let arn = format!("{}:$LATEST", function_arn("bad"));
    assert_eq!(
        none.message,
        format!("The function {arn} doesn't have an EventInvokeConfig")
    );
    let put = json!({ "FunctionName": "bad", "MaximumRetryAttempts": 0,
        "DestinationConfig": { "OnFailure": { "Destination": QUEUE } } });
    let made = world.ask("PutFunctionEventInvokeConfig", put).await;
    assert_eq!(made["FunctionArn"], *arn);
    assert_eq!(
        made["DestinationConfig"],
        json!({ "OnSuccess": {}, "OnFailure": { "Destination": QUEUE } })
    );
    let update = json!({ "FunctionName": "bad", "MaximumEventAgeInSeconds": 60 });
    world.ask("UpdateFunctionEventInvokeConfig", update).await;
    let shown = world
        .ask("GetFunctionEventInvokeConfig", of_bad.clone())
        .await;
    assert_eq!(
        (
            &shown["MaximumRetryAttempts"],
            &shown["MaximumEventAgeInSeconds"]
        ),
        (&json!(0), &json!(60))
    );
    assert_eq!(
        shown["DestinationConfig"]["OnFailure"]["Destination"],
        QUEUE
    );
    let put = json!({ "FunctionName": "bad", "MaximumRetryAttempts": 1 });
    let replaced = world.ask("PutFunctionEventInvokeConfig", put).await;
    assert_eq!(replaced["DestinationConfig"]["OnFailure"], json!({}));

    world.ask("PublishVersion", of_bad.clone()).await;
    let of_version = json!({ "FunctionName": "bad", "Qualifier": "1", "MaximumRetryAttempts": 2 });
    world.ask("PutFunctionEventInvokeConfig", of_version).await;
    let first = json!({ "FunctionName": "bad", "MaxItems": 1 });
    let page = world.ask("ListFunctionEventInvokeConfigs", first).await;
    let next = json!({ "FunctionName": "bad", "Marker": page["NextMarker"] });
    let rest = world.ask("ListFunctionEventInvokeConfigs", next).await;
    let list = "FunctionEventInvokeConfigs";
    let arns = [&page[list][0]["FunctionArn"], &rest[list][0]["FunctionArn"]];
    assert_eq!(
        arns,
        [&json!(arn), &json!(format!("{}:1", function_arn("bad")))]
    );
    assert_eq!(rest["NextMarker"], Value::Null);

    let version = json!({ "FunctionName": "bad", "Qualifier": "1" });
    world.ask("DeleteFunction", version.clone()).await;
    let gone = world.refused("GetFunctionEventInvokeConfig", version).await;
    assert_eq!(gone.code, "ResourceNotFoundException");
    world
        .ask("DeleteFunctionEventInvokeConfig", of_bad.clone())
        .await;
    let again = world
        .refused("DeleteFunctionEventInvokeConfig", of_bad.clone())
        .await;
    assert_eq!(again.code, "ResourceNotFoundException");
    let put = json!({ "FunctionName": "bad", "MaximumRetryAttempts": 1 });
    world.ask("PutFunctionEventInvokeConfig", put).await;
    world.ask("DeleteFunction", of_bad.clone()).await;
    world.function("bad", "#!/bin/sh\n").await;
    let fresh = world.refused("GetFunctionEventInvokeConfig", of_bad).await;
    assert_eq!(fresh.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn what_no_configuration_can_have_is_refused() {
    let world = World::new().await;
    let to = |arn: &str| json!({ "DestinationConfig": { "OnFailure": { "Destination": arn } } });
    for (given, said) in [
        (json!({}), "at least one of error handling"),
        (json!({ "MaximumRetryAttempts": 3 }), "maximumRetryAttempts"),
        (
            json!({ "MaximumEventAgeInSeconds": 59 }),
            "maximumEventAgeInSeconds",
        ),
        (
            json!({ "MaximumEventAgeInSeconds": 21_601 }),
            "maximumEventAgeInSeconds",
        ),
        (to("reports"), "destinationConfig.onFailure.destination"),
        (
            to("arn:aws:kinesis:us-east-1:000000000000:stream/s"),
            "onFailure=OnFailure(destination=arn:aws:kinesis",
        ),
        (to(&format!("{QUEUE}.fifo")), "is invalid"),
        (to(&function_arn("bad")), "as a destination for itself"),
        (to(&function_arn("none")), "The destination ARN"),
        (
            to("arn:aws:events:us-east-1:111111111111:event-bus/default"),
            "is invalid",
        ),
        (to("arn:aws:s3:::bucket"), "buckets"),
    ] {
        let mut request = given;
        request["FunctionName"] = json!("bad");
        let refused = world
            .refused("PutFunctionEventInvokeConfig", request.clone())
            .await;
        assert!(refused.message.contains(said), "{request}: {refused}");
    }
    let update = json!({ "FunctionName": "bad", "MaximumRetryAttempts": 1 });
    let refused = world
        .refused("UpdateFunctionEventInvokeConfig", update)
        .await;
    assert!(
        refused
            .message
            .contains("doesn't have an EventInvokeConfig")
    );
    let put = json!({ "FunctionName": "none", "MaximumRetryAttempts": 1 });
    let refused = world.refused("PutFunctionEventInvokeConfig", put).await;
    assert_eq!(refused.code, "ResourceNotFoundException");
    for (arn, said) in [
        ("dead", "deadLetterConfig.targetArn"),
        (&function_arn("good"), "deadLetterConfig.targetArn"),
        (&format!("{QUEUE}.fifo"), "FIFO"),
    ] {
        let change = json!({ "FunctionName": "bad", "DeadLetterConfig": { "TargetArn": arn } });
        let refused = world.refused("UpdateFunctionConfiguration", change).await;
        assert!(refused.message.contains(said), "{refused}");
    }
}

#[tokio::test]
async fn a_dead_letter_queue_is_shown_and_removed() {
    let world = World::new().await;
    let with =
        |arn: &str| json!({ "FunctionName": "bad", "DeadLetterConfig": { "TargetArn": arn } });
    let changed = world.ask("UpdateFunctionConfiguration", with(QUEUE)).await;
    assert_eq!(changed["DeadLetterConfig"], json!({ "TargetArn": QUEUE }));
    let removed = world.ask("UpdateFunctionConfiguration", with("")).await;
    assert!(removed.get("DeadLetterConfig").is_none(), "{removed}");
}

#[tokio::test]
async fn who_waits_for_a_success_gets_the_answer() {
    let world = World::new().await;
    let put = json!({ "FunctionName": "good", "DestinationConfig": reports(TOPIC, QUEUE) });
    world.ask("PutFunctionEventInvokeConfig", put).await;
    world.accept("good", &json!({ "number": 1 }));
    let taken = world.taken().await;
    let [report] = &taken[..] else {
        panic!("{taken:?}")
    };
    assert_eq!(report.target, TOPIC);
    let mut report: Value = serde_json::from_str(&report.payload).expect("JSON");
    assert!(report["timestamp"].take().is_string());
    assert_eq!(
        report,
        json!({
            "version": "1.0", "timestamp": null,
            "requestContext": {
                "requestId": "event-1", "functionArn": format!("{}:$LATEST", function_arn("good")),
                "condition": "Success", "approximateInvokeCount": 1,
            },
            "requestPayload": { "number": 1 },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST" },
            "responsePayload": "done",
        })
    );
}

#[tokio::test]
async fn a_failure_is_reported_and_its_event_is_kept() {
    let world = World::new().await;
    let put = json!({ "FunctionName": "bad", "MaximumRetryAttempts": 0,
        "DestinationConfig": reports(TOPIC, QUEUE) });
    world.ask("PutFunctionEventInvokeConfig", put).await;
    let dead = "arn:aws:sqs:us-east-1:000000000000:dead";
    let change = json!({ "FunctionName": "bad", "DeadLetterConfig": { "TargetArn": dead } });
    world.ask("UpdateFunctionConfiguration", change).await;
    world.accept("bad", &json!([1]));
    let mut taken = world.taken().await;
    taken.sort_by(|a, b| a.target.cmp(&b.target));
    let [letter, report] = &taken[..] else {
        panic!("{taken:?}")
    };
    assert_eq!((&*letter.target, &*letter.payload), (dead, "[1]"));
    let names: Vec<&str> = letter.attributes.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["RequestID", "ErrorCode", "ErrorMessage"]);
    assert_eq!(letter.attributes[0].value, "event-1");
    assert_eq!(letter.attributes[1].value, "200");
    let report: Value = serde_json::from_str(&report.payload).expect("JSON");
    assert_eq!(report["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(report["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(report["responseContext"]["functionError"], "Unhandled");
    assert!(report["responsePayload"]["errorMessage"].is_string());
}

#[tokio::test]
async fn a_report_to_a_function_is_an_event_of_its_own() {
    let world = World::new().await;
    let put = json!({ "FunctionName": "bad", "MaximumRetryAttempts": 0,
        "DestinationConfig": { "OnFailure": { "Destination": function_arn("good") } } });
    world.ask("PutFunctionEventInvokeConfig", put).await;
    let put = json!({ "FunctionName": "good",
        "DestinationConfig": { "OnSuccess": { "Destination": QUEUE } } });
    world.ask("PutFunctionEventInvokeConfig", put).await;
    world.accept("bad", &json!({}));
    let taken = world.taken().await;
    let [report] = &taken[..] else {
        panic!("{taken:?}")
    };
    let report: Value = serde_json::from_str(&report.payload).expect("JSON");
    assert_eq!(report["requestContext"]["condition"], "Success");
    let caused_by = &report["requestPayload"]["requestContext"];
    assert_eq!(caused_by["condition"], "RetriesExhausted");
}
