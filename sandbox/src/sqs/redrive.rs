//! Dead-letter queues: where a queue moves what is received too often, and which queues may move to one.
//!
//! Source: "Using dead-letter queues" in SQS's developer guide.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::invalid_value;
use super::names;
use crate::fault::Fault;

/// Source: "Amazon SQS message quotas".
const MOST_RECEIVES: u32 = 1_000;
const MOST_SOURCES: usize = 10;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct RedrivePolicy {
    /// An ARN.
    pub target: String,
    pub most_receives: u32,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct AllowPolicy {
    permission: Permission,
    sources: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Permission {
    AllowAll,
    DenyAll,
    ByQueue,
}

fn refused(policy: &str, text: &str, reason: &str) -> Fault {
    invalid_value(text, policy, reason)
}

impl RedrivePolicy {
    pub fn read(text: &str) -> Result<Self, Fault> {
        let refused = |reason: &str| refused("RedrivePolicy", text, reason);
        let policy: Value = serde_json::from_str(text).unwrap_or_default();
        if !policy.is_object() {
            return Err(refused("Redrive policy is not a valid JSON map."));
        }
        let target = policy["deadLetterTargetArn"].as_str();
        let target = target.ok_or_else(|| {
            refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
        })?;
        let most = match &policy["maxReceiveCount"] {
            Value::Null => {
                return Err(refused(
                    "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
                ));
            }
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        };
        let most = most.and_then(|most| u32::try_from(most).ok());
        let most = most.filter(|most| (1..=MOST_RECEIVES).contains(most));
        Ok(Self {
            target: target.to_owned(),
            most_receives: most.ok_or_else(|| {
                refused("Invalid value for maxReceiveCount: it must be from 1 to 1000.")
            })?,
        })
    }

    pub fn shown(&self) -> String {
        json!({ "deadLetterTargetArn": self.target, "maxReceiveCount": self.most_receives })
            .to_string()
    }

    /// The name of the dead-letter queue, if the sandbox can have it.
    pub fn target_name(&self) -> Option<&str> {
        names::of_arn(&self.target)
    }

    /// Refuses a target that is not there (`None`), of another kind, or that does not allow it.
    pub fn check(&self, source: &str, target: Option<Option<&AllowPolicy>>) -> Result<(), Fault> {
        let shown = self.shown();
        let refused = |reason: &str| Err(refused("RedrivePolicy", &shown, reason));
        let Some(allow) = target else {
            return refused("Dead letter target does not exist.");
        };
        if self.target.ends_with(names::FIFO) != source.ends_with(names::FIFO) {
            return refused("Dead-letter queue must be same type of queue as the source.");
        }
        let arn = names::arn(source);
        if allow.is_some_and(|allow| !allow.allows(&arn)) {
            return refused(
                "Queue does not have permission to use the dead-letter queue: see its \
                 RedriveAllowPolicy.",
            );
        }
        Ok(())
    }
}

impl AllowPolicy {
    pub fn read(text: &str) -> Result<Self, Fault> {
        let refused = |reason: &str| refused("RedriveAllowPolicy", text, reason);
        let policy: Value = serde_json::from_str(text).unwrap_or_default();
        if !policy.is_object() {
            return Err(refused("Redrive allow policy is not a valid JSON map."));
        }
        let permission = serde_json::from_value(policy["redrivePermission"].clone());
        let permission = permission
            .map_err(|_| refused("redrivePermission must be allowAll, denyAll or byQueue."))?;
        let sources = policy["sourceQueueArns"].as_array();
        let arn = |arn: &Value| arn.as_str().map(str::to_owned);
        let sources: Option<Vec<String>> = sources.into_iter().flatten().map(arn).collect();
        let sources = sources.unwrap_or_default();
        let most = match permission {
            Permission::ByQueue => 1..=MOST_SOURCES,
            Permission::AllowAll | Permission::DenyAll => 0..=0,
        };
        if !most.contains(&sources.len()) {
            return Err(refused(
                "sourceQueueArns must have 1 to 10 ARNs if redrivePermission is byQueue, and may not be \
                 given otherwise.",
            ));
        }
        Ok(Self {
            permission,
            sources,
        })
    }

    pub fn shown(&self) -> String {
        let mut shown = json!({ "redrivePermission": self.permission });
        if self.permission == Permission::ByQueue {
            shown["sourceQueueArns"] = json!(self.sources);
        }
        shown.to_string()
    }

    pub fn allows(&self, source: &str) -> bool {
        match self.permission {
            Permission::AllowAll => true,
            Permission::DenyAll => false,
            Permission::ByQueue => self.sources.iter().any(|allowed| allowed == source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redrive_policy_has_a_target_and_a_count() {
        let arn = names::arn("dead");
        for count in ["3", "\"3\""] {
            let text = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{count}}}"#);
            let policy = RedrivePolicy::read(&text).expect("it is right");
            assert_eq!(
                (policy.target_name(), policy.most_receives),
                (Some("dead"), 3)
            );
            assert_eq!(RedrivePolicy::read(&policy.shown()), Ok(policy));
        }
        for (text, reason) in [
            ("[]", "JSON map"),
            (r#"{"maxReceiveCount":3}"#, "attribute: deadLetterTargetArn"),
            (
                r#"{"deadLetterTargetArn":"a"}"#,
                "attribute: maxReceiveCount",
            ),
            (
                r#"{"deadLetterTargetArn":"a","maxReceiveCount":0}"#,
                "1 to 1000",
            ),
            (
                r#"{"deadLetterTargetArn":"a","maxReceiveCount":1001}"#,
                "1 to 1000",
            ),
            (
                r#"{"deadLetterTargetArn":"a","maxReceiveCount":"x"}"#,
                "1 to 1000",
            ),
        ] {
            let refused = RedrivePolicy::read(text).expect_err(text);
            assert!(refused.message.contains(reason), "{refused}");
        }
    }

    #[test]
    fn a_dead_letter_queue_is_there_of_the_same_kind_and_allows_it() {
        let policy = |target: &str| RedrivePolicy {
            target: names::arn(target),
            most_receives: 1,
        };
        let allow = |text: &str| AllowPolicy::read(text).expect(text);
        let by_queue =
            json!({ "redrivePermission": "byQueue", "sourceQueueArns": [names::arn("a")] });
        let by_queue = allow(&by_queue.to_string());
        assert_eq!(AllowPolicy::read(&by_queue.shown()), Ok(by_queue.clone()));
        let deny = allow(r#"{"redrivePermission":"denyAll"}"#);
        let all = allow(r#"{"redrivePermission":"allowAll"}"#);
        for (source, target, found, is_right) in [
            ("a", "d", Some(None), true),
            ("a", "d", None, false),
            ("a.fifo", "d", Some(None), false),
            ("a", "d.fifo", Some(None), false),
            ("a.fifo", "d.fifo", Some(None), true),
            ("a", "d", Some(Some(&all)), true),
            ("a", "d", Some(Some(&deny)), false),
            ("a", "d", Some(Some(&by_queue)), true),
            ("b", "d", Some(Some(&by_queue)), false),
        ] {
            let checked = policy(target).check(source, found);
            assert_eq!(checked.is_ok(), is_right, "{source} {target}");
        }
        for text in [
            "1",
            "{}",
            r#"{"redrivePermission":"some"}"#,
            r#"{"redrivePermission":"byQueue"}"#,
            r#"{"redrivePermission":"allowAll","sourceQueueArns":["a"]}"#,
        ] {
            assert!(AllowPolicy::read(text).is_err(), "{text}");
        }
    }
}
