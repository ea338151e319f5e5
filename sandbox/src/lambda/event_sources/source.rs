//! What a mapping is of.

use super::super::Lambda;
use super::super::fault::invalid;
use super::super::function::Function;
use crate::arn::Arn;
use crate::dynamodb;
use crate::fault::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Queue,
    /// Of a table of DynamoDB.
    Stream,
}

impl Source {
    /// The kind of what has this ARN.
    pub fn of(text: &str) -> Result<Self, Fault> {
        if text.is_empty() {
            return Err(invalid("Event source ARN is required."));
        }
        let arn = Arn::parse(text).ok_or_else(|| {
            invalid(format!(
                "Unrecognized event source, must be the ARN of a queue or of a stream: {text}"
            ))
        })?;
        if arn.check_owner("sqs").is_ok() {
            Ok(Self::Queue)
        } else if dynamodb::is_stream(text) {
            Ok(Self::Stream)
        } else {
            Err(invalid(format!(
                "the sandbox supports only its own queues and the streams of its tables as event sources, \
                 not {text}"
            )))
        }
    }
}

impl Lambda {
    /// Refuses a source that the function cannot have.
    pub async fn check_source(&self, function: &Function, source: &str) -> Result<(), Fault> {
        match Source::of(source)? {
            Source::Queue => self.check_queue(function, source).await,
            Source::Stream => self.check_stream(function, source).await,
        }
    }
}
