//! The operations on streams.

use serde::Deserialize;
use serde_json::{Value, json};

use super::iterator::ShardIterator;
use super::page::trimmed;
use super::stream::{Stream, number, sequence_number};
use super::{Streams, now, validation};
use crate::clock;
use crate::fault::{Answer, Fault};

/// Of a list of streams or of shards. Source: `Limit` in the API reference.
const MAX_PAGE: usize = 100;
/// Source: the documentation of GetRecords.
const MOST_RECORDS: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    table_name: Option<String>,
    limit: Option<i64>,
    exclusive_start_stream_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRequest {
    stream_arn: String,
    limit: Option<i64>,
    exclusive_start_shard_id: Option<String>,
    shard_filter: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IteratorRequest {
    stream_arn: String,
    shard_id: String,
    shard_iterator_type: String,
    sequence_number: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecordsRequest {
    shard_iterator: String,
    limit: Option<i64>,
}

pub async fn list(streams: &Streams, request: ListRequest) -> Answer {
    let limit = length(request.limit)?;
    let mut found = streams.log().streams()?;
    found.retain(|stream| {
        let table = request.table_name.as_ref();
        table.is_none_or(|table| *table == stream.table())
    });
    found.sort_by_key(Stream::arn);
    if let Some(start) = request.exclusive_start_stream_arn {
        found.retain(|stream| stream.arn() > start);
    }
    let has_more = found.len() > limit;
    found.truncate(limit);
    let shown = found.iter().map(|stream| {
        json!({ "StreamArn": stream.arn(), "TableName": stream.table(), "StreamLabel": stream.label() })
    });
    let mut answer = json!({ "Streams": shown.collect::<Vec<_>>() });
    if let Some(last) = found.last().filter(|_| has_more) {
        answer["LastEvaluatedStreamArn"] = json!(last.arn());
    }
    Ok(answer)
}

pub async fn describe(streams: &Streams, request: DescribeRequest) -> Answer {
    check_arn(&request.stream_arn)?;
    length(request.limit)?;
    let stream = streams.stream(&request.stream_arn)?;
    let mut range = json!({ "StartingSequenceNumber": sequence_number(stream.first) });
    if !stream.is_enabled {
        let last = streams.last(&stream)?.max(stream.first);
        range["EndingSequenceNumber"] = json!(sequence_number(last));
    }
    let shard = json!({ "ShardId": stream.shard(), "SequenceNumberRange": range });
    let start = request.exclusive_start_shard_id;
    let is_before = start.is_none_or(|start| start < stream.shard());
    // It is the child of none.
    let is_listed = is_before && request.shard_filter.is_none();
    let shards: Vec<Value> = is_listed.then_some(shard).into_iter().collect();
    Ok(json!({ "StreamDescription": {
        "StreamArn": stream.arn(),
        "StreamLabel": stream.label(),
        "StreamStatus": if stream.is_enabled { "ENABLED" } else { "DISABLED" },
        "StreamViewType": stream.view,
        "CreationRequestDateTime": stream.began / 1_000_000,
        "TableName": stream.table(),
        "KeySchema": stream.key_schema,
        "Shards": shards,
    } }))
}

pub async fn iterator(streams: &Streams, request: IteratorRequest) -> Answer {
    check_arn(&request.stream_arn)?;
    let stream = streams.stream(&request.stream_arn)?;
    if request.shard_id != stream.shard() {
        return Err(Fault::invalid(
            "ResourceNotFoundException",
            format!(
                "Requested resource not found: Shard: {} in stream {} not found",
                request.shard_id, request.stream_arn
            ),
        ));
    }
    let horizon = streams.log().horizon(now())?.max(stream.first - 1);
    let given = request.sequence_number.as_deref();
    let after = match (request.shard_iterator_type.as_str(), given) {
        ("TRIM_HORIZON" | "LATEST", Some(_)) => {
            return Err(validation(
                "One or more parameter values were invalid: SequenceNumber should not be passed for this \
                 iterator type",
            ));
        }
        ("TRIM_HORIZON", None) => horizon,
        // Of an idle stream, the last record may be trimmed.
        ("LATEST", None) => streams.last(&stream)?.max(horizon),
        (_, None) => {
            return Err(validation(
                "One or more parameter values were invalid: SequenceNumber cannot be null",
            ));
        }
        (kind, Some(given)) => {
            let given = readable(given)?;
            let after = given - i64::from(kind == "AT_SEQUENCE_NUMBER");
            if after < horizon {
                return Err(trimmed());
            }
            after
        }
    };
    let iterator = ShardIterator {
        stream: request.stream_arn,
        after,
        made_at: clock::now(),
    };
    Ok(json!({ "ShardIterator": iterator.text() }))
}

pub async fn records(streams: &Streams, request: RecordsRequest) -> Answer {
    let limit = match request.limit {
        None => MOST_RECORDS,
        Some(limit) => at_least_one(limit)?,
    };
    if limit > MOST_RECORDS {
        return Err(Fault::invalid(
            "LimitExceededException",
            format!(
                "GetRecords was called with a value of more than {MOST_RECORDS} for the limit request parameter."
            ),
        ));
    }
    let iterator = ShardIterator::read(&request.shard_iterator, clock::now())?;
    let stream = streams.stream(&iterator.stream)?;
    let page = streams.page(&stream, iterator.after, limit)?;
    let mut answer = json!({ "Records": page.records });
    // A closed shard has an end.
    if stream.is_enabled || !page.is_last {
        let next = ShardIterator {
            after: page.after,
            made_at: clock::now(),
            ..iterator
        };
        answer["NextShardIterator"] = json!(next.text());
    }
    Ok(answer)
}

fn length(limit: Option<i64>) -> Result<usize, Fault> {
    limit.map_or(Ok(MAX_PAGE), |limit| Ok(at_least_one(limit)?.min(MAX_PAGE)))
}

fn at_least_one(limit: i64) -> Result<usize, Fault> {
    usize::try_from(limit)
        .ok()
        .filter(|limit| *limit > 0)
        .ok_or_else(|| {
            let value = format!("'{limit}'");
            constraint(&value, "limit", "value greater than or equal to 1")
        })
}

fn check_arn(arn: &str) -> Result<(), Fault> {
    match arn.len() < 37 {
        true => {
            let value = format!("'{arn}'");
            Err(constraint(
                &value,
                "streamArn",
                "length greater than or equal to 37",
            ))
        }
        false => Ok(()),
    }
}

fn readable(given: &str) -> Result<i64, Fault> {
    let wrong = match given.len() {
        ..21 => Some("length greater than or equal to 21"),
        41.. => Some("length less than or equal to 40"),
        _ => None,
    };
    if let Some(wrong) = wrong {
        return Err(constraint(&format!("'{given}'"), "sequenceNumber", wrong));
    }
    number(given).ok_or_else(|| validation("Invalid SequenceNumber for the shard"))
}

fn constraint(value: &str, member: &str, must_have: &str) -> Fault {
    validation(&format!(
        "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: Member must \
         have {must_have}"
    ))
}
