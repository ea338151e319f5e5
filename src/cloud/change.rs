//! What a change set says of one resource.

use aws_sdk_cloudformation::types::{
    self, PolicyAction, Replacement, ResourceAttribute, ResourceChangeDetail,
};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// `Add`, `Modify`, `Remove`.
    pub action: String,
    pub logical_id: String,
    pub resource_type: String,
    /// True when the resource would be replaced by a new one.
    pub replaced: bool,
    /// True when what the resource holds would be lost.
    pub loses_data: bool,
    /// What would change of it; empty when the target does not say.
    pub properties: Vec<PropertyChange>,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PropertyChange {
    /// `MemorySize`, `Environment.Variables.NUMBER_OF_PLAYERS`, [`TAGS`].
    pub property: String,
    /// `None` where it has no value. A part that is not known yet says so.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The property that stands for all tags of a resource.
pub const TAGS: &str = "Tags";

/// CloudFormation's words for a value, or a part of one, that it does not know yet; and those for people.
const UNKNOWN: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";
const LATER: &str = "(known after the update)";

const HOLDS_DATA: [&str; 12] = [
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::EFS::FileSystem",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

/// Whether resources of this type hold what people have put there.
pub fn holds_data(resource_type: &str) -> bool {
    HOLDS_DATA.contains(&resource_type)
}

impl Change {
    pub(super) fn of(change: &types::Change) -> Option<Self> {
        let change = change.resource_change.as_ref()?;
        let action = change.action.as_ref().map(|action| action.as_str());
        let action = action.unwrap_or_default().to_owned();
        let resource_type = change.resource_type.clone().unwrap_or_default();
        let may_be_replaced = matches!(
            change.replacement,
            Some(Replacement::True | Replacement::Conditional)
        );
        let is_kept = matches!(
            change.policy_action,
            Some(
                PolicyAction::Retain
                    | PolicyAction::Snapshot
                    | PolicyAction::ReplaceAndRetain
                    | PolicyAction::ReplaceAndSnapshot
            )
        );
        Some(Self {
            loses_data: (action == "Remove" || may_be_replaced)
                && holds_data(&resource_type)
                && !is_kept,
            properties: properties(change.details()),
            logical_id: change.logical_resource_id.clone().unwrap_or_default(),
            replaced: change.replacement == Some(Replacement::True),
            action,
            resource_type,
        })
    }

    /// Whether nothing but the resource's tags would change.
    pub fn is_of_tags_alone(&self) -> bool {
        let is_tags = |change: &PropertyChange| change.property == TAGS;
        !self.properties.is_empty() && self.properties.iter().all(is_tags)
    }
}

/// A detail stands there once for each of its causes.
fn properties(details: &[ResourceChangeDetail]) -> Vec<PropertyChange> {
    let mut all = Vec::new();
    for detail in details {
        for change in property(detail) {
            if !all.contains(&change) {
                all.push(change);
            }
        }
    }
    all
}

fn property(detail: &ResourceChangeDetail) -> Vec<PropertyChange> {
    let Some(target) = &detail.target else {
        return Vec::new();
    };
    if target.attribute() == Some(&ResourceAttribute::Tags) {
        return vec![PropertyChange {
            property: TAGS.to_owned(),
            before: None,
            after: None,
        }];
    }
    let attribute = target.attribute().map(|attribute| attribute.as_str());
    let name = match (target.path(), target.name()) {
        (Some(path), _) => path
            .trim_start_matches("/Properties")
            .trim_start_matches('/')
            .replace('/', "."),
        (None, name) => name.or(attribute).unwrap_or_default().to_owned(),
    };
    let value = |text: Option<&str>| text.map(|text| read(&text.replace(UNKNOWN, LATER)));
    let mut found = Vec::new();
    differences(
        &name,
        value(target.before_value()),
        value(target.after_value()),
        &mut found,
    );
    found
}

/// A structure is given as JSON in a text.
fn read(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(structure @ (Value::Object(_) | Value::Array(_))) => structure,
        _ => text.into(),
    }
}

/// The innermost members in which two values differ.
fn differences(
    path: &str,
    before: Option<Value>,
    after: Option<Value>,
    found: &mut Vec<PropertyChange>,
) {
    match (before, after) {
        (Some(Value::Object(mut before)), Some(Value::Object(mut after))) => {
            let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
            names.sort();
            names.dedup();
            for name in names {
                let (old, new) = (before.remove(&name), after.remove(&name));
                if old != new {
                    differences(&format!("{path}.{name}"), old, new, found);
                }
            }
        }
        (before, after) => {
            let text = |value: Value| match value {
                Value::String(text) => text,
                value => value.to_string(),
            };
            found.push(PropertyChange {
                property: path.to_owned(),
                before: before.map(text),
                after: after.map(text),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::{ChangeAction, ResourceChange, ResourceTargetDefinition};

    use super::*;

    fn detail(attribute: &str, path: &str, before: &str, after: &str) -> ResourceChangeDetail {
        let target = ResourceTargetDefinition::builder()
            .attribute(attribute.into())
            .path(path)
            .before_value(before)
            .after_value(after)
            .build();
        ResourceChangeDetail::builder().target(target).build()
    }

    fn change(
        kind: &str,
        action: ChangeAction,
        replacement: Option<Replacement>,
        policy: Option<PolicyAction>,
    ) -> Change {
        let change = ResourceChange::builder()
            .action(action)
            .resource_type(kind)
            .logical_resource_id("It")
            .set_replacement(replacement)
            .set_policy_action(policy)
            .build();
        let change = types::Change::builder().resource_change(change).build();
        Change::of(&change).expect("it is of a resource")
    }

    #[test]
    fn each_property_is_named_with_its_values_down_to_what_differs() {
        let details = [
            detail("Properties", "/Properties/MemorySize", "256", "512"),
            // The same for another cause.
            detail("Properties", "/Properties/MemorySize", "256", "512"),
            detail(
                "Properties",
                "/Properties/Environment",
                r#"{"Variables":{"A":"1","B":"2","C":"3"}}"#,
                r#"{"Variables":{"A":"1","B":"7","D":"4"}}"#,
            ),
            detail("Properties", "/Properties/Role", "a", UNKNOWN),
            detail(
                "Properties",
                "/Properties/Uri",
                "https://a/",
                &format!("https://{UNKNOWN}/"),
            ),
            detail("Tags", "/Properties/Tags/0/Value", "x", "y"),
            detail("Tags", "/Properties/Tags/1/Value", "x", "y"),
            detail("DeletionPolicy", "/DeletionPolicy", "Delete", "Retain"),
        ];
        let property = |property: &str, before: Option<&str>, after: Option<&str>| PropertyChange {
            property: property.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        assert_eq!(
            properties(&details),
            [
                property("MemorySize", Some("256"), Some("512")),
                property("Environment.Variables.B", Some("2"), Some("7")),
                property("Environment.Variables.C", Some("3"), None),
                property("Environment.Variables.D", None, Some("4")),
                property("Role", Some("a"), Some(LATER)),
                property(
                    "Uri",
                    Some("https://a/"),
                    Some("https://(known after the update)/"),
                ),
                property(TAGS, None, None),
                property("DeletionPolicy", Some("Delete"), Some("Retain")),
            ]
        );
    }

    #[test]
    fn what_holds_data_loses_it_with_the_resource_unless_that_is_kept() {
        use ChangeAction::{Add, Modify, Remove};
        let replaced = || Some(Replacement::True);
        for (kind, action, replacement, policy, loses) in [
            ("AWS::DynamoDB::Table", Remove, None, None, true),
            (
                "AWS::DynamoDB::Table",
                Remove,
                None,
                Some(PolicyAction::Delete),
                true,
            ),
            (
                "AWS::DynamoDB::Table",
                Remove,
                None,
                Some(PolicyAction::Retain),
                false,
            ),
            ("AWS::S3::Bucket", Modify, replaced(), None, true),
            (
                "AWS::S3::Bucket",
                Modify,
                replaced(),
                Some(PolicyAction::ReplaceAndRetain),
                false,
            ),
            (
                "AWS::Logs::LogGroup",
                Modify,
                Some(Replacement::Conditional),
                None,
                true,
            ),
            (
                "AWS::Logs::LogGroup",
                Modify,
                Some(Replacement::False),
                None,
                false,
            ),
            ("AWS::Logs::LogGroup", Add, None, None, false),
            ("AWS::Lambda::Function", Modify, replaced(), None, false),
            ("AWS::Lambda::Function", Remove, None, None, false),
        ] {
            let change = change(kind, action.clone(), replacement.clone(), policy.clone());
            assert_eq!(
                change.loses_data, loses,
                "{kind} {action:?} {replacement:?} {policy:?}"
            );
        }
    }
}
