//! The lifecycle configuration of buckets, which has other names and another structure in
//! templates.

use std::collections::BTreeSet;

use s3s::dto::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, Date, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter,
    NoncurrentVersionExpiration, NoncurrentVersionTransition, Tag, TimestampFormat, Transition,
    TransitionStorageClass,
};
use serde_json::Value;
use time::{OffsetDateTime, Time};

use super::configuration::{Configuration, boolean, string};
use crate::fault::Fault;
use crate::s3::errors::{invalid_argument, invalid_request};

/// In characters. Source: `ID` of LifecycleRule in S3's API reference.
const MAX_ID: usize = 255;

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
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            check_rule(rule)?;
            if let Some(id) = &rule.id
                && !ids.insert(id)
            {
                return Err(invalid_argument(format!(
                    "Rule ID must be unique. Found same ID for more than one rule: {id}"
                )));
            }
        }
        Ok(())
    }
}

/// Source: S3's documentation of PutBucketLifecycleConfiguration.
fn check_rule(rule: &LifecycleRule) -> Result<(), Fault> {
    let malformed = |message: &str| Err(Fault::invalid("MalformedXML", message));
    let status = rule.status.as_str();
    if ![ExpirationStatus::ENABLED, ExpirationStatus::DISABLED].contains(&status) {
        return malformed("the Status of a rule must be Enabled or Disabled");
    }
    let id = rule.id.as_deref().unwrap_or_default();
    if id.chars().count() > MAX_ID {
        return Err(invalid_argument(format!(
            "ID length should not exceed allowed limit of {MAX_ID}"
        )));
    }
    let transitions = rule.transitions.iter().flatten();
    let noncurrent_transitions = rule.noncurrent_version_transitions.iter().flatten();
    let acts = rule.expiration.is_some()
        || rule.transitions.is_some()
        || rule.noncurrent_version_expiration.is_some()
        || rule.noncurrent_version_transitions.is_some()
        || rule.abort_incomplete_multipart_upload.is_some();
    if !acts {
        return Err(invalid_request(
            "At least one action needs to be specified in a rule",
        ));
    }
    if let Some(expiration) = &rule.expiration {
        let marker = expiration.expired_object_delete_marker.is_some();
        let kinds = [expiration.days.is_some(), expiration.date.is_some(), marker];
        if kinds.into_iter().filter(|given| *given).count() != 1 {
            return malformed("Expiration must have one of Days, Date, ExpiredObjectDeleteMarker");
        }
        check_days("Expiration", expiration.days, 1)?;
        check_date("Expiration", expiration.date.as_ref())?;
    }
    for transition in transitions {
        check_days("Transition", transition.days, 0)?;
        check_date("Transition", transition.date.as_ref())?;
        check_class(transition.storage_class.as_ref())?;
    }
    for transition in noncurrent_transitions {
        check_days("NoncurrentVersionTransition", transition.noncurrent_days, 0)?;
        check_class(transition.storage_class.as_ref())?;
    }
    if let Some(expiration) = &rule.noncurrent_version_expiration {
        check_days("NoncurrentVersionExpiration", expiration.noncurrent_days, 1)?;
    }
    if let Some(abort) = &rule.abort_incomplete_multipart_upload {
        check_days(
            "AbortIncompleteMultipartUpload",
            abort.days_after_initiation,
            1,
        )?;
    }
    Ok(())
}

fn check_days(action: &str, days: Option<i32>, min: i32) -> Result<(), Fault> {
    if days.is_some_and(|days| days < min) {
        let kind = if min == 0 { "nonnegative" } else { "positive" };
        return Err(invalid_argument(format!(
            "'Days' for {action} action must be a {kind} integer"
        )));
    }
    Ok(())
}

fn check_date(action: &str, date: Option<&Date>) -> Result<(), Fault> {
    let time = date.map(|date| OffsetDateTime::from(date.clone()).time());
    if time.is_some_and(|time| time != Time::MIDNIGHT) {
        return Err(invalid_argument(format!(
            "'Date' for {action} action must be at midnight GMT"
        )));
    }
    Ok(())
}

fn check_class(class: Option<&TransitionStorageClass>) -> Result<(), Fault> {
    let classes = [
        TransitionStorageClass::DEEP_ARCHIVE,
        TransitionStorageClass::GLACIER,
        TransitionStorageClass::GLACIER_IR,
        TransitionStorageClass::INTELLIGENT_TIERING,
        TransitionStorageClass::ONEZONE_IA,
        TransitionStorageClass::STANDARD_IA,
    ];
    if class.is_some_and(|class| classes.contains(&class.as_str())) {
        return Ok(());
    }
    let message = "the StorageClass of a transition is missing or not valid";
    Err(Fault::invalid("MalformedXML", message))
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
    fn rules_without_sense_are_refused() {
        let code = |changes: &[Value]| {
            let rules = changes.iter().map(|changes| {
                let mut rule = json!({ "Id": "a", "Status": "Enabled", "ExpirationInDays": 1 });
                for (name, value) in changes.as_object().expect("an object") {
                    rule[name] = value.clone();
                }
                rule
            });
            let rules = json!({ "Rules": rules.collect::<Vec<_>>() });
            let rules = BucketLifecycleConfiguration::from_template(&rules).expect("rules");
            rules.validate().map_err(|fault| fault.code)
        };
        assert_eq!(code(&[json!({}), json!({ "Id": "b" })]), Ok(()));
        let transition = |class: &str, days: i32| json!({ "Transitions": [{ "StorageClass": class, "TransitionInDays": days }] });
        assert_eq!(code(&[transition("GLACIER", 0)]), Ok(()));
        let argument = || Err("InvalidArgument".to_owned());
        let malformed = || Err("MalformedXML".to_owned());
        for (wrong, expected) in [
            (json!({ "Status": "enabled" }), malformed()),
            (json!({ "Id": "a".repeat(256) }), argument()),
            (json!({ "ExpirationInDays": 0 }), argument()),
            (
                json!({ "ExpirationInDays": null, "ExpirationDate": "2030-01-01T10:00:00Z" }),
                argument(),
            ),
            (
                json!({ "ExpirationDate": "2030-01-01T00:00:00Z" }),
                malformed(),
            ),
            (
                json!({ "ExpirationInDays": null }),
                Err("InvalidRequest".to_owned()),
            ),
            (transition("STANDARD", 1), malformed()),
            (transition("GLACIER", -1), argument()),
            (
                json!({ "NoncurrentVersionExpiration": { "NoncurrentDays": 0 } }),
                argument(),
            ),
            (
                json!({ "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 0 } }),
                argument(),
            ),
        ] {
            assert_eq!(code(std::slice::from_ref(&wrong)), expected, "{wrong}");
        }
        assert_eq!(
            code(&[json!({}), json!({})]),
            argument(),
            "the same id twice"
        );
        assert_eq!(code(&[]), malformed());
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
