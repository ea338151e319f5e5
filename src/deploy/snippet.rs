//! Parts of a template to add, in the template's own language. Pure.

use serde_json::{Map, Value, json};

use super::declared::FUNCTION;
use super::template::Template;
use crate::bundle::RUNTIME;

const LOG_GROUP: &str = "AWS::Logs::LogGroup";

/// A template in which something is missing.
pub struct Snippets<'a> {
    pub template: &'a Template,
}

impl Snippets<'_> {
    fn is_json(&self) -> bool {
        self.template.text().trim_start().starts_with('{')
    }

    /// `FunctionName: !Sub ${AWS::StackName}-01-one`
    pub fn name_line(&self, function: &str) -> String {
        let name = format!("${{AWS::StackName}}-{function}");
        if self.is_json() {
            format!("\"FunctionName\": {{ \"Fn::Sub\": \"{name}\" }}")
        } else {
            format!("FunctionName: !Sub {name}")
        }
    }

    /// `S3Key: !Ref OneCode`
    pub fn code_line(&self, key: &str, parameter: &str) -> String {
        if self.is_json() {
            format!("\"{key}\": {{ \"Ref\": \"{parameter}\" }}")
        } else {
            format!("{key}: !Ref {parameter}")
        }
    }

    pub fn parameter(&self, parameter: &str) -> String {
        if self.is_json() {
            format!(
                "{:#}",
                json!({ "Parameters": { parameter: { "Type": "String" } } })
            )
        } else {
            format!("Parameters:\n  {parameter}:\n    Type: String")
        }
    }

    /// The resources of a function, which has what the template's other functions have, and the parameter
    /// for its code unless the template has that.
    pub fn function(&self, function: &str, parameter: &str) -> String {
        let resource = self.free_logical_id(parameter);
        let resources = self.resources(&resource, function, parameter);
        let declares = self.template.declares(parameter);
        if self.is_json() {
            let mut snippet = json!({ "Resources": resources });
            if !declares {
                snippet["Parameters"] = json!({ parameter: { "Type": "String" } });
            }
            return format!("{snippet:#}");
        }
        let parameters = if declares {
            String::new()
        } else {
            self.parameter(parameter) + "\n"
        };
        format!("{parameters}Resources:{}", in_yaml(&resources, 1))
    }

    fn resources(&self, resource: &str, function: &str, parameter: &str) -> Value {
        let mut properties = json!({
            "FunctionName": { "Fn::Sub": format!("${{AWS::StackName}}-{function}") },
            "Runtime": RUNTIME,
            "Handler": "bootstrap",
            "Code": { "S3Bucket": { "Ref": "ArtifactBucket" }, "S3Key": { "Ref": parameter } },
            "Role": { "Fn::GetAtt": ["Role", "Arn"] },
        });
        let sibling = self.properties_of_a(FUNCTION).unwrap_or(&Value::Null);
        for name in [
            "Architectures",
            "Environment",
            "MemorySize",
            "Role",
            "Timeout",
        ] {
            if let Some(value) = sibling.get(name) {
                properties[name] = value.clone();
            }
        }
        let mut resources = json!({ resource: { "Type": FUNCTION, "Properties": properties } });
        if let Some(logs) = self.properties_of_a(LOG_GROUP) {
            let name = format!("/aws/lambda/${{AWS::StackName}}-{function}");
            let mut properties = json!({ "LogGroupName": { "Fn::Sub": name } });
            if let Some(days) = logs.get("RetentionInDays") {
                properties["RetentionInDays"] = days.clone();
            }
            let group = self.free(&format!("{resource}Logs"));
            resources[group] = json!({ "Type": LOG_GROUP, "Properties": properties });
        }
        resources
    }

    /// Those of the template's first resource of this type.
    fn properties_of_a(&self, resource_type: &str) -> Option<&Value> {
        let mut resources = self.template.section("Resources");
        let of_type = resources.find(|(_, resource)| resource["Type"] == resource_type);
        of_type.map(|(_, resource)| &resource["Properties"])
    }

    /// `One` of `OneCode`, or another name where that is taken or nothing is left of it.
    fn free_logical_id(&self, parameter: &str) -> String {
        let stem = parameter.strip_suffix(super::CODE).unwrap_or(parameter);
        if stem.is_empty() {
            return self.free("Function");
        }
        self.free(stem)
    }

    /// The name, or a longer one where it is taken.
    fn free(&self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}Function{number}"));
        let mut candidates = [name.to_owned(), format!("{name}Function")]
            .into_iter()
            .chain(numbered);
        let is_free = |name: &String| {
            let taken = ["Parameters", "Resources", "Conditions", "Mappings"];
            taken
                .iter()
                .all(|it| self.template.section_item(it, name).is_none())
        };
        candidates.find(is_free).expect("numbers do not end")
    }
}

/// The members of an object, each in a line of its own that begins a new line, or a value that stands
/// behind a key.
fn in_yaml(value: &Value, depth: usize) -> String {
    let members = value.as_object().filter(|it| intrinsic(it).is_none());
    let Some(members) = members else {
        return format!(" {}", inline(value));
    };
    let indent = "  ".repeat(depth);
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| *name != "Type");
    let lines = members.into_iter();
    lines
        .map(|(name, value)| format!("\n{indent}{name}:{}", in_yaml(value, depth + 1)))
        .collect()
}

/// A value in one line, with the short forms of CloudFormation's functions.
fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => match intrinsic(members) {
            Some(("GetAtt", Value::Array(path))) => {
                let path: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
                format!("!GetAtt {}", path.join("."))
            }
            Some((name, argument)) => format!("!{name} {}", inline(argument)),
            None => value.to_string(),
        },
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The name of the function and its argument, if the object is a call of one.
fn intrinsic(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut members = members.iter();
    let (Some((name, argument)), None) = (members.next(), members.next()) else {
        return None;
    };
    let name = name
        .strip_prefix("Fn::")
        .or((name == "Ref").then_some("Ref"));
    name.map(|name| (name, argument))
}

/// Whether YAML reads it as this text without quotes, also in a list.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || "/$".contains(c))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-./:${}".contains(c))
        && !text.ends_with(':')
        && !["true", "false", "yes", "no", "on", "off", "null"].contains(&&*text.to_lowercase())
}
