//! Changes one item on a condition.

use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use super::error::{Operation, failed};
use crate::error::Failure;

/// Sends a conditional update, once, and returns whether the item was changed. It was not if the
/// condition did not hold, or if DynamoDB was too busy.
///
/// The SDK would send it again if an answer is lost. The second try would find the condition broken
/// by the first one, and a change that was made would pass for one that was not.
pub async fn update_once(update: UpdateItemFluentBuilder) -> Result<bool, Failure> {
    let table = update.get_table_name().clone().unwrap_or_default();
    let once = Builder::new().retry_config(RetryConfig::disabled());
    match update.customize().config_override(once).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(was_refused) => Ok(false),
        Err(error) => Err(failed(Operation::Change, &table, &error)),
    }
}

/// Whether DynamoDB says that it has *not* changed the item.
fn was_refused(error: &UpdateItemError) -> bool {
    error.is_conditional_check_failed_exception()
        || error.is_transaction_conflict_exception()
        || error.is_provisioned_throughput_exceeded_exception()
        || error.is_request_limit_exceeded()
        || error.is_throttling_exception()
}
