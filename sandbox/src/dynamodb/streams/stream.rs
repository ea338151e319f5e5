//! A stream of a table: its name, and the one shard that it has.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::stored_name::name_of;
use super::log::Micros;
use crate::arn::{self, Arn};
use crate::{clock, store};

#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// What the library calls its table.
    pub stored: String,
    pub is_enabled: bool,
    pub began: Micros,
    /// Its records have numbers from this on.
    pub first: i64,
    pub view: String,
    /// Of the table.
    pub key_schema: Value,
}

/// When the stream with this label of the library's began: `1730000000.123456789`, in seconds since 1970.
pub fn began(label: &str) -> Micros {
    let (seconds, nanos) = label.split_once('.').unwrap_or((label, "0"));
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    number(seconds) * 1_000_000 + number(nanos) / 1_000
}

/// The name of a stream: the time when it began. Source: `LatestStreamLabel` in DynamoDB's API reference.
pub fn label(began: Micros) -> String {
    let time = clock::to_the_millisecond(began / 1_000);
    time.trim_end_matches('Z').to_owned()
}

impl Stream {
    pub fn table(&self) -> String {
        name_of(&self.stored)
    }

    pub fn label(&self) -> String {
        label(self.began)
    }

    pub fn arn(&self) -> String {
        arn::regional(
            "dynamodb",
            format_args!("table/{}/stream/{}", self.table(), self.label()),
        )
    }

    /// Such as `shardId-00000001414576573621-f55eea83`.
    pub fn shard(&self) -> String {
        let digest = store::hex(&Sha256::digest(&self.stored));
        format!("shardId-{:020}-{}", self.began / 1_000, &digest[..8])
    }
}

/// The table and the label in the ARN of a stream.
pub fn parts_of_arn(text: &str) -> Option<(&str, &str)> {
    let arn = Arn::parse(text).filter(|arn| arn.check_owner("dynamodb").is_ok())?;
    arn.resource.strip_prefix("table/")?.split_once("/stream/")
}

/// Sequence numbers have 21 digits or more. Source: `SequenceNumber` in the API's model.
const FIRST: i128 = 100_000_000_000_000_000_000;

pub fn sequence_number(number: i64) -> String {
    (FIRST + i128::from(number)).to_string()
}

/// The number of a record with this sequence number.
pub fn number(sequence_number: &str) -> Option<i64> {
    let is_written_so = sequence_number.bytes().all(|digit| digit.is_ascii_digit());
    let value: i128 = sequence_number.parse().ok().filter(|_| is_written_so)?;
    i64::try_from(value - FIRST).ok().filter(|it| *it >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_after_its_beginning() {
        let stream = Stream {
            stored: "-.events.b".to_owned(),
            is_enabled: true,
            began: began("1414576573.621234567"),
            first: 1,
            view: "KEYS_ONLY".to_owned(),
            key_schema: Value::Null,
        };
        assert_eq!(stream.began, 1_414_576_573_621_234);
        let arn =
            "arn:aws:dynamodb:us-east-1:000000000000:table/Events/stream/2014-10-29T09:56:13.621";
        assert_eq!(stream.arn(), arn);
        assert_eq!(
            parts_of_arn(arn),
            Some(("Events", "2014-10-29T09:56:13.621"))
        );
        let shard = stream.shard();
        assert!(
            shard.starts_with("shardId-00000001414576573621-"),
            "{shard}"
        );
        assert!((28..=65).contains(&shard.len()), "{shard}");
        for other in [
            "",
            "arn:aws:dynamodb:us-east-1:000000000000:table/Events",
            "arn:aws:sqs:us-east-1:000000000000:q",
        ] {
            assert_eq!(parts_of_arn(other), None, "{other}");
        }
    }

    #[test]
    fn sequence_numbers_keep_the_order_and_can_be_read() {
        for one in [0, 1, 1_761_000_000_000_000, i64::MAX] {
            assert_eq!(number(&sequence_number(one)), Some(one));
        }
        assert_eq!(sequence_number(9).len(), 21);
        assert!(sequence_number(9) < sequence_number(10));
        for other in [
            "",
            "5",
            "+100000000000000000005",
            "999999999999999999999999999999999999999",
        ] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
