//! Requests to SQS in the role of a function, which has to be allowed them.

use serde_json::{Value, json};

use super::super::Lambda;
use super::super::fault::invalid;
use super::super::function::Function;
use crate::arn::Arn;
use crate::caller::Caller;
use crate::fault::{Answer, Fault};
use crate::random::random_id;
use crate::service;
use crate::sqs;

/// What Lambda does with a queue.
const OPERATIONS: [&str; 3] = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];

impl Lambda {
    /// Who asks SQS for the function.
    pub fn session_of(&self, function: &Function) -> Result<Caller, Fault> {
        let id = self.iam.role_id(&function.role)?;
        // Of a role that is not there any more, a new one.
        let id = id.unwrap_or_else(|| format!("AROA{}", random_id(17)));
        let role = function.role.rsplit('/').next().unwrap_or_default();
        Ok(Caller::in_role(&id, role, &function.name))
    }

    /// The request, if the caller may make it.
    pub async fn ask_sqs(
        &self,
        caller: &Caller,
        operation: &'static str,
        parameters: Value,
    ) -> Answer {
        self.authorise_sqs(caller, operation, &parameters)?;
        service::call(&*self.event_sources.sqs, operation, parameters, caller).await
    }

    fn authorise_sqs(
        &self,
        caller: &Caller,
        operation: &str,
        parameters: &Value,
    ) -> Result<(), Fault> {
        let sqs = &*self.event_sources.sqs;
        service::authorise_call(&*self.authority, sqs, operation, parameters, caller)
    }

    /// Refuses a queue that is not there, from which the function's role may not receive, or whose messages
    /// are visible again before the function is done with them.
    pub async fn check_source(&self, function: &Function, source: &str) -> Result<(), Fault> {
        let queue = queue(source)?;
        let caller = self.session_of(function)?;
        for operation in OPERATIONS {
            if self.authorise_sqs(&caller, operation, &queue).is_err() {
                return Err(invalid(format!(
                    "The provided execution role does not have permissions to call {operation} on SQS"
                )));
            }
        }
        let mut asked = queue;
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
}

/// The parameter of requests that names the queue with this ARN.
pub fn queue(source: &str) -> Result<Value, Fault> {
    let arn = Arn::parse(source).ok_or_else(|| {
        invalid(format!(
            "Unrecognized event source, must be the ARN of a queue: {source}"
        ))
    })?;
    match arn.check_owner("sqs") {
        // SQS takes a queue's name in place of its URL.
        Ok(()) => Ok(json!({ "QueueUrl": arn.resource })),
        Err(_) => Err(invalid(format!(
            "the sandbox supports only its own queues as event sources, not {source}"
        ))),
    }
}
