//! What the five functions have in common: Lambda calls in, the function answers, the log tells.

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::error::{Error, Failure};
use crate::event::{Answer, Request};
use crate::log;
use crate::settings::{ConfigurationError, Environment};
use crate::storage::Table;

/// Waits for Lambda's calls and answers them with `function`, until Lambda ends the process.
///
/// The table's client is made once, so that warm calls find its connection open.
pub async fn serve<F>(function: F) -> Result<(), lambda_runtime::Error>
where
    F: AsyncFn(&Request, &Table) -> Result<Answer, Error>,
{
    let table = &Table::from_environment(&Environment::of_process());
    let function = &function;
    // Boxed, because the types of the SDK's futures are deep, and the runtime's come on top.
    let handler = |event: LambdaEvent<Value>| Box::pin(call(function, table, event.payload));
    lambda_runtime::run(service_fn(handler)).await
}

/// One call. An impossible setting fails the call rather than the process, so that the caller is
/// told about it.
async fn call<F>(
    function: &F,
    table: &Result<Table, ConfigurationError>,
    event: Value,
) -> Result<Value, Failure>
where
    F: AsyncFn(&Request, &Table) -> Result<Answer, Error>,
{
    let request = Request::new(event);
    let outcome = match table {
        Ok(table) => function(&request, table).await,
        Err(error) => Err(error.clone().into()),
    };

    match outcome.or_else(Error::into_answer) {
        Ok(answer) => {
            let Answer { status, body } = &answer;
            log::line(&format!(
                "called {}, answers {status}: {body}",
                request.origin()
            ));
            Ok(request.reply(&answer))
        }
        Err(failure) => {
            log::line(&format!(
                "called {}, fails: {}",
                request.origin(),
                failure.text
            ));
            Err(failure)
        }
    }
}
