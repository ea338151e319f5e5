//! What the session of a role is begun with: policies that limit it, and tags.
//!
//! Sources: the documentation of AssumeRole, and "IAM and AWS STS quotas" in IAM's user guide.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::validation_error;
use crate::authorise::{Access, text};
use crate::caller::{Caller, SessionTerms};
use crate::fault::Fault;
use crate::iam::Iam;
use crate::tags::{self, Tags};
use crate::wire;

/// Of a policy, in characters.
const LONGEST_POLICY: usize = 2_048;
const MOST_POLICIES: usize = 10;
/// Of the ARN of a policy, in characters.
const LONGEST_ARN: usize = 2_048;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GivenTerms {
    policy: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    policy_arns: Vec<PolicyArn>,
    #[serde(default, deserialize_with = "wire::list")]
    tags: Vec<SessionTag>,
    #[serde(default, deserialize_with = "wire::list")]
    transitive_tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct PolicyArn {
    arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SessionTag {
    key: String,
    value: String,
}

impl GivenTerms {
    /// The terms of a session that `caller` begins. A session that begins another one passes its transitive
    /// tags on.
    pub fn checked(self, iam: &Iam, caller: &Caller) -> Result<SessionTerms, Fault> {
        self.check_policies(iam)?;
        check_tags(&self.tags, &self.transitive_tag_keys)?;
        let own = self.tags.into_iter().map(|tag| (tag.key, tag.value));
        let mut tags: Tags = own.collect();
        let mut transitive = self.transitive_tag_keys;
        for key in &caller.terms.transitive {
            if tags.keys().any(|own| own.eq_ignore_ascii_case(key)) {
                return Err(Fault::invalid(
                    "InvalidParameterValue",
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive \
                     tag key from the calling session.",
                ));
            }
            if let Some(value) = caller.terms.tags.get(key) {
                tags.insert(key.clone(), value.clone());
                transitive.push(key.clone());
            }
        }
        Ok(SessionTerms {
            policy: self.policy,
            policy_arns: self.policy_arns.into_iter().map(|it| it.arn).collect(),
            tags,
            transitive,
        })
    }

    fn check_policies(&self, iam: &Iam) -> Result<(), Fault> {
        if let Some(policy) = &self.policy {
            let length = policy.chars().count();
            if !(1..=LONGEST_POLICY).contains(&length) {
                return Err(validation_error(format!(
                    "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have \
                     length between 1 and {LONGEST_POLICY}"
                )));
            }
            iam.check_session_policy(policy)?;
        }
        if self.policy_arns.len() > MOST_POLICIES {
            return Err(validation_error(format!(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have \
                 length less than or equal to {MOST_POLICIES}"
            )));
        }
        for PolicyArn { arn } in &self.policy_arns {
            if arn.len() > LONGEST_ARN || !iam.has_policy(arn)? {
                return Err(validation_error(format!(
                    "Policy {arn} does not exist or is not attachable."
                )));
            }
        }
        Ok(())
    }
}

/// How much of what a session may have it has, in percent; `None` without policies and tags. AWS packs them
/// before it measures, which is not documented: this is by their characters.
pub fn packed_size(terms: &SessionTerms) -> Option<usize> {
    let policy = terms.policy.iter().map(String::len);
    let arns = terms.policy_arns.iter().map(String::len);
    let tags = terms
        .tags
        .iter()
        .map(|(key, value)| key.len() + value.len());
    let sizes: Vec<usize> = policy.chain(arns).chain(tags).collect();
    let percent = sizes.iter().sum::<usize>() * 100;
    (!sizes.is_empty()).then(|| percent.div_ceil(2 * LONGEST_POLICY).min(100))
}

/// What somebody has to be allowed who begins a session.
///
/// Source: "Actions, resources, and condition keys for AWS Security Token Service".
pub fn accesses(action: &'static str, parameters: &Value) -> Vec<Access> {
    let role = text(parameters, "RoleArn");
    let tags: Vec<SessionTag> =
        serde_json::from_value(parameters["Tags"].clone()).unwrap_or_default();
    let transitive: Vec<String> =
        serde_json::from_value(parameters["TransitiveTagKeys"].clone()).unwrap_or_default();
    let about = |action| {
        let mut access = Access::new(action, role)
            .with(
                "sts:RoleSessionName",
                parameters["RoleSessionName"].as_str(),
            )
            .with("sts:ExternalId", parameters["ExternalId"].as_str());
        for SessionTag { key, value } in &tags {
            access.context.set(&format!("aws:RequestTag/{key}"), value);
        }
        let keys = tags.iter().map(|tag| tag.key.clone()).collect();
        access.context.set_all("aws:TagKeys", keys);
        access
            .context
            .set_all("sts:TransitiveTagKeys", transitive.clone());
        access
    };
    match tags.is_empty() {
        true => vec![about(action)],
        false => vec![about(action), about("sts:TagSession")],
    }
}

/// Source: the documentation of AssumeRole.
fn check_tags(tags: &[SessionTag], transitive_keys: &[String]) -> Result<(), Fault> {
    let pairs = tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()));
    let unique: Tags = pairs.collect();
    let folded: BTreeSet<String> = unique.keys().map(|key| key.to_lowercase()).collect();
    if let Err(unfit) = tags::check(&unique) {
        return Err(validation_error(unfit.to_string()));
    }
    if folded.len() < tags.len() {
        let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(Fault::invalid("InvalidParameterValue", message));
    }
    if transitive_keys.iter().any(|key| !unique.contains_key(key)) {
        let message = "The specified transitive tag key must be included in the requested tags.";
        return Err(Fault::invalid("InvalidParameterValue", message));
    }
    Ok(())
}
