//! SNS in a folder of its own, with Lambda, and with targets that keep what is delivered to functions and queues.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::authorise::{AllowAll, Authority};
use crate::caller::Caller;
use crate::clock::{Clock, SystemClock};
use crate::delivery::{Attempt, Delivery, DeliveryQueue, Outcome, Target};
use crate::dynamodb::{DynamoDb, Streams};
use crate::fault::{Answer, Fault};
use crate::iam::Iam;
use crate::journal::Journal;
use crate::keys::{Keyring, Keys};
use crate::lambda::{self, Lambda, zipped_program};
use crate::logs::Logs;
use crate::s3::S3;
use crate::service::{self, Unsigned};
use crate::sns::names::topic_arn;
use crate::sns::signer::StoredSigner;
use crate::sns::{Dependencies, Sns};
use crate::sqs::Sqs;
use crate::state_dir::StateDir;
use crate::store::{Blobs, Store};
use crate::timer::Timer;
use crate::wire;

/// What does not come within this time never does.
const NEVER: Duration = Duration::from_secs(20);

pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")
}

pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

/// The map in an answer.
pub fn attributes(answer: &Value) -> Value {
    let entries = answer["Attributes"]["entry"]
        .as_array()
        .expect("a map")
        .iter();
    let entries = entries.map(|entry| {
        let name = entry["key"].as_str().expect("a name").to_owned();
        (name, entry["value"].clone())
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// Takes everything.
#[derive(Debug, Default)]
struct Taken(Mutex<Vec<(String, String)>>);

#[async_trait]
impl Target for Taken {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let mut taken = self.0.lock().expect("no panic");
        taken.push((delivery.target.clone(), delivery.payload.clone()));
        Outcome::Succeeded.into()
    }
}

/// One for all tests: to make the key takes a second.
async fn signer() -> StoredSigner {
    static SIGNER: OnceCell<StoredSigner> = OnceCell::const_new();
    let made = SIGNER.get_or_init(|| async { StoredSigner::generate().await.expect("made") });
    made.await.clone()
}

pub struct World {
    pub sns: Arc<Sns>,
    lambda: Arc<Lambda>,
    sqs: Arc<Sqs>,
    deliveries: Arc<DeliveryQueue>,
    taken: Arc<Taken>,
    folder: TempDir,
}

impl World {
    pub async fn open() -> Self {
        Self::open_with(Arc::new(SystemClock)).await
    }

    /// SNS has this clock.
    pub async fn open_with(of_sns: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        state_dir.make().expect("a folder");
        let store = Arc::new(Store::open(&state_dir.path("state")).expect("it opens"));
        let blobs = Blobs::open(&state_dir.path("blobs"), &store).expect("it opens");
        let keyring = Arc::new(Keyring::new(Keys::long_term()));
        let journal = Arc::new(Journal::open(&state_dir).expect("it opens"));
        let deliveries = DeliveryQueue::new(&store, &journal, Arc::new(SystemClock));
        let authority: Arc<dyn Authority> = Arc::new(AllowAll);
        let url = "http://127.0.0.1:1".to_owned();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sqs = Sqs::open(&store, &url, clock.clone()).expect("it opens");
        let lambda = Lambda::open(lambda::Dependencies {
            code: state_dir.path("code"),
            sandbox: rand::random(),
            was_killed: false,
            url: url.clone(),
            logs: Arc::new(Logs::new(&store)),
            iam: Arc::new(Iam::open(&store, &keyring).expect("it opens")),
            s3: Arc::new(S3::new(&store, &blobs, &keyring, &authority, &deliveries)),
            sqs: sqs.clone(),
            streams: Arc::new(Streams::new(&Arc::new(
                DynamoDb::open(&state_dir.path("tables")).expect("it opens"),
            ))),
            authority,
            clock: clock.clone(),
            deliveries: deliveries.clone(),
            store: store.clone(),
            blobs,
            keyring,
            journal: journal.clone(),
        });
        let lambda = lambda.expect("it opens");
        let sns = Sns::open(Dependencies {
            store,
            deliveries: deliveries.clone(),
            lambda: lambda.clone(),
            sqs: sqs.clone(),
            timer: Timer::new(clock, &journal),
            clock: of_sns,
            url,
        });
        let sns = sns.expect("it opens");
        sns.signers.put("signer", &signer().await).expect("kept");
        let taken = Arc::new(Taken::default());
        let target: Weak<dyn Target> = Arc::downgrade(&sns) as _;
        deliveries.register("sns", target);
        for service in ["lambda", "sqs"] {
            let target: Weak<dyn Target> = Arc::downgrade(&taken) as _;
            deliveries.register(service, target);
        }
        Self {
            sns,
            lambda,
            sqs,
            deliveries,
            taken,
            folder,
        }
    }

    pub async fn try_call(&self, operation: &'static str, parameters: Value) -> Answer {
        let caller = Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..Caller::default()
        };
        service::call(&*self.sns, operation, parameters, &caller).await
    }

    pub async fn call(&self, operation: &'static str, parameters: Value) -> Value {
        let answer = self.try_call(operation, parameters).await;
        answer.unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    pub async fn refused(&self, operation: &'static str, parameters: Value) -> Fault {
        let answer = self.try_call(operation, parameters).await;
        answer.expect_err("it is refused")
    }

    /// Makes the topic `words`.
    pub async fn topic(&self) {
        self.call("CreateTopic", json!({ "Name": "words" })).await;
    }

    pub async fn topic_attributes(&self) -> Value {
        let arn = json!({ "TopicArn": topic_arn("words") });
        attributes(&self.call("GetTopicAttributes", arn).await)
    }

    pub async fn statements(&self) -> Value {
        let policy = self.topic_attributes().await["Policy"].take();
        let policy: Value = serde_json::from_str(policy.as_str().expect("text")).expect("JSON");
        policy["Statement"].clone()
    }

    fn subscription(protocol: &str, endpoint: &str, attributes: Value) -> Value {
        json!({ "TopicArn": topic_arn("words"), "Protocol": protocol, "Endpoint": endpoint,
            "Attributes": attributes })
    }

    /// Its ARN.
    pub async fn subscribe(&self, protocol: &str, endpoint: &str, attributes: Value) -> String {
        let request = Self::subscription(protocol, endpoint, attributes);
        let answer = self.call("Subscribe", request).await;
        answer["SubscriptionArn"]
            .as_str()
            .expect("an ARN")
            .to_owned()
    }

    pub async fn not_subscribed(&self, protocol: &str, endpoint: &str, attributes: Value) -> Fault {
        let request = Self::subscription(protocol, endpoint, attributes);
        self.refused("Subscribe", request).await
    }

    /// Makes a function that SNS may invoke for the topic with this name, and subscribes it.
    pub async fn function(&self, name: &str, topic: &str, attributes: Value) -> String {
        let caller = Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..Caller::default()
        };
        let zip = BASE64_STANDARD.encode(zipped_program(b"program"));
        let made = json!({ "FunctionName": name, "Runtime": "provided.al2023",
            "Handler": "bootstrap", "Role": "arn:aws:iam::000000000000:role/r",
            "Code": { "ZipFile": zip } });
        let made = service::call(&*self.lambda, "CreateFunction", made, &caller).await;
        made.expect("made");
        let permission = json!({ "FunctionName": name, "StatementId": "s",
            "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com",
            "SourceArn": topic_arn(topic) });
        let added = service::call(&*self.lambda, "AddPermission", permission, &caller).await;
        added.expect("added");
        self.subscribe("lambda", &function_arn(name), attributes)
            .await
    }

    /// Makes a queue to which SNS may send for the topic with this name.
    pub async fn queue(&self, name: &str, topic: &str) {
        let policy = json!({ "Statement": [{ "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage",
            "Resource": queue_arn(name),
            "Condition": { "ArnEquals": { "aws:SourceArn": topic_arn(topic) } } }] });
        let mut made = json!({ "QueueName": name, "Attributes": { "Policy": policy.to_string() } });
        if name.ends_with(".fifo") {
            made["Attributes"]["FifoQueue"] = json!("true");
        }
        self.in_queues("CreateQueue", made).await;
    }

    /// The body and the attributes of the message in a queue, if there is one.
    pub async fn received(&self, queue: &str) -> Option<(String, Value)> {
        let url = self
            .in_queues("GetQueueUrl", json!({ "QueueName": queue }))
            .await;
        let request = json!({ "QueueUrl": url["QueueUrl"], "MessageAttributeNames": ["All"] });
        let answer = self.in_queues("ReceiveMessage", request).await;
        let message = &answer["Messages"][0];
        let body = message["Body"].as_str()?.to_owned();
        Some((body, message["MessageAttributes"].clone()))
    }

    pub async fn in_queues(&self, operation: &'static str, parameters: Value) -> Value {
        let caller = Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..Caller::default()
        };
        let answer = service::call(&*self.sqs, operation, parameters, &caller).await;
        answer.unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// Publishes to the topic `words`.
    pub async fn publish(&self, message: Value) -> String {
        let mut request = message;
        request["TopicArn"] = json!(topic_arn("words"));
        let answer = self.call("Publish", request).await;
        answer["MessageId"].as_str().expect("an id").to_owned()
    }

    /// What has come to functions and queues, when nothing is on its way any more: their names, and JSON.
    pub async fn taken(&self) -> Vec<(String, Value)> {
        let wait = async {
            while self.deliveries.running() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(NEVER, wait).await.expect("it comes");
        let mut taken = std::mem::take(&mut *self.taken.0.lock().expect("no panic"));
        taken.sort();
        let taken = taken.into_iter().map(|(target, payload)| {
            let name = target.rsplit(':').next().expect("a name").to_owned();
            (name, serde_json::from_str(&payload).expect("JSON"))
        });
        taken.collect()
    }

    /// The path of the certificate.
    pub async fn certificate(&self) -> String {
        self.sns.signer().await.expect("there is one").path.clone()
    }

    /// How many were made.
    pub async fn signatures(&self) -> usize {
        self.sns.signer().await.expect("there is one").signatures()
    }

    pub async fn subscription_attributes(&self, arn: &str) -> Value {
        let request = json!({ "SubscriptionArn": arn });
        attributes(&self.call("GetSubscriptionAttributes", request).await)
    }

    /// Follows a link that was in a message: the status and the text of the answer.
    pub async fn follow(&self, link: &str) -> (u16, String) {
        let path = link
            .strip_prefix("http://127.0.0.1:1")
            .expect("a link to the sandbox");
        let request = http::Request::get(path).body(wire::full(""));
        let request = request.expect("a request");
        assert!(self.sns.takes(&request), "{link}");
        let answer = self.sns.answer(request, "id").await;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.expect("read").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    pub fn log(&self) -> String {
        let log = self.folder.path().join("sandbox.log");
        std::fs::read_to_string(log).expect("it is there")
    }
}
