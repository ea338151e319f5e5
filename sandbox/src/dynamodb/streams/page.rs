//! A page of the records of a stream.

use serde_json::Value;

use super::stream::Stream;
use super::{Streams, now, record};
use crate::fault::Fault;

/// In bytes. Source: the documentation of GetRecords.
const MOST_BYTES: u64 = 1 << 20;

#[derive(Debug)]
pub struct Page {
    pub records: Vec<Value>,
    /// The next page begins with the first higher number.
    pub after: i64,
    /// Whether there are no more now.
    pub is_last: bool,
}

impl Streams {
    /// The records with higher numbers than `after`, at most so many. Without any, there are none.
    pub(super) fn page(&self, stream: &Stream, after: i64, most: usize) -> Result<Page, Fault> {
        let horizon = self.log().horizon(now())?;
        let mut page = Page {
            records: Vec::new(),
            after,
            is_last: false,
        };
        let mut bytes = 0;
        // A write that changed nothing is no record, so all that is found may be none.
        while page.records.is_empty() && !page.is_last {
            let found = self.log().after(&stream.stored, page.after, most)?;
            // An iterator is not valid for as long as what is trimmed is kept.
            if found.first().is_some_and(|first| first.number < horizon) {
                return Err(trimmed());
            }
            page.is_last = found.len() < most;
            for recorded in found {
                let record = record::shown(&recorded, &stream.view);
                bytes += record.as_ref().map_or(0, size);
                if bytes > MOST_BYTES && !page.records.is_empty() {
                    page.is_last = false;
                    break;
                }
                page.after = recorded.number;
                page.records.extend(record);
            }
        }
        Ok(page)
    }
}

fn size(record: &Value) -> u64 {
    record["dynamodb"]["SizeBytes"].as_u64().unwrap_or_default()
}

pub fn trimmed() -> Fault {
    Fault::invalid(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard. Records are kept for 24 \
         hours; get another shard iterator",
    )
}
