//! Which bytes of an object a request is about.

use http::StatusCode;
use s3s::dto::Range;

use super::record::Piece;
use super::refusal::{invalid_argument, invalid_request};
use crate::fault::Fault;

/// Some bytes of an object, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub first: u64,
    pub length: u64,
    /// Of the object.
    pub full: u64,
    /// Whether a part was asked for, even if it is the whole.
    pub partial: bool,
}

impl Span {
    pub fn whole(full: u64) -> Self {
        Self {
            first: 0,
            length: full,
            full,
            partial: false,
        }
    }

    pub fn of_range(range: Range, full: u64) -> Result<Self, Fault> {
        let (first, end) = match range {
            Range::Int { first, last } => {
                let end = last.map_or(full, |last| last.saturating_add(1).min(full));
                (first, end)
            }
            Range::Suffix { length } => (full.saturating_sub(length), full),
        };
        if first >= end {
            return Err(Fault::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                format!("the range contains none of the object's {full} bytes"),
            ));
        }
        Ok(Self {
            first,
            length: end - first,
            full,
            partial: true,
        })
    }

    /// Of the part with this number of an object that was uploaded in `parts`; any other object is
    /// its own part 1.
    fn of_part(number: i32, parts: &[Piece], full: u64) -> Result<Self, Fault> {
        if number < 1 {
            return Err(invalid_argument("part numbers start at 1"));
        }
        let wanted = usize::try_from(number - 1).unwrap_or(usize::MAX);
        let (first, length) = match parts.get(wanted) {
            Some(part) => (
                parts[..wanted].iter().map(|part| part.size).sum(),
                part.size,
            ),
            None if parts.is_empty() && wanted == 0 => (0, full),
            None => {
                return Err(Fault::new(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "InvalidPartNumber",
                    format!("the object has no part {number}"),
                ));
            }
        };
        Ok(Self {
            first,
            length,
            full,
            // There is no way to write the range of no bytes.
            partial: length > 0,
        })
    }

    pub fn asked(
        range: Option<Range>,
        part: Option<i32>,
        parts: &[Piece],
        full: u64,
    ) -> Result<Self, Fault> {
        match (range, part) {
            (None, None) => Ok(Self::whole(full)),
            (Some(range), None) => Self::of_range(range, full),
            (None, Some(number)) => Self::of_part(number, parts, full),
            (Some(_), Some(_)) => Err(invalid_request(
                "Cannot specify both Range header and partNumber query parameter",
            )),
        }
    }

    /// For the Content-Range header, where there is to be one.
    pub fn content_range(self) -> Option<String> {
        self.partial.then(|| {
            let last = self.first + self.length - 1;
            format!("bytes {}-{last}/{}", self.first, self.full)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(range: &str, full: u64) -> Result<(u64, u64, Option<String>), String> {
        let range = Range::parse(range).expect("it is a range");
        let span = Span::of_range(range, full).map_err(|fault| fault.code)?;
        Ok((span.first, span.length, span.content_range()))
    }

    #[test]
    fn ranges_are_cut_to_what_is_there() {
        let content_range = |text: &str| Some(text.to_owned());
        assert_eq!(
            span("bytes=0-0", 10),
            Ok((0, 1, content_range("bytes 0-0/10")))
        );
        assert_eq!(
            span("bytes=2-", 10),
            Ok((2, 8, content_range("bytes 2-9/10")))
        );
        assert_eq!(
            span("bytes=2-99", 10),
            Ok((2, 8, content_range("bytes 2-9/10")))
        );
        assert_eq!(
            span("bytes=-3", 10),
            Ok((7, 3, content_range("bytes 7-9/10")))
        );
        assert_eq!(
            span("bytes=-30", 10),
            Ok((0, 10, content_range("bytes 0-9/10")))
        );
        let huge = format!("bytes=1-{}", i64::MAX);
        assert_eq!(span(&huge, 10), Ok((1, 9, content_range("bytes 1-9/10"))));
    }

    #[test]
    fn ranges_of_nothing_are_refused() {
        for (range, full) in [
            ("bytes=10-", 10),
            ("bytes=10-20", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=-5", 0),
        ] {
            assert_eq!(span(range, full), Err("InvalidRange".to_owned()), "{range}");
        }
    }

    #[test]
    fn parts_lie_one_behind_the_other() {
        let piece = |number, size| Piece {
            number,
            size,
            checksum: None,
        };
        let parts = [piece(1, 5), piece(4, 2)];
        let part = |number| Span::asked(None, Some(number), &parts, 7);
        let second = part(2).expect("there are two");
        assert_eq!((second.first, second.length), (5, 2));
        assert_eq!(second.content_range().as_deref(), Some("bytes 5-6/7"));
        assert_eq!(part(3).expect_err("no third").code, "InvalidPartNumber");
        assert_eq!(part(0).expect_err("no zeroth").code, "InvalidArgument");
        let whole = Span::asked(None, Some(1), &[], 0).expect("it is its own part");
        assert_eq!((whole.length, whole.content_range()), (0, None));
        let range = Range::parse("bytes=0-1").expect("it is a range");
        assert!(Span::asked(Some(range), Some(1), &parts, 7).is_err());
    }
}
