//! Stacks of real resources: CloudFormation's operations, on services in a folder of their own.

mod change_sets;
mod drift;
mod operations;
mod properties;
mod requests;
mod resource_types;
mod resources;
mod shown;
mod shown_apigateway;
mod shown_cognito;
mod shown_events;
mod shown_sns;
mod stack_tags;

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Api;
use crate::adjustable_clock::AdjustableClock;
use crate::authorise::AllowAll;
use crate::caller::Caller;
use crate::delivery::DeliveryQueue;
use crate::fault::{Answer, Fault};
use crate::journal::Journal;
use crate::keys::{Keyring, Keys};
use crate::platform::{Base, Platform};
use crate::service::{self, Service};
use crate::state_dir::StateDir;
use crate::store::Store;
use crate::timer::Timer;

pub struct Sandbox {
    pub platform: Platform,
    pub api: Arc<Api>,
    _folder: TempDir,
}

pub async fn ask(service: &dyn Service, operation: &'static str, parameters: Value) -> Answer {
    let caller = Caller {
        id: "id".to_owned(),
        arn: "arn".to_owned(),
        ..Caller::default()
    };
    service::call(service, operation, parameters, &caller).await
}

impl Sandbox {
    pub fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        state_dir.make().expect("a folder");
        let store = Arc::new(Store::open(&state_dir.path("state")).expect("it opens"));
        let journal = Arc::new(Journal::open(&state_dir).expect("it opens"));
        let clock = AdjustableClock::open(&store).expect("it opens");
        let base = Base {
            deliveries: DeliveryQueue::new(&store, &journal, clock.clone()),
            timer: Timer::new(clock.clone(), &journal),
            clock,
            store: store.clone(),
            keyring: Arc::new(Keyring::new(Keys::long_term())),
            authority: Arc::new(AllowAll),
            journal: journal.clone(),
            url: "http://127.0.0.1:1".to_owned(),
            state_dir,
            was_killed: false,
        };
        let platform = Platform::open(&base).expect("it opens");
        Self {
            api: Arc::new(Api::open(&store, &platform, &journal).expect("it opens")),
            platform,
            _folder: folder,
        }
    }

    pub async fn call(&self, operation: &'static str, parameters: Value) -> Answer {
        ask(&*self.api, operation, parameters).await
    }

    /// The status of the stack called `stack` after an operation with this template, or why it was
    /// refused.
    pub async fn apply(&self, operation: &'static str, template: &Value) -> Result<String, String> {
        let parameters = json!({
            "StackName": "stack",
            "TemplateBody": template.to_string(),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        });
        match self.call(operation, parameters).await {
            Ok(_) => Ok(self.settled("stack").await),
            Err(fault) => Err(fault.message),
        }
    }

    /// Deletes the stack called `stack`, if there is one.
    pub async fn delete(&self) -> String {
        let Ok(found) = self.described("stack").await else {
            return "DELETE_COMPLETE".to_owned();
        };
        let id = found["StackId"].as_str().expect("an id").to_owned();
        let deleted = self.call("DeleteStack", json!({ "StackName": id })).await;
        deleted.expect("it is deleted");
        self.settled(&id).await
    }

    pub async fn described(&self, stack: &str) -> Answer {
        let found = self.call("DescribeStacks", json!({ "StackName": stack }));
        Ok(found.await?["Stacks"][0].take())
    }

    /// The status of the stack when nothing is done to it any more.
    pub async fn settled(&self, stack: &str) -> String {
        loop {
            let Ok(found) = self.described(stack).await else {
                return "DELETE_COMPLETE".to_owned();
            };
            let status = found["StackStatus"].as_str().expect("a status");
            if !status.ends_with("_IN_PROGRESS") || status == "REVIEW_IN_PROGRESS" {
                return status.to_owned();
            }
            tokio::task::yield_now().await;
        }
    }

    /// By logical id.
    pub async fn physical_id(&self, logical_id: &str) -> String {
        let parameters = json!({ "StackName": "stack", "LogicalResourceId": logical_id });
        let found = self.call("DescribeStackResource", parameters).await;
        let found = found.expect("it is there");
        let physical_id = found["StackResourceDetail"]["PhysicalResourceId"].as_str();
        physical_id.expect("an id").to_owned()
    }

    /// Why the resources of the stack failed, for messages of tests.
    pub async fn failures(&self, stack: &str) -> Vec<String> {
        let events = self
            .call("DescribeStackEvents", json!({ "StackName": stack }))
            .await;
        let events = events.expect("events");
        let failed = |event: &Value| {
            let status = event["ResourceStatus"].as_str()?;
            let reason = event["ResourceStatusReason"].as_str()?;
            let id = event["LogicalResourceId"].as_str()?;
            status
                .ends_with("FAILED")
                .then(|| format!("{id} {status}: {reason}"))
        };
        let events = events["StackEvents"].as_array().expect("a list");
        events.iter().filter_map(failed).collect()
    }
}

/// A template of log groups with these names, by logical id.
pub fn groups(named: &[(&str, &str)]) -> Value {
    let resource = |(id, name): &(&str, &str)| {
        let properties = json!({ "LogGroupName": name });
        let resource = json!({ "Type": "AWS::Logs::LogGroup", "Properties": properties });
        ((*id).to_owned(), resource)
    };
    json!({ "Resources": Value::Object(named.iter().map(resource).collect()) })
}

pub fn retained(days: Value) -> Value {
    json!({
        "Parameters": { "Days": { "Type": "Number", "Default": 1 } },
        "Resources": { "A": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": { "RetentionInDays": days },
        } },
    })
}

pub async fn with(sandbox: &Sandbox, operation: &'static str, stack: &str, rest: Value) -> Answer {
    let mut parameters = json!({ "StackName": stack });
    for (name, value) in rest.as_object().into_iter().flatten() {
        parameters[name] = match (name.as_str(), value) {
            ("TemplateBody", template) => json!(template.to_string()),
            (_, value) => value.clone(),
        };
    }
    let answer = sandbox.call(operation, parameters).await;
    if answer.is_ok() && sandbox.described(stack).await.is_ok() {
        sandbox.settled(stack).await;
    }
    answer
}

pub fn refusal(answer: Answer) -> Fault {
    answer.expect_err("it is refused")
}
