//! Connects a function to Lambda: takes calls, passes them on, logs them, sends the answers.

use std::pin::Pin;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::answer::Answer;
use crate::environment::Environment;
use crate::error::{Error, Failure};
use crate::event::Request;
use crate::log::log_line;

/// Why Lambda's calls can no longer be taken.
pub type RuntimeError = lambda_runtime::Error;

/// What a function works with besides the request, such as a [`Table`](crate::Table).
///
/// It is made once, when Lambda starts the process, so that later calls find open connections.
pub trait Resources: Sized {
    /// Fails if a setting is missing or cannot work.
    fn from_environment(environment: &Environment) -> Result<Self, Failure>;
}

/// Answers Lambda's calls with `function` until Lambda ends the process.
pub fn serve<R, F>(function: F) -> Result<(), RuntimeError>
where
    R: Resources,
    F: AsyncFn(&Request, &R) -> Result<Answer, Error>,
{
    let resources = &R::from_environment(&Environment::of_process());
    let function = &function;
    run(&|event| {
        Box::pin(async move {
            let request = Request::new(event);
            let outcome = call(function, resources, &request).await;
            log_line(&summary(&request, &outcome));
            outcome.map(|answer| request.reply(&answer))
        })
    })
}

/// A missing setting fails the call rather than the process, so that the caller is told about it.
async fn call<R, F>(
    function: &F,
    resources: &Result<R, Failure>,
    request: &Request,
) -> Result<Answer, Failure>
where
    F: AsyncFn(&Request, &R) -> Result<Answer, Error>,
{
    let resources = resources.as_ref().map_err(Failure::clone)?;
    function(request, resources)
        .await
        .or_else(Error::into_answer)
}

/// Takes an event, returns the reply. The function's own types are erased, so that the runtime is
/// compiled once, with this crate, and not again with each function.
type Handler<'f> = dyn Fn(Value) -> Pin<Box<dyn Future<Output = Result<Value, Failure>> + 'f>> + 'f;

fn run(handler: &Handler<'_>) -> Result<(), RuntimeError> {
    let handler = service_fn(|event: LambdaEvent<Value>| handler(event.payload));
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(lambda_runtime::run(handler))
}

/// One line for the log.
fn summary(request: &Request, outcome: &Result<Answer, Failure>) -> String {
    let origin = request.origin();
    match outcome {
        Ok(Answer { status, body }) => format!("called {origin}, answers {status}: {body}"),
        Err(failure) => format!("called {origin}, fails: {failure}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Answers `{"Message": ["Hello"]}`, `404` for a nobody and a failure for a fault.
    async fn hello(request: &Request, greeting: &String) -> Result<Answer, Error> {
        match request.text("Name", "John")?.as_str() {
            "nobody" => Err(Answer::refusal(404, "Nobody is here").into()),
            "fault" => Err(Failure::storage("no table").into()),
            _ => Ok(Answer::lines([greeting])),
        }
    }

    async fn outcome(resources: Result<String, Failure>, event: Value) -> String {
        let request = Request::new(event);
        let outcome = call(&hello, &resources, &request).await;
        summary(&request, &outcome)
    }

    #[tokio::test]
    async fn every_outcome_of_a_call_is_one_line_in_the_log() {
        let name = |name: &str| json!({ "Name": name });
        let hello = || Ok("Hello".to_owned());
        let through_an_api = json!({
            "httpMethod": "GET", "requestContext": {}, "queryStringParameters": {"Name": "Ann"},
        });

        assert_eq!(
            outcome(hello(), name("Ann")).await,
            r#"called directly, answers 200: {"Message":["Hello"]}"#
        );
        assert_eq!(
            outcome(hello(), through_an_api).await,
            r#"called through API Gateway, answers 200: {"Message":["Hello"]}"#
        );
        assert_eq!(
            outcome(hello(), name("nobody")).await,
            r#"called directly, answers 404: {"Message":"Nobody is here"}"#
        );
        assert_eq!(
            outcome(hello(), name("fault")).await,
            "called directly, fails: no table"
        );
    }

    #[tokio::test]
    async fn a_missing_setting_fails_every_call_instead_of_the_process() {
        let missing = || Err(Failure::configuration("DYNAMO_TABLE is not set"));

        for _ in 0..2 {
            let line = outcome(missing(), json!({"Name": "Ann"})).await;
            assert_eq!(line, "called directly, fails: DYNAMO_TABLE is not set");
        }
    }
}
