//! What receives from a queue for a function, and invokes it. Messages are deleted when the function is done
//! with them.

mod batch;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::super::Lambda;
use super::super::fault::invalid;
use super::super::function::Function;
use super::super::function_ref::FunctionRef;
use super::super::runtime::InvocationRequest;
use super::mapping::Mapping;
use super::permission::no_permission;
use super::report::reported_failures;
use super::settings::QueueSettings;
use super::{LARGEST_EVENT, PAUSE};
use crate::arn::Arn;
use crate::caller::Caller;
use crate::fault::{Answer, Fault};
use crate::sqs;

/// What Lambda does with a queue.
const OPERATIONS: [&str; 3] = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
/// Of one request for messages: how many it returns, and how long it waits, in seconds.
const AT_ONCE: usize = 10;
const LONGEST_WAIT: i64 = 20;
/// What a message takes in an event besides its body and attributes, at most.
const OVERHEAD: usize = 2 << 10;

/// Receives batches and has them processed, so many at the same time as the mapping allows.
pub async fn run(lambda: Arc<Lambda>, mapping: Mapping, settings: QueueSettings) {
    let mapping = Arc::new(mapping);
    let permits = Arc::new(Semaphore::new(settings.concurrency()));
    // The semaphore is never closed.
    while let Ok(permit) = permits.clone().acquire_owned().await {
        match lambda.gather(&mapping).await {
            Ok(messages) if messages.is_empty() => lambda.event_sources.note(&mapping.id, None),
            Ok(messages) => {
                let (lambda, mapping) = (lambda.clone(), mapping.clone());
                // A batch that was received is processed also if the mapping is changed.
                tokio::spawn(async move {
                    let problem = lambda.process_all(&mapping, messages).await.err();
                    lambda.event_sources.note(&mapping.id, problem);
                    drop(permit);
                });
            }
            Err(fault) => {
                lambda.event_sources.note(&mapping.id, Some(fault.message));
                let clock = &lambda.event_sources.clock;
                clock.sleep_until(clock.now() + PAUSE).await;
            }
        }
    }
}

impl Lambda {
    async fn ask_sqs(&self, caller: &Caller, operation: &'static str, parameters: Value) -> Answer {
        self.ask(&*self.event_sources.sqs, caller, operation, parameters)
            .await
    }

    /// Refuses a queue that is not there, from which the function's role may not receive, or whose messages
    /// are visible again before the function is done with them.
    pub async fn check_queue(&self, function: &Function, source: &str) -> Result<(), Fault> {
        let mut asked = queue(source);
        let caller = self.session_of(function)?;
        for operation in OPERATIONS {
            let sqs = &*self.event_sources.sqs;
            if self.may(sqs, &caller, operation, &asked).is_err() {
                return Err(no_permission(operation, "SQS"));
            }
        }
        asked["AttributeNames"] = json!(["VisibilityTimeout"]);
        let found = self.ask_sqs(&caller, "GetQueueAttributes", asked).await;
        let found = found.map_err(|fault| {
            invalid(format!(
                "Error occurred while ReceiveMessage. SQS Error Code: {}. SQS Error Message: {}",
                sqs::query_code(&fault),
                fault.message
            ))
        })?;
        let visibility = found["Attributes"]["VisibilityTimeout"].as_str();
        let visibility: u32 = visibility.and_then(|text| text.parse().ok()).unwrap_or(0);
        if visibility < function.timeout_seconds {
            return Err(invalid(format!(
                "Queue visibility timeout: {visibility} seconds is less than Function timeout: {} seconds",
                function.timeout_seconds
            )));
        }
        Ok(())
    }

    /// The messages that the function wants. The others are deleted.
    async fn filter(&self, mapping: &Mapping, messages: Vec<Value>) -> Result<Vec<Value>, Fault> {
        let patterns = mapping.settings.patterns()?;
        let is_wanted = |message: &Value| batch::is_wanted(message, &mapping.source, &patterns);
        let (wanted, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_wanted);
        let others: Vec<&Value> = others.iter().collect();
        self.delete_messages(mapping, &others).await?;
        Ok(wanted)
    }

    /// A batch: what comes at once, or what comes until the batch is full or its window over.
    async fn gather(&self, mapping: &Mapping) -> Result<Vec<Value>, Fault> {
        let caller = self.caller(mapping)?;
        let settings = &mapping.settings;
        let most = settings.batch_size as usize;
        let clock = &self.event_sources.clock;
        let (mut messages, mut size) = (Vec::new(), 0);
        let mut wait = LONGEST_WAIT;
        let mut deadline = None;
        while messages.len() < most && size < LARGEST_EVENT / 2 {
            let mut request = queue(&mapping.source);
            request["MaxNumberOfMessages"] = json!((most - messages.len()).min(AT_ONCE));
            request["WaitTimeSeconds"] = json!(wait);
            request["AttributeNames"] = json!(["All"]);
            request["MessageAttributeNames"] = json!(["All"]);
            let mut answer = self.ask_sqs(&caller, "ReceiveMessage", request).await?;
            if let Value::Array(received) = answer["Messages"].take() {
                let wanted = self.filter(mapping, received).await?;
                size += wanted.iter().map(bytes).sum::<usize>();
                messages.extend(wanted);
            }
            if messages.is_empty() {
                break;
            }
            let end = clock.now() + i64::from(settings.window) * 1000;
            let left = *deadline.get_or_insert(end) - clock.now();
            if left <= 0 {
                break;
            }
            // Whole seconds, of which the last may have begun.
            wait = (left + 999).div_euclid(1000).min(LONGEST_WAIT);
        }
        Ok(messages)
    }

    /// Processes the messages, in as many events as they need. Fails as the first that does.
    async fn process_all(&self, mapping: &Mapping, messages: Vec<Value>) -> Result<(), String> {
        let mut result = Ok(());
        let mut parts = vec![messages];
        while let Some(mut part) = parts.pop() {
            let event = batch::event(&part, &mapping.source).to_string();
            if event.len() > LARGEST_EVENT && part.len() > 1 {
                let second = part.split_off(part.len() / 2);
                parts.extend([second, part]);
                continue;
            }
            result = result.and(self.process(mapping, &part, event).await);
        }
        result
    }

    /// Invokes the function, and deletes what it is done with. Fails with why it was not.
    async fn process(
        &self,
        mapping: &Mapping,
        messages: &[Value],
        event: String,
    ) -> Result<(), String> {
        let failed = |fault: Fault| fault.message;
        let function_ref = FunctionRef::parse(&mapping.function, None).map_err(failed)?;
        let request = InvocationRequest {
            id: Uuid::new_v4().to_string(),
            payload: Bytes::from(event),
            client_context: None,
        };
        let response = self.run(&function_ref, request).await.map_err(failed)?;
        if response.function_error.is_some() {
            return Err("Function call failed".to_owned());
        }
        let sent: BTreeSet<&str> = messages.iter().map(id).collect();
        let failures = match mapping.settings.reports_failures {
            true => reported_failures(&response.payload, &sent),
            false => Some(BTreeSet::new()),
        };
        let failures = failures.ok_or("Function response is not a report of batchItemFailures")?;
        let done = messages.iter().filter(|it| !failures.contains(id(it)));
        let done: Vec<&Value> = done.collect();
        self.delete_messages(mapping, &done).await.map_err(failed)
    }

    async fn delete_messages(&self, mapping: &Mapping, messages: &[&Value]) -> Result<(), Fault> {
        let caller = self.caller(mapping)?;
        for some in messages.chunks(AT_ONCE) {
            let entry = |(index, message): (usize, &&Value)| json!({ "Id": index.to_string(), "ReceiptHandle": message["ReceiptHandle"] });
            let entries: Vec<Value> = some.iter().enumerate().map(entry).collect();
            let mut request = queue(&mapping.source);
            request["Entries"] = json!(entries);
            self.ask_sqs(&caller, "DeleteMessageBatch", request).await?;
        }
        Ok(())
    }
}

/// The parameter of requests that names the queue with this ARN.
fn queue(source: &str) -> Value {
    // SQS takes a queue's name in place of its URL.
    let name = Arn::parse(source).map_or(source, |arn| arn.resource);
    json!({ "QueueUrl": name })
}

fn id(message: &Value) -> &str {
    message["MessageId"].as_str().unwrap_or_default()
}

fn bytes(message: &Value) -> usize {
    let body = message["Body"].as_str().map_or(0, str::len);
    let attributes = message.get("MessageAttributes");
    body + attributes.map_or(0, |it| it.to_string().len()) + OVERHEAD
}
