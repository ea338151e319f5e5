//! The lifecycle configuration of buckets, which CloudFormation words in another way than S3.

use s3s::dto::{
    AbortIncompleteMultipartUpload, Date, DeleteBucketLifecycleInput, DeleteBucketLifecycleOutput,
    GetBucketLifecycleConfigurationInput, GetBucketLifecycleConfigurationOutput,
    LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter,
    NoncurrentVersionExpiration, NoncurrentVersionTransition, PutBucketLifecycleConfigurationInput,
    PutBucketLifecycleConfigurationOutput, Tag, TimestampFormat, Transition,
};
use s3s::{S3Request, S3Response};
use serde_json::{Value, json};

use super::configuration::{LIFECYCLE, flag, object, text};
use super::state::State;
use crate::fault::Fault;

pub async fn put(
    state: &State,
    request: S3Request<PutBucketLifecycleConfigurationInput>,
) -> Result<S3Response<PutBucketLifecycleConfigurationOutput>, Fault> {
    let input = request.input;
    let rules = input
        .lifecycle_configuration
        .map_or_else(Vec::new, |configuration| configuration.rules);
    if rules.is_empty() {
        let message = "a lifecycle configuration must have at least one rule";
        return Err(Fault::invalid("MalformedXML", message));
    }
    let rules: Vec<Value> = rules.into_iter().map(rule_kept).collect();
    let value = json!({ "Rules": rules });
    state.configure(&input.bucket, LIFECYCLE, Some(value))?;
    let output = PutBucketLifecycleConfigurationOutput::default();
    Ok(S3Response::new(output))
}

pub async fn get(
    state: &State,
    request: S3Request<GetBucketLifecycleConfigurationInput>,
) -> Result<S3Response<GetBucketLifecycleConfigurationOutput>, Fault> {
    let name = &request.input.bucket;
    let value = state.configuration(name, LIFECYCLE)?.ok_or_else(|| {
        Fault::not_found(
            "NoSuchLifecycleConfiguration",
            format!("the bucket {name} has no lifecycle configuration"),
        )
    })?;
    let rules = value["Rules"].as_array().cloned().unwrap_or_default();
    Ok(S3Response::new(GetBucketLifecycleConfigurationOutput {
        rules: Some(rules.iter().map(rule_answered).collect()),
        ..GetBucketLifecycleConfigurationOutput::default()
    }))
}

pub async fn delete(
    state: &State,
    request: S3Request<DeleteBucketLifecycleInput>,
) -> Result<S3Response<DeleteBucketLifecycleOutput>, Fault> {
    state.configure(&request.input.bucket, LIFECYCLE, None)?;
    Ok(S3Response::new(DeleteBucketLifecycleOutput::default()))
}

/// From S3's shape into CloudFormation's.
fn rule_kept(rule: LifecycleRule) -> Value {
    let filter = rule.filter.unwrap_or_default();
    let and = filter.and.unwrap_or_default();
    let prefix = rule.prefix.or(filter.prefix).or(and.prefix);
    let tags: Vec<Value> = filter
        .tag
        .into_iter()
        .chain(and.tags.unwrap_or_default())
        .map(|tag| json!({ "Key": tag.key, "Value": tag.value }))
        .collect();
    let greater = filter.object_size_greater_than;
    let less = filter.object_size_less_than;
    let expiration = rule.expiration.unwrap_or_default();
    let marker = expiration.expired_object_delete_marker;
    object(vec![
        ("Id", rule.id.map(Value::from)),
        ("Status", Some(json!(rule.status.as_str()))),
        ("Prefix", prefix.map(Value::from)),
        ("TagFilters", (!tags.is_empty()).then(|| json!(tags))),
        (
            "ObjectSizeGreaterThan",
            greater.or(and.object_size_greater_than).map(Value::from),
        ),
        (
            "ObjectSizeLessThan",
            less.or(and.object_size_less_than).map(Value::from),
        ),
        ("ExpirationInDays", expiration.days.map(Value::from)),
        ("ExpirationDate", expiration.date.and_then(date_kept)),
        ("ExpiredObjectDeleteMarker", marker.map(Value::from)),
        (
            "Transitions",
            rule.transitions
                .map(|all| all.into_iter().map(transition_kept).collect()),
        ),
        (
            "NoncurrentVersionExpiration",
            rule.noncurrent_version_expiration.map(old_kept),
        ),
        (
            "NoncurrentVersionTransitions",
            rule.noncurrent_version_transitions
                .map(|all| all.into_iter().map(old_transition_kept).collect()),
        ),
        (
            "AbortIncompleteMultipartUpload",
            rule.abort_incomplete_multipart_upload.map(abort_kept),
        ),
    ])
}

fn transition_kept(it: Transition) -> Value {
    object(vec![
        (
            "StorageClass",
            it.storage_class.map(|it| json!(it.as_str())),
        ),
        ("TransitionInDays", it.days.map(Value::from)),
        ("TransitionDate", it.date.and_then(date_kept)),
    ])
}

fn old_kept(it: NoncurrentVersionExpiration) -> Value {
    let newer = it.newer_noncurrent_versions;
    object(vec![
        ("NoncurrentDays", it.noncurrent_days.map(Value::from)),
        ("NewerNoncurrentVersions", newer.map(Value::from)),
    ])
}

fn old_transition_kept(it: NoncurrentVersionTransition) -> Value {
    let newer = it.newer_noncurrent_versions;
    object(vec![
        (
            "StorageClass",
            it.storage_class.map(|it| json!(it.as_str())),
        ),
        ("TransitionInDays", it.noncurrent_days.map(Value::from)),
        ("NewerNoncurrentVersions", newer.map(Value::from)),
    ])
}

fn abort_kept(it: AbortIncompleteMultipartUpload) -> Value {
    let days = it.days_after_initiation;
    object(vec![("DaysAfterInitiation", days.map(Value::from))])
}

/// From CloudFormation's shape into S3's.
fn rule_answered(rule: &Value) -> LifecycleRule {
    let expiration = LifecycleExpiration {
        date: date(&rule["ExpirationDate"]),
        days: number(&rule["ExpirationInDays"]),
        expired_object_delete_marker: flag(&rule["ExpiredObjectDeleteMarker"]),
    };
    let transitions = both(rule, "Transitions", "Transition");
    let transitions = transitions.iter().map(|it| Transition {
        date: date(&it["TransitionDate"]),
        days: number(&it["TransitionInDays"]),
        storage_class: text(&it["StorageClass"]).map(Into::into),
    });
    let old = &rule["NoncurrentVersionExpiration"];
    let old = NoncurrentVersionExpiration {
        newer_noncurrent_versions: number(&old["NewerNoncurrentVersions"]),
        noncurrent_days: number(&old["NoncurrentDays"])
            .or(number(&rule["NoncurrentVersionExpirationInDays"])),
    };
    let old_transitions = both(
        rule,
        "NoncurrentVersionTransitions",
        "NoncurrentVersionTransition",
    );
    let old_transitions = old_transitions
        .iter()
        .map(|it| NoncurrentVersionTransition {
            newer_noncurrent_versions: number(&it["NewerNoncurrentVersions"]),
            noncurrent_days: number(&it["TransitionInDays"]),
            storage_class: text(&it["StorageClass"]).map(Into::into),
        });
    let abort = AbortIncompleteMultipartUpload {
        days_after_initiation: number(
            &rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"],
        ),
    };
    LifecycleRule {
        abort_incomplete_multipart_upload: said(abort),
        expiration: said(expiration),
        filter: Some(filter(rule)),
        id: text(&rule["Id"]),
        noncurrent_version_expiration: said(old),
        noncurrent_version_transitions: said(old_transitions.collect()),
        prefix: None,
        status: text(&rule["Status"]).unwrap_or_default().into(),
        transitions: said(transitions.collect()),
    }
}

/// One condition stands alone, several are joined.
fn filter(rule: &Value) -> LifecycleRuleFilter {
    let filters = rule["TagFilters"].as_array().cloned().unwrap_or_default();
    let mut tags: Vec<Tag> = filters
        .iter()
        .map(|tag| Tag {
            key: text(&tag["Key"]),
            value: text(&tag["Value"]),
        })
        .collect();
    let prefix = text(&rule["Prefix"]);
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
                tags: said(tags),
            }),
            ..LifecycleRuleFilter::default()
        };
    }
    LifecycleRuleFilter {
        and: None,
        object_size_greater_than,
        object_size_less_than,
        // A rule without conditions is for all objects, whose prefix is empty.
        prefix: prefix.or_else(|| (conditions == 0).then(String::new)),
        tag: tags.pop(),
    }
}

/// The list under one name and what is alone under another.
fn both(rule: &Value, list: &str, single: &str) -> Vec<Value> {
    let mut all = rule[list].as_array().cloned().unwrap_or_default();
    all.extend(rule.get(single).cloned());
    all
}

fn said<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

fn number<T: std::str::FromStr>(value: &Value) -> Option<T> {
    text(value)?.parse().ok()
}

fn date(value: &Value) -> Option<Date> {
    Date::parse(TimestampFormat::DateTime, value.as_str()?).ok()
}

fn date_kept(date: Date) -> Option<Value> {
    let mut text = Vec::new();
    date.format(TimestampFormat::DateTime, &mut text).ok()?;
    String::from_utf8(text).ok().map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_a_template_is_answered_as_it_is_kept() {
        let template = json!({
            "Id": "old",
            "Status": "Enabled",
            "Prefix": "logs/",
            "TagFilters": [{ "Key": "a", "Value": "1" }],
            "ExpirationInDays": 7,
            "Transitions": [{ "StorageClass": "GLACIER", "TransitionInDays": 3 }],
            "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 2 },
        });
        let answered = rule_answered(&template);
        let and = answered.filter.as_ref().and_then(|it| it.and.as_ref());
        assert_eq!(and.and_then(|and| and.prefix.as_deref()), Some("logs/"));
        assert_eq!(rule_kept(answered), template);
    }

    #[test]
    fn templates_may_give_numbers_as_text_and_no_conditions() {
        let template = json!({
            "Status": "Enabled",
            "ExpirationInDays": "7",
            "ExpirationDate": "2030-01-01T00:00:00.000Z",
            "NoncurrentVersionExpirationInDays": "3",
        });
        let answered = rule_answered(&template);
        let expiration = answered.expiration.as_ref().expect("it is said");
        assert_eq!(expiration.days, Some(7));
        assert!(expiration.date.is_some());
        let filter = answered.filter.as_ref().expect("there is always one");
        assert_eq!(filter.prefix.as_deref(), Some(""));
        let kept = rule_kept(answered);
        assert_eq!(kept["ExpirationDate"], template["ExpirationDate"]);
        assert_eq!(kept["NoncurrentVersionExpiration"]["NoncurrentDays"], 3);
    }
}
