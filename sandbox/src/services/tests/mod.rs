//! EventBridge, its Scheduler and the clock, among all services of a sandbox in a folder. What comes to functions is
//! kept instead of run. The sandbox comes and goes as processes do.

mod clock;
mod dead_letters;
mod rules;
mod schedules;

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Background;
use crate::adjustable_clock::AdjustableClock;
use crate::caller::Caller;
use crate::clock::Clock;
use crate::delivery::{Attempt, Delivery, DeliveryQueue, Outcome, Target};
use crate::fault::{Answer, Fault};
use crate::iam::PolicyAuthority;
use crate::journal::Journal;
use crate::keys::{Keyring, Keys};
use crate::lambda::zipped_program;
use crate::platform::Base;
use crate::service::{self, Registered, Services};
use crate::state_dir::StateDir;
use crate::store::Store;
use crate::timer::Timer;

/// What does not happen within this time never does.
const NEVER: Duration = Duration::from_secs(20);
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:us-east-1:000000000000:{resource}")
}

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::000000000000:role/{name}")
}

/// Keeps what functions are invoked with.
#[derive(Debug, Default)]
struct Taken(Mutex<Vec<(String, Value)>>);

#[async_trait]
impl Target for Taken {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let name = delivery.target.rsplit(':').next().expect("a name");
        let payload = serde_json::from_str(&delivery.payload).expect("JSON");
        let mut taken = self.0.lock().expect("no panic");
        taken.push((name.to_owned(), payload));
        Outcome::Succeeded.into()
    }
}

struct World {
    base: Base,
    services: Services,
    taken: Arc<Taken>,
    folder: TempDir,
}

impl World {
    fn open() -> Self {
        Self::open_in(tempfile::tempdir().expect("a folder"))
    }

    fn open_in(folder: TempDir) -> Self {
        let state_dir = StateDir::new(folder.path());
        state_dir.make().expect("a folder");
        let store = Arc::new(Store::open(&state_dir.path("state")).expect("it opens"));
        let journal = Arc::new(Journal::open(&state_dir).expect("it opens"));
        let keyring = Arc::new(Keyring::new(Keys::long_term()));
        let clock = AdjustableClock::open(&store).expect("it opens");
        let base = Base {
            authority: Arc::new(PolicyAuthority::open(&store, &keyring).expect("it opens")),
            deliveries: DeliveryQueue::new(&store, &journal, clock.clone()),
            timer: Timer::new(clock.clone(), &journal),
            clock,
            store,
            keyring,
            journal,
            url: "http://127.0.0.1:1".to_owned(),
            state_dir,
            was_killed: false,
        };
        let services = super::open(&base).expect("they open");
        let taken = Arc::new(Taken::default());
        let target: Weak<dyn Target> = Arc::downgrade(&taken) as _;
        base.deliveries.register("lambda", target);
        DeliveryQueue::resume(&base.deliveries);
        Self {
            base,
            services,
            taken,
            folder,
        }
    }

    /// As after a kill: only what is in the store is known.
    fn restarted(self) -> Self {
        let Self {
            base,
            services,
            folder,
            ..
        } = self;
        DeliveryQueue::stop(&base.deliveries);
        drop((base, services));
        Self::open_in(folder)
    }

    async fn try_call(&self, service: &str, operation: &'static str, parameters: Value) -> Answer {
        let caller = Caller {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            ..Caller::default()
        };
        let mut services = self.services.control.iter();
        let found = services.find(|it| it.description().signing_name == service);
        let Some(Registered::Service(service)) = found else {
            panic!("there is no service {service}");
        };
        service::call(&**service, operation, parameters, &caller).await
    }

    async fn call(&self, service: &str, operation: &'static str, parameters: Value) -> Value {
        let answer = self.try_call(service, operation, parameters).await;
        answer.unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    async fn refused(&self, service: &str, operation: &'static str, parameters: Value) -> Fault {
        let answer = self.try_call(service, operation, parameters).await;
        answer.expect_err("it is refused")
    }

    /// Sets the clock forward, and lets everything happen on the way: what fired.
    async fn advance(&self, by: i64) -> Vec<String> {
        let answer = self
            .call("clock", "AdvanceClock", json!({ "By": by }))
            .await;
        assert_eq!(answer["IsWhole"], true);
        let fired = answer["Fired"].as_array().expect("a list").iter();
        fired
            .map(|fired| fired["What"].as_str().expect("a text").to_owned())
            .collect()
    }

    fn now(&self) -> i64 {
        self.base.clock.now()
    }

    /// Sets the clock to the beginning of a day, when midnight is over: what is made in the same millisecond as it
    /// would happen then.
    async fn at_midnight(&self) {
        self.advance(DAY - self.now() % DAY + 1).await;
    }

    /// Returns when no delivery is under way.
    async fn quiet(&self) {
        let wait = async {
            while Background::is_working(&*self.base.deliveries) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(NEVER, wait).await.expect("it ends");
    }

    /// Makes a queue to which a service may send for this source.
    async fn queue(&self, name: &str, service: &str, source: &str) -> String {
        let queue = arn("sqs", name);
        let policy = json!({ "Statement": [{ "Effect": "Allow",
            "Principal": { "Service": service }, "Action": "sqs:SendMessage", "Resource": queue,
            "Condition": { "ArnEquals": { "aws:SourceArn": source } } }] });
        let mut attributes = json!({ "Policy": policy.to_string() });
        if name.ends_with(".fifo") {
            attributes["FifoQueue"] = json!("true");
            attributes["ContentBasedDeduplication"] = json!("true");
        }
        let made = json!({ "QueueName": name, "Attributes": attributes });
        self.call("sqs", "CreateQueue", made).await;
        queue
    }

    /// The messages in a queue, which are deleted.
    async fn messages(&self, name: &str) -> Vec<Value> {
        self.quiet().await;
        let request = json!({ "QueueUrl": name, "MaxNumberOfMessages": 10,
            "MessageAttributeNames": ["All"], "AttributeNames": ["All"] });
        let answer = self.call("sqs", "ReceiveMessage", request).await;
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        for message in &messages {
            let handle = json!({ "QueueUrl": name, "ReceiptHandle": message["ReceiptHandle"] });
            self.call("sqs", "DeleteMessage", handle).await;
        }
        messages
    }

    /// Their bodies, which are JSON.
    async fn bodies(&self, name: &str) -> Vec<Value> {
        let messages = self.messages(name).await;
        let bodies = messages.iter().map(|message| {
            serde_json::from_str(message["Body"].as_str().expect("text")).expect("JSON")
        });
        bodies.collect()
    }

    /// Makes a function that a service may invoke for this source.
    async fn function(&self, name: &str, service: &str, source: &str) -> String {
        let zip = BASE64_STANDARD.encode(zipped_program(b"program"));
        let made = json!({ "FunctionName": name, "Runtime": "provided.al2023",
            "Handler": "bootstrap", "Role": role_arn("r"), "Code": { "ZipFile": zip } });
        self.call("lambda", "CreateFunction", made).await;
        let permission = json!({ "FunctionName": name, "StatementId": "s",
            "Action": "lambda:InvokeFunction", "Principal": service, "SourceArn": source });
        self.call("lambda", "AddPermission", permission).await;
        arn("lambda", &format!("function:{name}"))
    }

    /// What functions were invoked with since the last time.
    async fn invoked(&self) -> Vec<(String, Value)> {
        self.quiet().await;
        std::mem::take(&mut *self.taken.0.lock().expect("no panic"))
    }

    /// Makes a role that a service may assume, and that may do this.
    async fn role(&self, name: &str, service: &str, action: &str) -> String {
        let statement = |more: Value| {
            let mut statement = json!({ "Effect": "Allow" });
            for (name, value) in more.as_object().expect("members") {
                statement[name] = value.clone();
            }
            json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
        };
        let trust = statement(json!({ "Principal": { "Service": service },
            "Action": "sts:AssumeRole" }));
        let made = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust });
        self.call("iam", "CreateRole", made).await;
        let policy = statement(json!({ "Action": action, "Resource": "*" }));
        let put = json!({ "RoleName": name, "PolicyName": "p", "PolicyDocument": policy });
        self.call("iam", "PutRolePolicy", put).await;
        role_arn(name)
    }

    fn log(&self) -> String {
        let log = self.folder.path().join("sandbox.log");
        std::fs::read_to_string(log).expect("it is there")
    }
}
