//! Preconditions of requests. Source: RFC 9110, section 13, and S3's documentation of GetObject,
//! PutObject, CopyObject and DeleteObject.

use http::{HeaderMap, StatusCode};
use s3s::dto::{ETag, ETagCondition, Timestamp, TimestampFormat};
use serde_json::Value;
use time::OffsetDateTime;

use super::errors::{invalid_argument, no_such_key, not_implemented, precondition_failed};
use super::records::Object;
use crate::fault::Fault;

/// What an object must be like for a request to be carried out. Absent conditions hold.
#[derive(Debug, Default)]
pub struct Preconditions {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
    pub if_modified_since: Option<Timestamp>,
    pub if_unmodified_since: Option<Timestamp>,
    /// For deletions only, like `if_match_size`.
    pub if_match_last_modified_time: Option<Timestamp>,
    pub if_match_size: Option<i64>,
}

impl Preconditions {
    /// Reads the headers `If-Match` and so on.
    pub fn of_request(headers: &HeaderMap) -> Result<Self, Fault> {
        Self::from_headers(headers, "")
    }

    /// Reads the headers about the source of a copy, `x-amz-copy-source-if-match` and so on.
    pub fn of_copy_source(headers: &HeaderMap) -> Result<Self, Fault> {
        Self::from_headers(headers, "x-amz-copy-source-")
    }

    fn from_headers(headers: &HeaderMap, prefix: &str) -> Result<Self, Fault> {
        let value = |name: &str| headers.get(format!("{prefix}{name}"));
        let etag = |name: &str| {
            let parse = |value: &http::HeaderValue| {
                ETagCondition::parse_http_header(value.as_bytes()).map_err(|_| {
                    invalid_argument(format!("{prefix}{name} must be an entity tag or *"))
                })
            };
            value(name).map(parse).transpose()
        };
        // RFC 9110 says to ignore an invalid date.
        let date = |name: &str| {
            let text = value(name)?.to_str().ok()?;
            Timestamp::parse(TimestampFormat::HttpDate, text).ok()
        };
        Ok(Self {
            if_match: etag("if-match")?,
            if_none_match: etag("if-none-match")?,
            if_modified_since: date("if-modified-since"),
            if_unmodified_since: date("if-unmodified-since"),
            ..Self::default()
        })
    }

    /// Checks a read. Fails with `NotModified` or `PreconditionFailed`.
    pub fn check_read(&self, object: &Object) -> Result<(), Fault> {
        let etag = object.etag();
        let modified = object.modified.seconds();
        match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, |it| it.strong_cmp(&etag)) => {
                return Err(precondition_failed("If-Match"));
            }
            (None, Some(since)) if modified > seconds(since) => {
                return Err(precondition_failed("If-Unmodified-Since"));
            }
            _ => {}
        }
        let not_modified = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => matches(condition, |known| known.weak_cmp(&etag)),
            (None, Some(since)) => modified <= seconds(since),
            (None, None) => false,
        };
        if not_modified {
            return Err(Fault::new(
                StatusCode::NOT_MODIFIED,
                "NotModified",
                "Not Modified",
            ));
        }
        Ok(())
    }

    /// Checks the source of a copy. Fails with `PreconditionFailed` also where a read is
    /// `NotModified`.
    pub fn check_copy_source(&self, object: &Object) -> Result<(), Fault> {
        self.check_read(object).map_err(|failed| {
            let condition = failed.members.get("Condition").and_then(Value::as_str);
            let condition = condition.unwrap_or(match self.if_none_match {
                Some(_) => "If-None-Match",
                None => "If-Modified-Since",
            });
            precondition_failed(&format!("x-amz-copy-source-{condition}"))
        })
    }

    /// Checks a write that replaces `present`.
    pub fn check_write(&self, key: &str, present: Option<&Object>) -> Result<(), Fault> {
        match (&self.if_none_match, present) {
            (Some(ETagCondition::Any), Some(_)) => {
                return Err(precondition_failed("If-None-Match"));
            }
            (Some(ETagCondition::ETag(_)), _) => {
                return Err(not_implemented("If-None-Match of a write must be *"));
            }
            _ => {}
        }
        self.check_etag(key, present)
    }

    /// Checks the deletion of `present`.
    pub fn check_delete(&self, key: &str, present: Option<&Object>) -> Result<(), Fault> {
        self.check_etag(key, present)?;
        let Some(object) = present else {
            return Ok(());
        };
        let modified = object.modified.seconds();
        let time = self.if_match_last_modified_time.as_ref();
        if time.is_some_and(|time| seconds(time) != modified) {
            return Err(precondition_failed("x-amz-if-match-last-modified-time"));
        }
        let size = self.if_match_size;
        if size.is_some_and(|size| u64::try_from(size) != Ok(object.size)) {
            return Err(precondition_failed("x-amz-if-match-size"));
        }
        Ok(())
    }

    fn check_etag(&self, key: &str, present: Option<&Object>) -> Result<(), Fault> {
        match (&self.if_match, present) {
            (Some(_), None) => Err(no_such_key(key)),
            (Some(condition), Some(object))
                if !matches(condition, |wanted| wanted.strong_cmp(&object.etag())) =>
            {
                Err(precondition_failed("If-Match"))
            }
            _ => Ok(()),
        }
    }
}

fn matches(condition: &ETagCondition, same: impl Fn(&ETag) -> bool) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(etag) => same(etag),
    }
}

fn seconds(time: &Timestamp) -> i64 {
    OffsetDateTime::from(time.clone()).unix_timestamp()
}

#[cfg(test)]
mod tests {
    use super::super::records::{ObjectMetadata, UnixTime};
    use super::*;

    fn object() -> Object {
        Object {
            digest: String::new(),
            size: 0,
            etag: "a".to_owned(),
            modified: UnixTime(1_000_900),
            checksum: None,
            metadata: ObjectMetadata::default(),
            parts: Vec::new(),
            upload: None,
            version_id: None,
            position: String::new(),
        }
    }

    fn with(headers: &[(&'static str, &str)]) -> Preconditions {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("it is a value"));
        }
        Preconditions::of_request(&map).expect("they are conditions")
    }

    fn http_date(seconds: i64) -> String {
        let mut text = Vec::new();
        let date = Timestamp::from(UnixTime(seconds * 1000));
        date.format(TimestampFormat::HttpDate, &mut text)
            .expect("it is a date");
        String::from_utf8(text).expect("it is text")
    }

    #[test]
    fn etags_take_precedence_over_dates() {
        let (old, new) = (http_date(999), http_date(1000));
        let (first, later) = (http_date(1), http_date(9999));
        let ok = Ok(());
        let failed = || Err("PreconditionFailed".to_owned());
        let not_modified = || Err("NotModified".to_owned());
        let read = |headers: &[(&'static str, &str)]| {
            let checked = with(headers).check_read(&object());
            checked.map_err(|fault| fault.code)
        };
        assert_eq!(read(&[]), ok);
        let etag_and_date = [("if-match", "\"a\""), ("if-unmodified-since", &first)];
        assert_eq!(read(&etag_and_date), ok);
        let etag_and_date = [("if-match", "\"b\""), ("if-unmodified-since", &later)];
        assert_eq!(read(&etag_and_date), failed());
        assert_eq!(read(&[("if-unmodified-since", &new)]), ok);
        assert_eq!(read(&[("if-unmodified-since", &old)]), failed());
        let etag_and_date = [("if-none-match", "\"a\""), ("if-modified-since", &first)];
        assert_eq!(read(&etag_and_date), not_modified());
        let etag_and_date = [("if-none-match", "\"b\""), ("if-modified-since", &later)];
        assert_eq!(read(&etag_and_date), ok);
        assert_eq!(read(&[("if-modified-since", &new)]), not_modified());
        assert_eq!(read(&[("if-modified-since", &old)]), ok);
        assert_eq!(read(&[("if-modified-since", "yesterday")]), ok);
        let source = with(&[("if-none-match", "*")]).check_copy_source(&object());
        assert_eq!(source.map_err(|fault| fault.code), failed());
    }

    #[test]
    fn a_write_can_be_for_a_new_object_or_a_known_one() {
        let object = object();
        let code = |present, header: (&'static str, &str)| {
            let checked = with(&[header]).check_write("k", present);
            checked.map_err(|fault| fault.code)
        };
        let failed = || Err("PreconditionFailed".to_owned());
        assert_eq!(code(None, ("if-none-match", "*")), Ok(()));
        assert_eq!(code(Some(&object), ("if-none-match", "*")), failed());
        assert_eq!(code(Some(&object), ("if-match", "\"a\"")), Ok(()));
        assert_eq!(code(Some(&object), ("if-match", "\"b\"")), failed());
        let missing = code(None, ("if-match", "*"));
        assert_eq!(missing, Err("NoSuchKey".to_owned()));
        let unknown = code(None, ("if-none-match", "\"a\""));
        assert_eq!(unknown, Err("NotImplemented".to_owned()));
    }

    #[test]
    fn a_deletion_can_be_for_one_size_and_time() {
        let object = object();
        let check = |preconditions: &Preconditions, present| {
            let checked = preconditions.check_delete("k", present);
            checked.map_err(|fault| fault.code)
        };
        let failed = Err("PreconditionFailed".to_owned());
        let size = |size| Preconditions {
            if_match_size: Some(size),
            ..Preconditions::default()
        };
        assert_eq!(check(&size(0), Some(&object)), Ok(()));
        assert_eq!(check(&size(1), Some(&object)), failed);
        assert_eq!(check(&size(-1), Some(&object)), failed);
        assert_eq!(check(&size(1), None), Ok(()));
        let time = |seconds: i64| Preconditions {
            if_match_last_modified_time: Some(UnixTime(seconds * 1000).into()),
            ..Preconditions::default()
        };
        assert_eq!(check(&time(1000), Some(&object)), Ok(()));
        assert_eq!(check(&time(1001), Some(&object)), failed);
        let etag = with(&[("if-match", "*")]);
        assert_eq!(check(&etag, Some(&object)), Ok(()));
        assert_eq!(check(&etag, None), Err("NoSuchKey".to_owned()));
    }
}
