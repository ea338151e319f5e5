//! What the operations act on.
//!
//! Source: DynamoDB's page in the Service Authorization Reference. It names no resource for `ListStreams`;
//! the policies in "Tutorial: Process new items with DynamoDB Streams and Lambda" and in SAM's
//! `DynamoDBStreamReadPolicy` have the streams of a table.

use serde_json::Value;

use super::Streams;
use super::iterator::ShardIterator;
use crate::arn;
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn stream(_: &Streams, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "StreamArn"))]
}

/// The stream that an iterator is of.
pub fn iterator(_: &Streams, action: &'static str, parameters: &Value) -> Accesses {
    let iterator = ShardIterator::parse(text(parameters, "ShardIterator"));
    // The operation will refuse another text.
    let stream = iterator.map_or_else(|| "*".to_owned(), |iterator| iterator.stream);
    vec![Access::new(action, stream)]
}

/// The streams of one table or of all.
pub fn table(_: &Streams, action: &'static str, parameters: &Value) -> Accesses {
    match parameters["TableName"].as_str() {
        Some(table) => {
            let streams = format_args!("table/{table}/stream/*");
            vec![Access::new(action, arn::regional("dynamodb", streams))]
        }
        None => vec![Access::any(action)],
    }
}

impl Streams {
    /// What somebody has to be allowed to read a stream, as Lambda does.
    pub fn accesses_to_read(stream: &str) -> Accesses {
        let streams = stream
            .rsplit_once('/')
            .map_or(stream, |(streams, _)| streams);
        let on_it = [
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:DescribeStream",
        ];
        let mut accesses = Vec::from(on_it.map(|action| Access::new(action, stream)));
        accesses.push(Access::new("dynamodb:ListStreams", format!("{streams}/*")));
        accesses
    }
}
