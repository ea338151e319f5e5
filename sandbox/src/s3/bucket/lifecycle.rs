//! The lifecycle configuration of buckets, which has other names and another structure in templates.

use s3s::dto::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, Date, LifecycleExpiration,
    LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, NoncurrentVersionExpiration,
    NoncurrentVersionTransition, Tag, TimestampFormat, Transition,
};
use serde_json::Value;

use super::configuration::{Configuration, boolean, string};
use crate::fault::Fault;

impl Configuration for BucketLifecycleConfiguration {
    const PROPERTY: &'static str = "LifecycleConfiguration";
    const MISSING: (&'static str, &'static str) =
        ("NoSuchLifecycleConfiguration", "lifecycle configuration");

    fn from_template(value: &Value) -> Option<Self> {
        let rules = value["Rules"].as_array()?;
        Some(Self {
            rules: rules.iter().map(rule).collect(),
        })
    }

    fn validate(&self) -> Result<(), Fault> {
        if self.rules.is_empty() {
            let message = "a lifecycle configuration must have at least one rule";
            return Err(Fault::invalid("MalformedXML", message));
        }
        Ok(())
    }
}

fn rule(value: &Value) -> LifecycleRule {
    let expiration = LifecycleExpiration {
        date: date(&value["ExpirationDate"]),
        days: number(&value["ExpirationInDays"]),
        expired_object_delete_marker: boolean(&value["ExpiredObjectDeleteMarker"]),
    };
    let transitions = list_and_single(value, "Transitions", "Transition");
    let transitions = transitions.map(|it| Transition {
        date: date(&it["TransitionDate"]),
        days: number(&it["TransitionInDays"]),
        storage_class: string(&it["StorageClass"]).map(Into::into),
    });
    let noncurrent = &value["NoncurrentVersionExpiration"];
    let noncurrent_expiration = NoncurrentVersionExpiration {
        newer_noncurrent_versions: number(&noncurrent["NewerNoncurrentVersions"]),
        noncurrent_days: number(&noncurrent["NoncurrentDays"])
            .or(number(&value["NoncurrentVersionExpirationInDays"])),
    };
    let noncurrent_transitions = list_and_single(
        value,
        "NoncurrentVersionTransitions",
        "NoncurrentVersionTransition",
    );
    let noncurrent_transitions = noncurrent_transitions.map(|it| NoncurrentVersionTransition {
        newer_noncurrent_versions: number(&it["NewerNoncurrentVersions"]),
        noncurrent_days: number(&it["TransitionInDays"]),
        storage_class: string(&it["StorageClass"]).map(Into::into),
    });
    let days = &value["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"];
    let abort = AbortIncompleteMultipartUpload {
        days_after_initiation: number(days),
    };
    LifecycleRule {
        abort_incomplete_multipart_upload: unless_empty(abort),
        expiration: unless_empty(expiration),
        filter: Some(filter(value)),
        id: string(&value["Id"]),
        noncurrent_version_expiration: unless_empty(noncurrent_expiration),
        noncurrent_version_transitions: unless_empty(noncurrent_transitions.collect()),
        prefix: None,
        status: string(&value["Status"]).unwrap_or_default().into(),
        transitions: unless_empty(transitions.collect()),
    }
}

/// S3 has a single condition by itself, and several in `And`.
fn filter(rule: &Value) -> LifecycleRuleFilter {
    let tags = rule["TagFilters"].as_array().into_iter().flatten();
    let mut tags: Vec<Tag> = tags
        .map(|tag| Tag {
            key: string(&tag["Key"]),
            value: string(&tag["Value"]),
        })
        .collect();
    let prefix = string(&rule["Prefix"]);
    let object_size_greater_than = number(&rule["ObjectSizeGreaterThan"]);
    let object_size_less_than = number(&rule["ObjectSizeLessThan"]);
    let conditions = tags.len()
        + usize::from(prefix.is_some())
        + usize::from(object_size_greater_than.is_some())
        + usize::from(object_size_less_than.is_some());
    if conditions > 1 {
        return LifecycleRuleFilter {
            and: Some(LifecycleRuleAndOperator {
                object_size_greater_than,
                object_size_less_than,
                prefix,
                tags: unless_empty(tags),
            }),
            ..LifecycleRuleFilter::default()
        };
    }
    LifecycleRuleFilter {
        and: None,
        object_size_greater_than,
        object_size_less_than,
        // A rule without conditions is for all objects: their keys begin with the empty prefix.
        prefix: prefix.or_else(|| (conditions == 0).then(String::new)),
        tag: tags.pop(),
    }
}

/// The items of a list, and the item of the deprecated property for a single one.
fn list_and_single<'a>(
    rule: &'a Value,
    list: &str,
    single: &str,
) -> impl Iterator<Item = &'a Value> {
    let items = rule[list].as_array().into_iter().flatten();
    items.chain(rule.get(single))
}

fn unless_empty<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

fn number<T: std::str::FromStr>(value: &Value) -> Option<T> {
    string(value)?.parse().ok()
}

fn date(value: &Value) -> Option<Date> {
    Date::parse(TimestampFormat::DateTime, value.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_of_templates_become_rules_of_s3() {
        let rule = rule(&json!({
            "Id": "old",
            "Status": "Enabled",
            "Prefix": "logs/",
            "TagFilters": [{ "Key": "a", "Value": "1" }],
            "ExpirationInDays": 7,
            "Transitions": [{ "StorageClass": "GLACIER", "TransitionInDays": 3 }],
            "Transition": { "StorageClass": "DEEP_ARCHIVE", "TransitionInDays": 5 },
            "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
            "NoncurrentVersionTransition": { "StorageClass": "GLACIER", "TransitionInDays": 4 },
            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 2 },
        }));
        assert_eq!(rule.id.as_deref(), Some("old"));
        assert_eq!(rule.status.as_str(), "Enabled");
        let and = rule
            .filter
            .and_then(|filter| filter.and)
            .expect("two conditions");
        assert_eq!(and.prefix.as_deref(), Some("logs/"));
        assert_eq!(and.tags.map(|tags| tags.len()), Some(1));
        assert_eq!(rule.expiration.and_then(|it| it.days), Some(7));
        let transitions = rule.transitions.expect("two transitions");
        let days: Vec<_> = transitions.iter().map(|it| it.days).collect();
        assert_eq!(days, [Some(3), Some(5)]);
        let noncurrent = rule.noncurrent_version_expiration.expect("given");
        assert_eq!(noncurrent.noncurrent_days, Some(1));
        let noncurrent = rule.noncurrent_version_transitions.expect("given");
        assert_eq!(noncurrent[0].noncurrent_days, Some(4));
        let abort = rule.abort_incomplete_multipart_upload.expect("given");
        assert_eq!(abort.days_after_initiation, Some(2));
    }

    #[test]
    fn templates_can_have_numbers_as_strings_and_no_conditions() {
        let rule = rule(&json!({
            "Status": "Enabled",
            "ExpirationInDays": "7",
            "ExpirationDate": "2030-01-01T00:00:00.000Z",
            "NoncurrentVersionExpirationInDays": "3",
        }));
        let expiration = rule.expiration.expect("given");
        assert_eq!(expiration.days, Some(7));
        assert!(expiration.date.is_some());
        let filter = rule.filter.expect("there is always one");
        assert_eq!(filter.prefix.as_deref(), Some(""));
        let noncurrent = rule.noncurrent_version_expiration.expect("given");
        assert_eq!(noncurrent.noncurrent_days, Some(3));
    }
}
