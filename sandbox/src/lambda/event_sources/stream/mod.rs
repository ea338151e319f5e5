//! What reads a stream for a function, and invokes it: records of a key in their order, each until the
//! function is done with it or it is given up.
//!
//! A mapping has one lane, or as many as its `ParallelizationFactor` says, each for the keys that are its
//! own. A lane has a [`Positions`] of its own in the store, which moves when the function is done. So after a
//! kill, it gets again what it may not have been done with.
//!
//! Source: "Using AWS Lambda with Amazon DynamoDB" in Lambda's developer guide.

mod batch;
mod discard;
mod lane;
mod load;
mod part;
mod position;
mod reader;
mod window;
mod windowed;

use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinSet;

use super::super::Lambda;
use super::super::fault::invalid;
use super::super::function::Function;
use super::mapping::Mapping;
use super::settings::StreamSettings;
use crate::dynamodb::Streams;
use crate::fault::Fault;
pub use discard::check_destination;
use lane::Lane;
pub use load::Load;
pub use position::Positions;

/// Reads for a mapping until it is aborted.
pub async fn run(lambda: Arc<Lambda>, mapping: Mapping, settings: StreamSettings, load: Arc<Load>) {
    // What read before for the mapping may be with the function still.
    load.wait_for_attempts().await;
    let (mapping, settings) = (Arc::new(mapping), Arc::new(settings));
    let mut lanes = JoinSet::new();
    for number in 0..settings.parallel {
        let lane = Lane::new(&lambda, &mapping, &settings, number, &load);
        lanes.spawn(lane.run());
    }
    while lanes.join_next().await.is_some() {}
}

impl Lambda {
    /// Refuses a stream that is not there, or that the function's role may not read.
    pub async fn check_stream(&self, function: &Function, source: &str) -> Result<(), Fault> {
        let streams = &*self.event_sources.streams;
        let caller = self.session_of(function)?;
        let accesses = Streams::accesses_to_read(source);
        if self.may_access(streams, &caller, &accesses).is_err() {
            return Err(invalid(format!(
                "Cannot access stream {source}. Please ensure the role can perform the GetRecords, \
                 GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
            )));
        }
        streams
            .end(source)
            .map_err(|fault| invalid(format!("Stream not found: {source} ({})", fault.message)))?;
        Ok(())
    }
}

/// The sequence number of a record.
fn sequence_number(record: &Value) -> &str {
    record["dynamodb"]["SequenceNumber"]
        .as_str()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
