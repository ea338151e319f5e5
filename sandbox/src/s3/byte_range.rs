//! Ranges of an object's bytes.

use http::StatusCode;
use s3s::dto::Range;

use super::errors::{invalid_argument, invalid_request};
use super::records::ObjectPart;
use crate::fault::Fault;

/// A range of an object's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    pub start: u64,
    pub length: u64,
    /// The object's size.
    pub size: u64,
    /// Whether the request had a range or a part number. If so, the response has status 206.
    pub partial: bool,
}

impl ByteRange {
    pub fn whole(size: u64) -> Self {
        Self {
            start: 0,
            length: size,
            size,
            partial: false,
        }
    }

    /// The part of `range` that the object has.
    pub fn of_range(range: Range, size: u64) -> Result<Self, Fault> {
        let (start, end) = match range {
            Range::Int { first, last } => {
                let end = last.map_or(size, |last| last.saturating_add(1).min(size));
                (first, end)
            }
            Range::Suffix { length } => (size.saturating_sub(length), size),
        };
        if start >= end {
            return Err(Fault::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                format!("the range contains none of the object's {size} bytes"),
            ));
        }
        Ok(Self {
            start,
            length: end - start,
            size,
            partial: true,
        })
    }

    /// The range of `x-amz-copy-source-range`, which must be inside of the object. Source: S3's
    /// documentation of UploadPartCopy.
    pub fn of_copy(text: &str, size: u64) -> Result<Self, Fault> {
        let Ok(Range::Int {
            first,
            last: Some(last),
        }) = Range::parse(text)
        else {
            return Err(invalid_argument(format!(
                "x-amz-copy-source-range must have the form bytes=0-9, not {text:?}"
            )));
        };
        if last >= size {
            return Err(invalid_argument(format!(
                "Range specified is not valid for source object of size: {size}"
            )));
        }
        Ok(Self {
            start: first,
            length: last - first + 1,
            size,
            partial: true,
        })
    }

    /// The part with this number. An object that was not uploaded in parts is its own part 1.
    fn of_part(number: i32, parts: &[ObjectPart], size: u64) -> Result<Self, Fault> {
        if number < 1 {
            return Err(invalid_argument("part numbers start at 1"));
        }
        let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
        let (start, length) = match parts.get(index) {
            Some(part) => (parts[..index].iter().map(|part| part.size).sum(), part.size),
            None if parts.is_empty() && index == 0 => (0, size),
            None => {
                return Err(Fault::new(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "InvalidPartNumber",
                    format!("the object has no part {number}"),
                ));
            }
        };
        Ok(Self {
            start,
            length,
            size,
            // Content-Range cannot express an empty range.
            partial: length > 0,
        })
    }

    /// The range of a request with a `Range` header or a part number.
    pub fn requested(
        range: Option<Range>,
        part: Option<i32>,
        parts: &[ObjectPart],
        size: u64,
    ) -> Result<Self, Fault> {
        match (range, part) {
            (None, None) => Ok(Self::whole(size)),
            (Some(range), None) => Self::of_range(range, size),
            (None, Some(number)) => Self::of_part(number, parts, size),
            (Some(_), Some(_)) => Err(invalid_request(
                "Cannot specify both Range header and partNumber query parameter",
            )),
        }
    }

    /// The value of the Content-Range header, if the response needs one.
    pub fn content_range(self) -> Option<String> {
        self.partial.then(|| {
            let last = self.start + self.length - 1;
            format!("bytes {}-{last}/{}", self.start, self.size)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(range: &str, size: u64) -> Result<(u64, u64, Option<String>), String> {
        let range = Range::parse(range).expect("it is a range");
        let range = ByteRange::of_range(range, size).map_err(|fault| fault.code)?;
        Ok((range.start, range.length, range.content_range()))
    }

    #[test]
    fn ranges_are_cut_to_the_objects_size() {
        let content_range = |text: &str| Some(text.to_owned());
        assert_eq!(
            range("bytes=0-0", 10),
            Ok((0, 1, content_range("bytes 0-0/10")))
        );
        assert_eq!(
            range("bytes=2-", 10),
            Ok((2, 8, content_range("bytes 2-9/10")))
        );
        assert_eq!(
            range("bytes=2-99", 10),
            Ok((2, 8, content_range("bytes 2-9/10")))
        );
        assert_eq!(
            range("bytes=-3", 10),
            Ok((7, 3, content_range("bytes 7-9/10")))
        );
        assert_eq!(
            range("bytes=-30", 10),
            Ok((0, 10, content_range("bytes 0-9/10")))
        );
        let huge = format!("bytes=1-{}", i64::MAX);
        assert_eq!(range(&huge, 10), Ok((1, 9, content_range("bytes 1-9/10"))));
    }

    #[test]
    fn ranges_of_nothing_are_refused() {
        for (text, size) in [
            ("bytes=10-", 10),
            ("bytes=10-20", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=-5", 0),
        ] {
            assert_eq!(range(text, size), Err("InvalidRange".to_owned()), "{text}");
        }
    }

    #[test]
    fn a_copied_range_is_inside_of_the_source() {
        let copied =
            |text: &str| ByteRange::of_copy(text, 5).map(|range| (range.start, range.length));
        assert_eq!(copied("bytes=0-4"), Ok((0, 5)));
        assert_eq!(copied("bytes=2-2"), Ok((2, 1)));
        for text in [
            "bytes=0-5",
            "bytes=5-5",
            "bytes=2-1",
            "bytes=2-",
            "bytes=-2",
            "0-1",
        ] {
            let refused = copied(text).expect_err(text);
            assert_eq!(refused.code, "InvalidArgument");
        }
    }

    #[test]
    fn parts_follow_each_other() {
        let piece = |number, size| ObjectPart {
            number,
            size,
            checksum: None,
        };
        let parts = [piece(1, 5), piece(4, 2)];
        let part = |number| ByteRange::requested(None, Some(number), &parts, 7);
        let second = part(2).expect("there are two");
        assert_eq!((second.start, second.length), (5, 2));
        assert_eq!(second.content_range().as_deref(), Some("bytes 5-6/7"));
        assert_eq!(part(3).expect_err("no third").code, "InvalidPartNumber");
        assert_eq!(part(0).expect_err("no zeroth").code, "InvalidArgument");
        let whole = ByteRange::requested(None, Some(1), &[], 0).expect("it is its own part");
        assert_eq!((whole.length, whole.content_range()), (0, None));
        let range = Range::parse("bytes=0-1").expect("it is a range");
        assert!(ByteRange::requested(Some(range), Some(1), &parts, 7).is_err());
    }
}
