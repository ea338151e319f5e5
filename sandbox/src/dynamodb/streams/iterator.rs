//! Shard iterators: a place in a stream, for a short time.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::stream::parts_of_arn;
use super::validation;
use crate::fault::Fault;

/// In milliseconds. Source: the documentation of GetShardIterator.
const VALID: i64 = 15 * 60 * 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardIterator {
    /// The ARN of the stream.
    pub stream: String,
    /// The next record is the first with a higher number.
    pub after: i64,
    /// In milliseconds since 1970.
    pub made_at: i64,
}

impl ShardIterator {
    /// The stream's ARN, the version and the place, as DynamoDB writes them.
    pub fn text(&self) -> String {
        let place = format!("{}/{}", self.after, self.made_at);
        format!("{}|1|{}", self.stream, BASE64_URL_SAFE_NO_PAD.encode(place))
    }

    /// Whatever its age.
    pub fn parse(text: &str) -> Option<Self> {
        let (stream, rest) = text.split_once('|')?;
        parts_of_arn(stream)?;
        let place = BASE64_URL_SAFE_NO_PAD
            .decode(rest.strip_prefix("1|")?)
            .ok()?;
        let place = String::from_utf8(place).ok()?;
        let (after, made_at) = place.split_once('/')?;
        Some(Self {
            stream: stream.to_owned(),
            after: after.parse().ok()?,
            made_at: made_at.parse().ok()?,
        })
    }

    /// One that is still valid, `now` in milliseconds since 1970.
    pub fn read(text: &str, now: i64) -> Result<Self, Fault> {
        let iterator = Self::parse(text).ok_or_else(|| validation("Invalid ShardIterator"))?;
        if now - iterator.made_at > VALID {
            let message = format!(
                "Iterator expired. The iterator was created {} milliseconds ago, which is more than the \
                 tolerated delay of {VALID} milliseconds.",
                now - iterator.made_at
            );
            return Err(Fault::invalid("ExpiredIteratorException", message));
        }
        Ok(iterator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iterator_is_read_as_it_was_written_and_expires() {
        let iterator = ShardIterator {
            stream:
                "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2014-10-29T09:56:13.621"
                    .to_owned(),
            after: 7,
            made_at: 1_000,
        };
        let text = iterator.text();
        assert_eq!(ShardIterator::read(&text, 1_000 + VALID), Ok(iterator));
        let expired = ShardIterator::read(&text, 1_001 + VALID).expect_err("expired");
        assert_eq!(expired.code, "ExpiredIteratorException");
        for other in [
            "",
            "a|1|b",
            &text.replace("|1|", "|1|*"),
            &text.replace("|1|", "|2|"),
        ] {
            let refused = ShardIterator::read(other, 1_000).expect_err(other);
            assert_eq!(refused.message, "Invalid ShardIterator");
        }
    }
}
