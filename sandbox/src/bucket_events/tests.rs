//! Events on their way from a bucket to a queue, a topic and a function.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::adjustable_clock::AdjustableClock;
use crate::authorise::AllowAll;
use crate::caller::Caller;
use crate::delivery::DeliveryQueue;
use crate::fault::{Answer, Fault};
use crate::journal::Journal;
use crate::keys::{Keyring, Keys};
use crate::lambda::zipped_program;
use crate::platform::{Base, Platform};
use crate::service::{self, Service};
use crate::services;
use crate::state_dir::StateDir;
use crate::store::Store;
use crate::timer::Timer;

/// What does not come within this time never does.
const NEVER: Duration = Duration::from_secs(20);

struct World {
    platform: Platform,
    deliveries: Arc<DeliveryQueue>,
    folder: TempDir,
}

fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:us-east-1:000000000000:{name}")
}

/// That S3 may do this for the bucket `files`.
fn policy(action: &str, resource: &str) -> String {
    let statement = json!({ "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" },
        "Action": action, "Resource": resource,
        "Condition": { "ArnEquals": { "aws:SourceArn": "arn:aws:s3:::files" },
            "StringEquals": { "aws:SourceAccount": "000000000000" } } });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

impl World {
    /// With the bucket `files`.
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        state_dir.make().expect("a folder");
        let store = Arc::new(Store::open(&state_dir.path("state")).expect("it opens"));
        let journal = Arc::new(Journal::open(&state_dir).expect("it opens"));
        let clock = AdjustableClock::open(&store).expect("it opens");
        let deliveries = DeliveryQueue::new(&store, &journal, clock.clone());
        let base = Base {
            state_dir,
            store,
            keyring: Arc::new(Keyring::new(Keys::long_term())),
            authority: Arc::new(AllowAll),
            deliveries: deliveries.clone(),
            timer: Timer::new(clock.clone(), &journal),
            clock,
            journal,
            was_killed: false,
            url: "http://127.0.0.1:1".to_owned(),
        };
        let platform = Platform::open(&base).expect("it opens");
        services::register_targets(&base, &platform);
        platform.s3.create_bucket("files").expect("made");
        Self {
            platform,
            deliveries,
            folder,
        }
    }

    fn configure(&self, value: Value) -> Result<(), Fault> {
        let property = "NotificationConfiguration";
        self.platform
            .s3
            .configure_bucket("files", property, Some(value))
    }

    async fn queue(&self, name: &str, policy: &str) {
        let attributes = json!({ "Policy": policy });
        let queue = json!({ "QueueName": name, "Attributes": attributes });
        let made = ask(&*self.platform.sqs, "CreateQueue", queue).await;
        made.expect("made");
    }

    /// The bodies of the messages in a queue.
    async fn received(&self, queue: &str, count: usize) -> Vec<Value> {
        let mut bodies = Vec::new();
        let wait = async {
            while bodies.len() < count {
                let request = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10,
                    "WaitTimeSeconds": 1 });
                let answer = ask(&*self.platform.sqs, "ReceiveMessage", request).await;
                let answer = answer.expect("received");
                let messages = answer["Messages"].as_array().into_iter().flatten();
                let body = |message: &Value| message["Body"].as_str().expect("text").to_owned();
                let read = messages.map(|it| serde_json::from_str(&body(it)).expect("JSON"));
                bodies.extend(read.collect::<Vec<Value>>());
            }
        };
        tokio::time::timeout(NEVER, wait).await.expect("they come");
        bodies
    }

    async fn nothing_is_on_its_way(&self) {
        let wait = async {
            while self.deliveries.running() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(NEVER, wait).await.expect("it ends");
    }
}

async fn ask(service: &dyn Service, operation: &'static str, parameters: Value) -> Answer {
    let caller = Caller {
        id: "id".to_owned(),
        arn: "arn".to_owned(),
        ..Caller::default()
    };
    service::call(service, operation, parameters, &caller).await
}

#[tokio::test]
async fn queues_and_topics_get_a_test_and_then_events() {
    let world = World::open();
    let (queue, topic) = (arn("sqs", "direct"), arn("sns", "news"));
    world
        .queue("direct", &policy("sqs:SendMessage", &queue))
        .await;
    let subscribed = arn("sqs", "subscribed");
    let of_topic = policy("sqs:SendMessage", &subscribed)
        .replace("s3.amazonaws.com", "sns.amazonaws.com")
        .replace("arn:aws:s3:::files", &topic);
    world.queue("subscribed", &of_topic).await;
    let attributes = json!({ "Policy": policy("sns:Publish", &topic) });
    let made = json!({ "Name": "news", "Attributes": attributes });
    let sns = &*world.platform.sns;
    ask(sns, "CreateTopic", made).await.expect("made");
    let subscription = json!({ "TopicArn": topic, "Protocol": "sqs", "Endpoint": subscribed });
    let subscription = ask(sns, "Subscribe", subscription).await;
    subscription.expect("subscribed");
    let configured = world.configure(json!({
        "QueueConfigurations": [{ "Event": "s3:ObjectCreated:*", "Queue": queue }],
        "TopicConfigurations": [{ "Event": "s3:ObjectRemoved:*", "Topic": topic }],
    }));
    configured.expect("right");
    let tests = world.received("direct", 1).await;
    assert_eq!(tests[0]["Event"], "s3:TestEvent");
    let tests = world.received("subscribed", 1).await;
    assert_eq!(tests[0]["Subject"], "Amazon S3 Notification");

    world.platform.s3.keep("files", "a b", b"1");
    let events = world.received("direct", 1).await;
    assert_eq!(events[0]["Records"][0]["s3"]["object"]["key"], "a+b");
}

#[tokio::test]
async fn a_function_is_invoked_and_a_receiver_that_is_closed_later_gets_nothing() {
    let world = World::open();
    let (lambda, function) = (&*world.platform.lambda, arn("lambda", "function:f"));
    let zip = BASE64_STANDARD.encode(zipped_program(b"program"));
    let made = json!({ "FunctionName": "f", "Runtime": "provided.al2023", "Handler": "bootstrap",
        "Role": "arn:aws:iam::000000000000:role/r", "Code": { "ZipFile": zip } });
    ask(lambda, "CreateFunction", made).await.expect("made");
    let to_function = json!({ "LambdaConfigurations": [
        { "Event": "s3:ObjectCreated:*", "Function": function }] });
    let refused = world
        .configure(to_function.clone())
        .expect_err("no permission");
    let why = refused.members["ArgumentValue1"]
        .as_str()
        .expect("a reason");
    assert!(why.starts_with("Not authorized to invoke"), "{why}");
    let permission = json!({ "FunctionName": "f", "StatementId": "s3",
        "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
        "SourceArn": "arn:aws:s3:::files" });
    let added = ask(lambda, "AddPermission", permission).await;
    added.expect("added");
    world.configure(to_function).expect("permitted");
    // Nobody gets a test event.
    assert_eq!(world.deliveries.running(), 0);

    let removed = json!({ "FunctionName": "f", "StatementId": "s3" });
    let removed = ask(lambda, "RemovePermission", removed).await;
    removed.expect("removed");
    world.platform.s3.keep("files", "k", b"1");
    world.nothing_is_on_its_way().await;
    let log = world.folder.path().join("sandbox.log");
    let log = std::fs::read_to_string(log).expect("it is there");
    assert!(
        log.contains("its policy does not allow s3.amazonaws.com"),
        "{log}"
    );
}
