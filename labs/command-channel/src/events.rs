//! The table of events. Events are added to it, and never changed.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use mafia_support::{Environment, Failure, Item, Resources, Table, to_item};

use crate::event::Event;

#[derive(Debug)]
pub struct Events(Table);

/// What became of an event.
#[derive(Debug, PartialEq)]
pub enum Appended {
    /// It is in the table now, or was before.
    Done,
    /// Another event has its id.
    Taken,
}

impl Resources for Events {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        Table::from_environment(environment).map(Self)
    }
}

impl Events {
    /// Adds the event unless it is there.
    pub async fn append(&self, event: &Event) -> Result<Appended, Failure> {
        let (client, table) = (self.0.client(), self.0.name());
        let put = client
            .put_item()
            .table_name(table)
            .set_item(Some(to_item(event)))
            .condition_expression("attribute_not_exists(EventId)")
            .return_values_on_condition_check_failure(AllOld);
        match put.send().await {
            Ok(_) => Ok(Appended::Done),
            Err(error) => match found(&error) {
                Some(found) if is(found, event) => Ok(Appended::Done),
                Some(_) => Ok(Appended::Taken),
                None => Err(failed("write to", table, &error)),
            },
        }
    }
}

/// The event that is there already.
fn found(error: &SdkError<aws_sdk_dynamodb::operation::put_item::PutItemError>) -> Option<&Item> {
    use aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException;
    match error.as_service_error() {
        Some(ConditionalCheckFailedException(failed)) => failed.item(),
        _ => None,
    }
}

fn is(item: &Item, event: &Event) -> bool {
    serde_dynamo::from_item(item.clone()).is_ok_and(|found: Event| found == *event)
}

/// A failure that says what DynamoDB said.
pub fn failed<E>(verb: &str, table: &str, error: &SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let reason = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => DisplayErrorContext(error).to_string(),
    };
    Failure::storage(format!(
        "Can't {verb} the table {table}: {reason}. Try again in a moment; what was done is not done again"
    ))
}
