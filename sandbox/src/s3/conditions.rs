//! Preconditions of requests. Source: RFC 9110, section 13, and S3's documentation of GetObject,
//! PutObject and CopyObject.

use s3s::dto::{ETag, ETagCondition, Timestamp};
use time::OffsetDateTime;

use super::record::Object;
use super::refusal::{no_such_key, not_implemented, precondition_failed};
use crate::fault::Fault;

/// What a reader asks of an object before it wants it.
#[derive(Debug, Default)]
pub struct Conditions {
    pub matches: Option<ETagCondition>,
    pub matches_not: Option<ETagCondition>,
    pub modified_since: Option<Timestamp>,
    pub not_modified_since: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    /// The reader has it already.
    NotModified,
    Fails,
}

impl Conditions {
    pub fn judge(&self, object: &Object) -> Verdict {
        let tag = object.tag();
        let modified = object.modified.seconds();
        let seconds = |time: &Timestamp| OffsetDateTime::from(time.clone()).unix_timestamp();
        let unchanged = match (&self.matches, &self.not_modified_since) {
            (Some(condition), _) => holds(condition, |wanted| wanted.strong_cmp(&tag)),
            (None, Some(since)) => modified <= seconds(since),
            (None, None) => true,
        };
        if !unchanged {
            return Verdict::Fails;
        }
        let had = match (&self.matches_not, &self.modified_since) {
            (Some(condition), _) => holds(condition, |had| had.weak_cmp(&tag)),
            (None, Some(since)) => modified <= seconds(since),
            (None, None) => false,
        };
        if had {
            Verdict::NotModified
        } else {
            Verdict::Holds
        }
    }
}

/// Whether an object may be put in place of `present`.
pub fn may_write(
    key: &str,
    present: Option<&Object>,
    matches: Option<&ETagCondition>,
    matches_not: Option<&ETagCondition>,
) -> Result<(), Fault> {
    match (matches_not, present) {
        (Some(ETagCondition::Any), Some(_)) => return Err(precondition_failed()),
        (Some(ETagCondition::ETag(_)), _) => {
            return Err(not_implemented("If-None-Match of a write must be *"));
        }
        _ => {}
    }
    match (matches, present) {
        (Some(_), None) => Err(no_such_key(key)),
        (Some(condition), Some(object))
            if !holds(condition, |wanted| wanted.strong_cmp(&object.tag())) =>
        {
            Err(precondition_failed())
        }
        _ => Ok(()),
    }
}

fn holds(condition: &ETagCondition, same: impl Fn(&ETag) -> bool) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(tag) => same(tag),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Description, Moment};
    use super::*;

    fn object() -> Object {
        Object {
            digest: String::new(),
            size: 0,
            etag: "a".to_owned(),
            modified: Moment(1_000_900),
            checksum: None,
            description: Description::default(),
            parts: Vec::new(),
            upload: None,
        }
    }

    fn tag(value: &str) -> Option<ETagCondition> {
        Some(value.parse().expect("it is a condition"))
    }

    fn at(second: i64) -> Option<Timestamp> {
        Some(Moment(second * 1000).into())
    }

    #[test]
    fn tags_go_before_dates() {
        let judged = |matches, not_modified_since, matches_not, modified_since| {
            Conditions {
                matches,
                matches_not,
                modified_since,
                not_modified_since,
            }
            .judge(&object())
        };
        assert_eq!(judged(None, None, None, None), Verdict::Holds);
        assert_eq!(judged(tag("\"a\""), at(1), None, None), Verdict::Holds);
        assert_eq!(judged(tag("\"b\""), at(9999), None, None), Verdict::Fails);
        assert_eq!(judged(None, at(1000), None, None), Verdict::Holds);
        assert_eq!(judged(None, at(999), None, None), Verdict::Fails);
        assert_eq!(
            judged(None, None, tag("\"a\""), at(1)),
            Verdict::NotModified
        );
        assert_eq!(judged(None, None, tag("\"b\""), at(9999)), Verdict::Holds);
        assert_eq!(judged(None, None, None, at(1000)), Verdict::NotModified);
        assert_eq!(judged(None, None, None, at(999)), Verdict::Holds);
    }

    #[test]
    fn a_write_can_be_for_a_new_object_or_a_known_one() {
        let object = object();
        let code = |present, matches: Option<&str>, matches_not: Option<&str>| {
            let (matches, matches_not) = (matches.and_then(tag), matches_not.and_then(tag));
            may_write("k", present, matches.as_ref(), matches_not.as_ref())
                .map_err(|fault| fault.code)
        };
        let failed = || Err("PreconditionFailed".to_owned());
        assert_eq!(code(None, None, Some("*")), Ok(()));
        assert_eq!(code(Some(&object), None, Some("*")), failed());
        assert_eq!(code(Some(&object), Some("\"a\""), None), Ok(()));
        assert_eq!(code(Some(&object), Some("\"b\""), None), failed());
        assert_eq!(code(None, Some("*"), None), Err("NoSuchKey".to_owned()));
        assert_eq!(
            code(None, None, Some("\"a\"")),
            Err("NotImplemented".to_owned())
        );
    }
}
