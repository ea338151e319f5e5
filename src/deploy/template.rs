//! What a template means to CloudFormation. Two texts can differ and still ask for the same: comments,
//! descriptions and the order of keys change nothing. Pure.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use mafia_sandbox::read_template;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::template_use::{REFERRED_TO, WITHOUT_EFFECT, used_names};
use super::template_values::as_text;
use crate::cloud::NamedValues;

/// A template: its text, and its meaning, which is read when it is first asked for.
///
/// Cloning is cheap and shares both: a class has one template.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Template(Arc<Contents>);

#[derive(Debug, Default)]
struct Contents {
    text: String,
    meaning: OnceLock<Value>,
}

impl From<String> for Template {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text().to_owned()
    }
}

/// Those of the same text are equal.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Template {}

/// The default of a parameter that the template has changed since the last deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDefault {
    pub parameter: String,
    /// The value that the stack has.
    pub value: String,
    pub default: String,
    /// Whether the stack follows the default: it has the old one.
    pub applies: bool,
}

impl Template {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Contents {
            text: text.into(),
            meaning: OnceLock::new(),
        }))
    }

    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Its sections, or only its text where it cannot be read.
    fn meaning(&self) -> &Value {
        let text = self.text();
        let read = || read_template(text).unwrap_or_else(|_| Value::String(text.trim().to_owned()));
        self.0.meaning.get_or_init(read)
    }

    /// Whether its sections can be read.
    pub fn is_readable(&self) -> bool {
        self.meaning().is_object()
    }

    /// The items of a section, such as its `Parameters`.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        let section = self.meaning().get(name).and_then(Value::as_object);
        section.into_iter().flatten()
    }

    pub fn section_item(&self, section: &str, name: &str) -> Option<&Value> {
        self.meaning().get(section)?.get(name)
    }

    /// The names of the items of a section that only one of the two has, or that differ.
    pub fn differing(&self, section: &str, other: &Self) -> Vec<String> {
        let names = |template: &Self| -> BTreeSet<String> {
            template
                .section(section)
                .map(|(name, _)| name.clone())
                .collect()
        };
        let all = names(self).into_iter().chain(names(other));
        let differing: BTreeSet<String> = all
            .filter(|name| self.section_item(section, name) != other.section_item(section, name))
            .collect();
        differing.into_iter().collect()
    }

    /// The names of its parameters.
    pub fn parameters(&self) -> Vec<&str> {
        let parameters = self.section("Parameters");
        parameters.map(|(name, _)| name.as_str()).collect()
    }

    /// Whether it has this parameter.
    pub fn declares(&self, parameter: &str) -> bool {
        self.section_item("Parameters", parameter).is_some()
    }

    /// Whether anything depends on the parameter, condition or mapping of this name.
    pub fn uses(&self, name: &str) -> bool {
        let used = self.meaning().as_object().and_then(used_names);
        used.is_none_or(|used| used.contains(name))
    }

    /// The default of this parameter, if it has one.
    pub fn default(&self, parameter: &str) -> Option<String> {
        as_text(self.section_item("Parameters", parameter)?.get("Default")?)
    }

    /// The logical ids of the resources that outlive the stack.
    ///
    /// Source: CloudFormation user guide, "DeletionPolicy attribute".
    pub fn retained(&self) -> BTreeSet<String> {
        let retained = self.section("Resources").filter(|(_, resource)| {
            let policy = resource.get("DeletionPolicy").and_then(Value::as_str);
            policy.is_some_and(|policy| policy.starts_with("Retain"))
        });
        retained.map(|(logical_id, _)| logical_id.clone()).collect()
    }

    /// Without what changes nothing of a stack: what cannot be updated by itself, and the defaults and
    /// constraints of parameters, which say nothing of a stack that has their values.
    fn effect(&self) -> Value {
        let mut body = self.meaning().clone();
        let Some(sections) = body.as_object_mut() else {
            return body;
        };
        let used = used_names(sections);
        let is_used = |name: &String| used.as_ref().is_none_or(|used| used.contains(name));
        sections.retain(|name, _| !WITHOUT_EFFECT.contains(&name.as_str()));
        for section in REFERRED_TO {
            if let Some(items) = sections.get_mut(section).and_then(Value::as_object_mut) {
                items.retain(|name, _| is_used(name));
            }
        }
        sections.retain(|_, items| items.as_object().is_none_or(|items| !items.is_empty()));
        let parameters = sections
            .get_mut("Parameters")
            .and_then(Value::as_object_mut);
        for (_, parameter) in parameters.into_iter().flatten() {
            if let Some(parameter) = parameter.as_object_mut() {
                parameter.retain(|key, _| ["Type", "NoEcho"].contains(&key.as_str()));
            }
        }
        body
    }
}

/// Whether the template called `deployed`, as `GetTemplate` returns it, asks for the same as `ours`.
pub fn asks_for_the_same(deployed: &Template, ours: &Template) -> bool {
    if deployed == ours {
        return true;
    }
    let effect = deployed.effect();
    // CloudFormation returns a question mark for each character that is not ASCII.
    let mangled = || Template::new(ours.text().replace(|c: char| !c.is_ascii(), "?"));
    let is_mangled = deployed.text().is_ascii() && !ours.text().is_ascii();
    effect == ours.effect() || (is_mangled && effect == mangled().effect())
}

/// The parameters of a stack with these `values` whose default is another in `ours` than in `deployed`.
pub fn new_defaults(deployed: &Template, ours: &Template, values: &NamedValues) -> Vec<NewDefault> {
    if deployed == ours {
        return Vec::new();
    }
    let changed = values.iter().filter_map(|(parameter, value)| {
        let (old, default) = (deployed.default(parameter)?, ours.default(parameter)?);
        (old != default && *value != default).then(|| NewDefault {
            parameter: parameter.clone(),
            value: value.clone(),
            applies: *value == old,
            default,
        })
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYED: &str = "\
Description: A game
Metadata: {Author: Ann}
Parameters:
  Mode: {Type: String, Default: plain, Description: a word}
  Size: {Type: Number, Default: 3, MinValue: 1}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties: {TableName: !Sub 'x-${Mode}', Note: 'é', Size: !Ref Size}
  Logs: {Type: AWS::Logs::LogGroup}
";

    fn asks(deployed: &str, ours: &str) -> bool {
        asks_for_the_same(&Template::new(deployed), &Template::new(ours))
    }

    fn edited(old: &str, new: &str) -> String {
        assert!(DEPLOYED.contains(old), "{old}");
        DEPLOYED.replacen(old, new, 1)
    }

    #[test]
    fn what_changes_nothing_of_a_stack_is_no_difference() {
        for same in [
            DEPLOYED.to_owned(),
            edited("Resources:", "# more\nResources: # here"),
            edited("Description: A game", "Description: Another game"),
            edited("Author: Ann", "Author: Ben"),
            edited("Default: plain", "Default: fancy"),
            edited("a word", "another word"),
            edited("MinValue: 1", "MinValue: 2"),
            edited("!Sub 'x-${Mode}'", "{'Fn::Sub': \"x-${Mode}\"}"),
            DEPLOYED.replace('\n', "\r\n"),
        ] {
            assert!(asks(DEPLOYED, &same), "{same}");
            assert!(asks(&DEPLOYED.replace('é', "?"), &same), "{same}");
        }
    }

    #[test]
    fn whatever_else_differs_is_a_difference() {
        for other in [
            edited("x-${Mode}", "y-${Mode}"),
            edited("DeletionPolicy: Retain", "DeletionPolicy: Delete"),
            edited("Type: Number", "Type: String"),
            edited("Type: String,", "Type: String, NoEcho: true,"),
            edited("  Logs: {Type: AWS::Logs::LogGroup}\n", ""),
            format!("{DEPLOYED}Outputs: {{A: {{Value: b}}}}\n"),
            edited("'é'", "'e'"),
            "Resources: [".to_owned(),
        ] {
            assert!(!asks(DEPLOYED, &other), "{other}");
        }
        assert!(asks("Resources: [", "Resources: [\n"));
    }

    #[test]
    fn a_new_default_applies_where_the_stack_has_the_old_one() {
        let values = |pairs: &[(&str, &str)]| -> NamedValues {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let deployed = Template::new(DEPLOYED);
        let ours = edited("Default: plain", "Default: fancy").replace("Default: 3", "Default: 4");
        let ours = Template::new(ours);
        let found = |pairs| -> Vec<(String, bool)> {
            let found = new_defaults(&deployed, &ours, &values(pairs)).into_iter();
            found.map(|it| (it.parameter, it.applies)).collect()
        };
        let expected = [("Mode".to_owned(), true), ("Size".to_owned(), false)];
        assert_eq!(found(&[("Mode", "plain"), ("Size", "7")]), expected);
        assert_eq!(found(&[("Mode", "fancy"), ("Size", "4")]), []);
        // The value of a parameter with NoEcho is not shown.
        assert_eq!(found(&[("Mode", "****")]), [("Mode".to_owned(), false)]);
        assert_eq!(
            new_defaults(&deployed, &deployed, &values(&[("Mode", "x")])),
            []
        );
    }

    #[test]
    fn what_outlives_the_stack_is_known_from_its_deletion_policy() {
        let retained = Template::new(DEPLOYED).retained();
        assert_eq!(retained, BTreeSet::from(["Table".to_owned()]));
        assert_eq!(Template::new("[").retained(), BTreeSet::new());
    }
}
