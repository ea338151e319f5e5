//! Records that are given up, and the queue or the topic that is told of them.
//!
//! Source: "Retain discarded batch records for a DynamoDB event source" in Lambda's developer guide.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::super::Lambda;
use super::super::super::event_invoke::Kind;
use super::super::super::function::Function;
use super::super::super::function_ref::FunctionRef;
use super::super::mapping::Mapping;
use super::super::permission::no_permission;
use super::part::Part;
use crate::clock;
use crate::delivery::Delivery;
use crate::fault::Fault;

/// Why records are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    RetryAttemptsExhausted,
    RecordAgeExceeded,
}

/// What is said of the records to who is told.
pub fn report(
    mapping: &Mapping,
    shard: &str,
    part: &Part,
    condition: Condition,
    now: i64,
) -> Value {
    let second = |record: Option<&Value>| {
        let made = record.and_then(|it| it["dynamodb"]["ApproximateCreationDateTime"].as_i64());
        clock::to_the_second(made.unwrap_or_default() * 1_000)
    };
    let number = |record: Option<&Value>| {
        record
            .map(super::sequence_number)
            .unwrap_or_default()
            .to_owned()
    };
    let (first, last) = (part.records.first(), part.records.last());
    let condition = match condition {
        Condition::RetryAttemptsExhausted => "RetryAttemptsExhausted",
        Condition::RecordAgeExceeded => "RecordAgeExceeded",
    };
    let mut report = json!({
        "requestContext": {
            "requestId": Uuid::new_v4().to_string(),
            "functionArn": mapping.function,
            "condition": condition,
            "approximateInvokeCount": part.failures,
        },
        "version": "1.0",
        "timestamp": clock::to_the_millisecond(now),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": number(first),
            "endSequenceNumber": number(last),
            "approximateArrivalOfFirstRecord": second(first),
            "approximateArrivalOfLastRecord": second(last),
            "batchSize": part.records.len(),
            "streamArn": mapping.source,
        },
    });
    if part.failures > 0 {
        let function_ref = FunctionRef::parse(&mapping.function, None);
        let version = function_ref
            .map(|it| it.version().to_owned())
            .unwrap_or_default();
        report["responseContext"] =
            json!({ "statusCode": 200, "executedVersion": version, "functionError": "Unhandled" });
    }
    report
}

impl Lambda {
    /// Tells the destination, if the function's role may. Once this has returned, it will get the report.
    pub fn tell(&self, mapping: &Mapping, destination: &str, report: &Value) -> Result<(), Fault> {
        let function = self.function(&FunctionRef::parse(&mapping.function, None)?)?;
        check_destination(self, &function, Some(destination))?;
        let delivery = Delivery::new(Uuid::new_v4(), destination, report.to_string());
        let accepted = self.deliveries.accept(delivery);
        accepted.map_err(|error| Fault::internal(error.to_string()))
    }
}

/// Refuses a destination that the function's role may not tell.
pub fn check_destination(
    lambda: &Lambda,
    function: &Function,
    destination: Option<&str>,
) -> Result<(), Fault> {
    // What no destination can be was refused when it was read.
    let known = destination.and_then(|arn| Some((arn, Kind::of(arn)?)));
    match known {
        Some((arn, kind)) if !lambda.may_reach(function, kind, arn)? => {
            Err(no_permission(kind.operation(), kind.service()))
        }
        _ => Ok(()),
    }
}
