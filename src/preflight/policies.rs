//! The policies in `templates/policies`: what a deployment needs, statement by statement.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::cloud::NamedValues;

const STUDENT: &str = include_str!("../../templates/policies/student.json");
const INSTRUCTOR: &str = include_str!("../../templates/policies/instructor.json");
/// How the statements begin that CloudFormation needs to do its work with the caller's permissions.
const BY_CLOUDFORMATION: &str = "CloudFormation";
/// The statement that lets its owner ask IAM what the others allow.
const DOCTOR: &str = "Doctor";
/// In characters, without white space and with the account's number.
///
/// Source: IAM and STS quotas, managed policies.
const LONGEST_POLICY: usize = 6144;
const ACCOUNT: &str = "123456789012";
/// What a class shares is called so in patterns: one class, and any.
const WORKSHOP: &str = "mafia-workshop";
const ANY_WORKSHOP: &str = "mafia-*workshop";

/// Who deploys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Student,
    /// Also creates and deletes what a class shares.
    Instructor,
}

/// Whose stack the patterns of a policy stand for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub account: &'a str,
    pub region: &'a str,
    pub stack: &'a str,
    pub workshop: &'a str,
}

/// What one statement allows, on one resource that its pattern means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    #[serde(rename = "Sid")]
    pub name: String,
    #[serde(rename = "Action")]
    pub actions: Vec<String>,
    #[serde(deserialize_with = "first")]
    pub resource: String,
    #[serde(default)]
    condition: Condition,
    /// As the policy has it, for whom it is.
    #[serde(skip)]
    written: Value,
}

/// The resource, or the first of several: what is allowed on one is allowed on the others.
fn first<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Resource {
        One(String),
        Several(Vec<String>),
    }
    match Resource::deserialize(deserializer)? {
        Resource::One(resource) => Ok(resource),
        Resource::Several(resources) => {
            let first = resources.into_iter().next();
            first.ok_or_else(|| D::Error::custom("a statement is about a resource"))
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Condition {
    string_equals: NamedValues,
    /// Keys that a request may have several times; all of them have to be in the list.
    #[serde(rename = "ForAllValues:StringEquals")]
    all_of: BTreeMap<String, Vec<String>>,
}

impl Condition {
    /// The keys that a request has to have, with a value of each that is allowed.
    fn context(&self) -> NamedValues {
        let one_of_each = self.all_of.iter();
        let one_of_each =
            one_of_each.filter_map(|(key, values)| Some((key.clone(), values.first()?.clone())));
        let of_one = self.string_equals.clone().into_iter();
        of_one.chain(one_of_each).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: Vec<Statement>,
}

impl Policy {
    pub fn file(self) -> &'static str {
        match self {
            Self::Student => "templates/policies/student.json",
            Self::Instructor => "templates/policies/instructor.json",
        }
    }

    /// The document with the names of a class. `ACCOUNT` still stands for the account, and a student's
    /// user name for the student's name. Where a long name would make it longer than IAM allows, its
    /// statements have no names, and there is one for each resource.
    pub fn of_class(self, class: &str) -> Value {
        let text = self.text();
        let text = text
            .replace(ANY_WORKSHOP, WORKSHOP)
            .replace(WORKSHOP, &format!("mafia-{class}-workshop"))
            .replace(
                "mafia-${aws:username}",
                &format!("mafia-{class}-${{aws:username}}"),
            )
            .replace("mafia-*", &format!("mafia-{class}-*"));
        let mut document: Value = serde_json::from_str(&text).expect("the policies are documents");
        if length(&document) > LONGEST_POLICY
            && let Some(statements) = document["Statement"].as_array_mut()
        {
            *statements = merged(std::mem::take(statements));
        }
        document
    }

    fn text(self) -> &'static str {
        match self {
            Self::Student => STUDENT,
            Self::Instructor => INSTRUCTOR,
        }
    }

    /// The statements that a deployment of one stack needs.
    pub fn statements(self, scope: Scope<'_>) -> Vec<Statement> {
        let text = self.text().replace("ACCOUNT", scope.account);
        let document: Document =
            serde_json::from_str(self.text()).expect("the policies are documents");
        let written: Value = serde_json::from_str(&text).expect("the policies are documents");
        let mut statements = document.statement;
        for (number, statement) in statements.iter_mut().enumerate() {
            statement.written = written["Statement"][number].clone();
        }
        statements.retain(|statement| statement.name != DOCTOR);
        for statement in &mut statements {
            statement.resource = scope.meant_by(&statement.resource);
            let Condition {
                string_equals,
                all_of,
            } = &mut statement.condition;
            for value in string_equals
                .values_mut()
                .chain(all_of.values_mut().flatten())
            {
                *value = scope.meant_by(value);
            }
        }
        statements
    }
}

/// The statements without their names, those about the same resource and with the same condition in one.
fn merged(statements: Vec<Value>) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for mut statement in statements {
        if let Some(members) = statement.as_object_mut() {
            members.remove("Sid");
        }
        let is_alike = |other: &&mut Value| {
            let keys = ["Effect", "Resource", "Condition"];
            keys.iter().all(|key| other.get(key) == statement.get(key))
        };
        let alike = merged.iter_mut().find(is_alike);
        let known = alike.and_then(|other| other["Action"].as_array_mut());
        match (known, statement["Action"].as_array()) {
            (Some(known), Some(actions)) => {
                for action in actions {
                    if !known.contains(action) {
                        known.push(action.clone());
                    }
                }
            }
            _ => merged.push(statement),
        }
    }
    merged
}

/// As IAM counts it: no name in a policy has white space.
fn length(document: &Value) -> usize {
    document.to_string().replace("ACCOUNT", ACCOUNT).len()
}

impl Statement {
    /// The statement with these of its actions, as a policy has it.
    pub fn allowing(&self, actions: &[String]) -> String {
        let mut written = self.written.clone();
        written["Action"] = json!(actions);
        written.to_string()
    }

    /// For a caller who lets CloudFormation work with a role.
    pub fn passing_to_cloudformation(role: &str) -> Self {
        let service = ("iam:PassedToService", "cloudformation.amazonaws.com");
        let condition = json!({ "StringEquals": { service.0: service.1 } });
        Self {
            written: json!({ "Effect": "Allow", "Resource": role, "Condition": condition }),
            name: format!("iam:PassRole for {role}"),
            actions: vec!["iam:PassRole".to_owned()],
            resource: role.to_owned(),
            condition: Condition {
                string_equals: NamedValues::from([(service.0.to_owned(), service.1.to_owned())]),
                all_of: BTreeMap::new(),
            },
        }
    }

    pub fn is_for_cloudformation(&self) -> bool {
        self.name.starts_with(BY_CLOUDFORMATION)
    }

    /// The condition keys and their values with which it allows its actions.
    pub fn context(&self) -> NamedValues {
        self.condition.context()
    }
}

impl Scope<'_> {
    /// A resource that the pattern means.
    fn meant_by(self, pattern: &str) -> String {
        if pattern == "*" {
            return pattern.to_owned();
        }
        let of_bucket = format!(":::{WORKSHOP}");
        pattern
            .replace("ACCOUNT", self.account)
            .replace(ANY_WORKSHOP, WORKSHOP)
            .replace(&of_bucket, &format!(":::{}", self.workshop.to_lowercase()))
            .replace(WORKSHOP, self.workshop)
            .replace("mafia-${aws:username}", self.stack)
            .replace("mafia-*", self.stack)
            .replace(":*:", &format!(":{}:", self.region))
            .replace('*', "0")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::names::LONGEST_STACK_NAME;

    /// The stack that it shares still has a valid name.
    const LONGEST_CLASS: usize = LONGEST_STACK_NAME - "mafia--workshop".len();

    const SCOPE: Scope<'_> = Scope {
        account: "123456789012",
        region: "eu-west-1",
        stack: "game",
        workshop: "Class",
    };

    #[test]
    fn each_statement_is_about_one_stack_and_what_its_class_shares() {
        let student = Policy::Student.statements(SCOPE);
        let resource = |name: &str| {
            let found = student.iter().find(|statement| statement.name == name);
            found
                .unwrap_or_else(|| panic!("no {name}"))
                .resource
                .as_str()
        };
        assert_eq!(resource("Account"), "*");
        assert_eq!(
            resource("Functions"),
            "arn:aws:lambda:eu-west-1:123456789012:function:game-00"
        );
        assert_eq!(resource("Bucket"), "arn:aws:s3:::class-artifactbucket-0");
        assert_eq!(
            resource("SharedStack"),
            "arn:aws:cloudformation:eu-west-1:123456789012:stack/Class/0"
        );
        for statement in &student {
            let text = format!("{} {:?}", statement.resource, statement.context());
            let is_left = ["ACCOUNT", "${", "mafia-workshop"].map(|left| text.contains(left));
            assert!(!is_left.contains(&true), "{}: {text}", statement.name);
        }
    }

    #[test]
    fn instructors_may_do_for_every_game_what_students_may_for_theirs() {
        let student = Policy::Student.statements(SCOPE);
        let instructor = Policy::Instructor.statements(SCOPE);
        for statement in student
            .iter()
            .filter(|it| !["Progress", "SharedStack"].contains(&&*it.name))
        {
            // All objects in the bucket are an instructor's.
            let place = |it: &Statement| match it.resource.split_once("-artifactbucket-0/") {
                Some((bucket, _)) => bucket.to_owned(),
                None => it.resource.clone(),
            };
            let is_allowed = |action: &String| {
                let mut others = instructor.iter();
                others.any(|other| {
                    (place(other), &other.condition) == (place(statement), &statement.condition)
                        && other.actions.contains(action)
                })
            };
            assert!(statement.actions.iter().all(is_allowed), "{statement:?}");
        }
    }

    #[test]
    fn a_class_has_its_own_names_in_the_policies() {
        let text = |policy: Policy| policy.of_class("monday").to_string();
        let student = text(Policy::Student);
        assert!(
            student.contains(":stack/mafia-monday-${aws:username}/*"),
            "{student}"
        );
        assert!(
            student.contains(":::mafia-monday-workshop-artifactbucket-*"),
            "{student}"
        );
        let instructor = text(Policy::Instructor);
        assert!(
            instructor.contains(":stack/mafia-monday-*/*"),
            "{instructor}"
        );
        for document in [student, instructor] {
            // The boundary is the account's.
            let others = document
                .replace("mafia-monday-", "")
                .replace("mafia-boundary", "");
            assert!(!others.contains("mafia-"), "{others}");
        }
    }

    #[test]
    fn a_policy_is_not_too_long_for_iam_whatever_the_class_is_called() {
        for policy in [Policy::Student, Policy::Instructor] {
            for letters in [1, 8, LONGEST_CLASS] {
                let document = policy.of_class(&"c".repeat(letters));
                let length = length(&document);
                assert!(length <= LONGEST_POLICY, "{policy:?} {letters}: {length}");
            }
        }
        // No action is lost with a long name.
        let allowed = |class: &str| -> BTreeSet<String> {
            let document = Policy::Instructor.of_class(class);
            let statements = document["Statement"].as_array().expect("a list").clone();
            let pairs = statements.iter().flat_map(|it| {
                let actions = it["Action"].as_array().expect("a list").iter();
                let rest = format!("{} {}", it["Resource"], it["Condition"]);
                actions.map(move |action| format!("{action} {}", rest.replace(class, "CLASS")))
            });
            pairs.collect()
        };
        assert_eq!(allowed("monday"), allowed(&"c".repeat(LONGEST_CLASS)));
        // Names of statements help who reads it.
        let short = Policy::Instructor.of_class("monday");
        assert_eq!(short["Statement"][0]["Sid"], "Account");
    }

    #[test]
    fn conditions_are_known() {
        let text = format!("{STUDENT}{INSTRUCTOR}");
        let known = text.matches("StringEquals\"").count();
        assert_eq!(text.matches("\"Condition\"").count(), known);
    }
}
