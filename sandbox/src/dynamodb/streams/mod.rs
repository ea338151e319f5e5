//! DynamoDB Streams: the changes of a table's items, in their order, for 24 hours. A stream has one shard.
//!
//! The library records the changes ([`log`]) and has operations that read them, which know nothing of
//! streams that are disabled, of those before a table was made again, and of what is trimmed. So the
//! operations are here.
//!
//! It deviates from AWS in this: the stream of a deleted table is gone with it, and one that is disabled is
//! there until the table gets another, both of which AWS keeps for a day.

mod access;
mod iterator;
mod log;
mod operations;
mod page;
mod record;
mod specification;
mod stream;
mod watch;

use std::sync::Arc;

use super::{DynamoDb, validation};
use crate::clock;
use crate::fault::Fault;
use crate::service::service;
use crate::wire::Protocol;
use log::Micros;
pub use log::StreamLog;
pub use specification::{complete, note};
use stream::Stream;
pub use stream::{began, label, parts_of_arn};
pub use watch::{Watches, written};

#[derive(Debug)]
pub struct Streams(Arc<DynamoDb>);

service! { Streams {
    name: "DynamoDB Streams",
    signing_name: "dynamodb",
    protocol: Protocol::Json { version: "1.0", target: "DynamoDBStreams_20120810" },
    invalid: "ValidationException",
    longest_body: 1 << 20,
    members: include_str!("members.txt"),
    operations: {
        DescribeStream on access::stream => operations::describe,
        GetRecords on access::iterator => operations::records,
        GetShardIterator on access::stream => operations::iterator,
        ListStreams on access::table => operations::list,
    },
} }

impl Streams {
    pub fn new(tables: &Arc<DynamoDb>) -> Self {
        Self(tables.clone())
    }

    /// Where a stream ends now: the sequence number of its last record, or the one before its first.
    pub fn end(&self, arn: &str) -> Result<String, Fault> {
        let stream = self.stream(arn)?;
        Ok(stream::sequence_number(self.last(&stream)?))
    }

    /// Says when something is written to a stream's table, or when the stream changes.
    pub fn watch(&self, arn: &str) -> tokio::sync::watch::Receiver<()> {
        let tables = &self.0.database;
        let table = parts_of_arn(arn).map_or("", |(table, _)| table);
        let stored = tables.stored.find(table);
        tables
            .watches
            .watch(&stored.unwrap_or_else(|| table.to_owned()))
    }

    #[cfg(test)]
    pub fn tables(&self) -> &DynamoDb {
        &self.0
    }

    /// Gives the table's stream a name that a test knows before.
    #[cfg(test)]
    pub fn set_beginning(&self, table: &str, seconds: u32) {
        self.log().set_beginning(table, seconds);
    }

    fn log(&self) -> &StreamLog {
        &self.0.database.streams
    }

    /// The stream with this ARN.
    fn stream(&self, arn: &str) -> Result<Stream, Fault> {
        let found = match parts_of_arn(arn) {
            Some((table, _)) => {
                let stored = self.0.database.stored.find(table);
                self.log().stream(stored.as_deref().unwrap_or(table))?
            }
            None => None,
        };
        // The table may have had another stream of this ARN before.
        found.filter(|stream| stream.arn() == arn).ok_or_else(|| {
            Fault::invalid(
                "ResourceNotFoundException",
                format!("Requested resource not found: Stream: {arn} not found"),
            )
        })
    }

    /// The number of a stream's last record, or the one before its first.
    fn last(&self, stream: &Stream) -> Result<i64, Fault> {
        let last = self.log().last(&stream.stored)?;
        Ok(last.unwrap_or_default().max(stream.first - 1))
    }
}

pub fn now() -> Micros {
    clock::now() * 1_000
}

#[cfg(test)]
mod tests;
