//! When lifecycle rules expire an object, as the header `x-amz-expiration` says it. Nothing is
//! deleted.

use s3s::dto::{
    ExpirationStatus, LifecycleRule, LifecycleRuleFilter, Tag, Timestamp, TimestampFormat,
};
use time::{Duration, OffsetDateTime, Time};

use crate::clock;
use crate::s3::key_listing::url_encode;
use crate::s3::records::Object;

/// The earliest expiration of the object by one of the rules, if any: `expiry-date="Fri, 21 Dec
/// 2012 00:00:00 GMT", rule-id="r"`. Source: "Expiring objects" in S3's user guide.
pub fn expiration(rules: &[LifecycleRule], key: &str, object: &Object) -> Option<String> {
    let expiring = rules.iter().filter_map(|rule| {
        let enabled = rule.status.as_str() == ExpirationStatus::ENABLED;
        let date = expiry(rule, object).filter(|_| enabled && applies(rule, key, object))?;
        Some((date, rule))
    });
    let (date, rule) = expiring.min_by_key(|(date, _)| *date)?;
    let mut text = Vec::new();
    Timestamp::from(date)
        .format(TimestampFormat::HttpDate, &mut text)
        .ok()?;
    Some(format!(
        "expiry-date=\"{}\", rule-id=\"{}\"",
        String::from_utf8(text).ok()?,
        url_encode(rule.id.as_deref().unwrap_or_default())
    ))
}

/// Days count from the object's last change, up to the next midnight UTC.
fn expiry(rule: &LifecycleRule, object: &Object) -> Option<OffsetDateTime> {
    let expiration = rule.expiration.as_ref()?;
    if let Some(date) = &expiration.date {
        return Some(OffsetDateTime::from(date.clone()));
    }
    let days = Duration::days(i64::from(expiration.days?));
    let date = clock::at(object.modified.0).checked_add(days)?;
    date.checked_add(Duration::DAY)
        .map(|next_day| next_day.replace_time(Time::MIDNIGHT))
}

fn applies(rule: &LifecycleRule, key: &str, object: &Object) -> bool {
    let no_filter = LifecycleRuleFilter::default();
    let filter = rule.filter.as_ref().unwrap_or(&no_filter);
    let and = filter.and.as_ref();
    let prefixes = [
        rule.prefix.as_ref(),
        filter.prefix.as_ref(),
        and.and_then(|and| and.prefix.as_ref()),
    ];
    let greater = [
        filter.object_size_greater_than,
        and.and_then(|and| and.object_size_greater_than),
    ];
    let less = [
        filter.object_size_less_than,
        and.and_then(|and| and.object_size_less_than),
    ];
    let tags = and.and_then(|and| and.tags.as_deref()).unwrap_or_default();
    let mut tags = filter.tag.iter().chain(tags);
    let size = i64::try_from(object.size).unwrap_or(i64::MAX);
    prefixes
        .into_iter()
        .flatten()
        .all(|prefix| key.starts_with(&**prefix))
        && greater.into_iter().flatten().all(|than| size > than)
        && less.into_iter().flatten().all(|than| size < than)
        && tags.all(|tag| has_tag(object, tag))
}

fn has_tag(object: &Object, tag: &Tag) -> bool {
    let (key, value) = (tag.key.as_deref(), tag.value.as_deref());
    let mut tags = object.metadata.tags.iter();
    tags.any(|(k, v)| Some(&**k) == key && Some(&**v) == value)
}

#[cfg(test)]
mod tests {
    use s3s::dto::BucketLifecycleConfiguration;
    use serde_json::{Value, json};

    use super::super::configuration::Configuration;
    use super::*;
    use crate::s3::records::{ObjectMetadata, UnixTime};

    fn header(rules: &Value, key: &str) -> Option<String> {
        let object = Object {
            digest: String::new(),
            size: 10,
            etag: String::new(),
            // 2023-11-14T22:13:20Z
            modified: UnixTime(1_700_000_000_000),
            checksum: None,
            metadata: ObjectMetadata {
                tags: vec![("a".to_owned(), "1".to_owned())],
                ..ObjectMetadata::default()
            },
            parts: Vec::new(),
            upload: None,
            version_id: None,
            position: String::new(),
        };
        let configuration = BucketLifecycleConfiguration::from_template(&json!({ "Rules": rules }));
        expiration(&configuration.expect("rules").rules, key, &object)
    }

    #[test]
    fn the_first_rule_to_expire_an_object_is_named() {
        let later = json!({ "Id": "later", "Status": "Enabled", "ExpirationInDays": 7 });
        let sooner = json!({ "Id": "so on", "Status": "Enabled", "ExpirationInDays": 1 });
        let expected = "expiry-date=\"Thu, 16 Nov 2023 00:00:00 GMT\", rule-id=\"so%20on\"";
        assert_eq!(
            header(&json!([later, sooner]), "k").as_deref(),
            Some(expected)
        );
        let date = json!([{ "Id": "d", "Status": "Enabled",
            "ExpirationDate": "2030-01-01T00:00:00Z" }]);
        let expected = "expiry-date=\"Tue, 01 Jan 2030 00:00:00 GMT\", rule-id=\"d\"";
        assert_eq!(header(&date, "k").as_deref(), Some(expected));
        assert_eq!(header(&json!([]), "k"), None);
    }

    #[test]
    fn a_rule_applies_to_objects_that_meet_all_its_conditions() {
        let applies = |condition: Value| {
            let mut rule = json!({ "Status": "Enabled", "ExpirationInDays": 1 });
            for (name, value) in condition.as_object().expect("an object") {
                rule[name] = value.clone();
            }
            header(&json!([rule]), "logs/1").is_some()
        };
        let tags = |value: &str| json!([{ "Key": "a", "Value": value }]);
        for condition in [
            json!({}),
            json!({ "Prefix": "logs/" }),
            json!({ "TagFilters": tags("1") }),
            json!({ "Prefix": "logs/", "TagFilters": tags("1"), "ObjectSizeGreaterThan": "9" }),
            json!({ "ObjectSizeLessThan": 11 }),
        ] {
            assert!(applies(condition.clone()), "{condition}");
        }
        for condition in [
            json!({ "Status": "Disabled" }),
            json!({ "Prefix": "log/" }),
            json!({ "TagFilters": tags("2") }),
            json!({ "Prefix": "logs/", "TagFilters": tags("1"), "ObjectSizeGreaterThan": "10" }),
            json!({ "ObjectSizeLessThan": 10 }),
        ] {
            assert!(!applies(condition.clone()), "{condition}");
        }
    }
}
