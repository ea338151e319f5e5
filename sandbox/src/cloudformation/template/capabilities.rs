//! What a request has to acknowledge before CloudFormation acts on a template.

use serde_json::Value;

use super::sections::entries;

pub const IAM: &str = "CAPABILITY_IAM";
const NAMED_IAM: &str = "CAPABILITY_NAMED_IAM";
const AUTO_EXPAND: &str = "CAPABILITY_AUTO_EXPAND";

/// The resource types that give permissions, and the property that names each.
const TYPES: [(&str, Option<&str>); 8] = [
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserToGroupAddition", None),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    pub name: &'static str,
    /// Why, for `CapabilitiesReason`.
    pub reason: String,
    /// The logical ids that need it; none where it is the template as a whole.
    pub resources: Vec<String>,
}

impl Capability {
    /// Whether a request that acknowledges `given` acknowledges this.
    pub fn is_in(&self, given: &[String]) -> bool {
        let stronger = (self.name == IAM).then_some(NAMED_IAM);
        given
            .iter()
            .any(|given| given == self.name || Some(given.as_str()) == stronger)
    }
}

/// What a template with this body and these transforms needs.
pub fn needed(body: &Value, transforms: &[String]) -> Vec<Capability> {
    let mut needed = Vec::new();
    let mut kinds = Vec::new();
    let mut resources = Vec::new();
    let mut named = false;
    for (id, declared) in entries(body, "Resources") {
        let kind = declared["Type"].as_str().unwrap_or_default();
        let Some((kind, name)) = TYPES.into_iter().find(|(known, _)| *known == kind) else {
            continue;
        };
        named |= name.is_some_and(|name| declared["Properties"].get(name).is_some());
        resources.push(id.clone());
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if !resources.is_empty() {
        needed.push(Capability {
            name: if named { NAMED_IAM } else { IAM },
            reason: format!(
                "The following resource(s) require capabilities: [{}]",
                kinds.join(", ")
            ),
            resources,
        });
    }
    if !transforms.is_empty() {
        needed.push(Capability {
            name: AUTO_EXPAND,
            reason: format!(
                "The following transform(s) require capabilities: [{}]",
                transforms.join(", ")
            ),
            resources: Vec::new(),
        });
    }
    needed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn permissions_and_names_and_transforms_need_acknowledgement() {
        let role = json!({"Type": "AWS::IAM::Role"});
        let named = json!({"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}});
        let policy = json!({"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "x"}});
        let table = json!({"Type": "AWS::DynamoDB::Table"});
        let names = |body: Value, transforms: &[String]| {
            let needed = needed(&body, transforms);
            Vec::from_iter(needed.into_iter().map(|needed| needed.name))
        };
        assert!(names(json!({"Resources": {"A": table}}), &[]).is_empty());
        assert_eq!(
            names(json!({"Resources": {"A": role, "B": policy}}), &[]),
            [IAM]
        );
        let transforms = ["AWS::Serverless-2016-10-31".to_owned()];
        let both = names(json!({"Resources": {"A": role, "B": named}}), &transforms);
        assert_eq!(both, [NAMED_IAM, AUTO_EXPAND]);
    }

    #[test]
    fn the_stronger_acknowledgement_covers_the_weaker() {
        let capability = |name| Capability {
            name,
            reason: String::new(),
            resources: vec![],
        };
        let given = |name: &str| [name.to_owned()];
        assert!(capability(IAM).is_in(&given(NAMED_IAM)));
        assert!(!capability(NAMED_IAM).is_in(&given(IAM)));
        assert!(!capability(AUTO_EXPAND).is_in(&given(NAMED_IAM)));
        assert!(!capability(IAM).is_in(&[]));
    }
}
