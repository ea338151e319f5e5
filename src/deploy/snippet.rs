//! Parts of a template to add, in the template's own language. Pure.

use serde_json::{Map, Value, json};

use super::declared::FUNCTION;
use super::template::Template;
use crate::bundle::RUNTIME;

pub const LOG_GROUP: &str = "AWS::Logs::LogGroup";

/// A template in which something is missing.
pub struct Snippets<'a> {
    pub template: &'a Template,
}

/// The resources of a function, with their logical ids.
pub struct Resources {
    pub function: (String, Value),
    /// If the template's other functions have one.
    pub log_group: Option<(String, Value)>,
}

impl Snippets<'_> {
    pub fn is_json(&self) -> bool {
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
        self.sections(&[(parameter.to_owned(), self.parameter_value())], &[])
    }

    /// A parameter for code.
    pub fn parameter_value(&self) -> Value {
        json!({ "Type": "String" })
    }

    /// The resources of a function, which has what the template's other functions have, and the parameter
    /// for its code unless the template has that.
    pub fn function(&self, function: &str, parameter: &str) -> String {
        let resources = self.resources(function, parameter, None, None);
        let declares = self.template.declares(parameter);
        let parameter = (parameter.to_owned(), self.parameter_value());
        let parameters: Vec<_> = (!declares).then_some(parameter).into_iter().collect();
        let resources: Vec<_> = [Some(resources.function), resources.log_group]
            .into_iter()
            .flatten()
            .collect();
        self.sections(&parameters, &resources)
    }

    /// These parameters and resources, in their sections.
    pub fn sections(
        &self,
        parameters: &[(String, Value)],
        resources: &[(String, Value)],
    ) -> String {
        let sections = [("Parameters", parameters), ("Resources", resources)].into_iter();
        let sections = sections.filter(|(_, items)| !items.is_empty());
        let sections = sections.map(|(name, items)| {
            let items: Map<String, Value> = items.iter().cloned().collect();
            (name, Value::Object(items))
        });
        if self.is_json() {
            let all: Map<String, Value> = sections
                .map(|(name, items)| (name.to_owned(), items))
                .collect();
            return format!("{:#}", Value::Object(all));
        }
        let sections = sections.map(|(name, items)| format!("{name}:{}", in_yaml(&items, 1, "  ")));
        sections.collect::<Vec<_>>().join("\n")
    }

    /// The resources of a function. `resource` and `group` are the logical ids of what is there already: the
    /// function itself, and its log group.
    pub fn resources(
        &self,
        function: &str,
        parameter: &str,
        resource: Option<&str>,
        group: Option<&str>,
    ) -> Resources {
        let resource = match resource {
            Some(resource) => resource.to_owned(),
            None => self.free_logical_id(parameter),
        };
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
            "Layers",
            "MemorySize",
            "Role",
            "Timeout",
        ] {
            if let Some(value) = sibling.get(name) {
                properties[name] = value.clone();
            }
        }
        let logs = self.properties_of_a(LOG_GROUP).filter(|_| group.is_none());
        let log_group = logs.map(|logs| {
            let name = format!("/aws/lambda/${{AWS::StackName}}-{function}");
            let mut properties = json!({ "LogGroupName": { "Fn::Sub": name } });
            if let Some(days) = logs.get("RetentionInDays") {
                properties["RetentionInDays"] = days.clone();
            }
            let group = self.free(&format!("{resource}Logs"));
            (
                group,
                json!({ "Type": LOG_GROUP, "Properties": properties }),
            )
        });
        let group = group.or(log_group.as_ref().map(|(group, _)| group.as_str()));
        if let Some(group) = group.filter(|_| sibling.get("LoggingConfig").is_some()) {
            properties["LoggingConfig"] = json!({ "LogGroup": { "Ref": group } });
        }
        Resources {
            function: (
                resource,
                json!({ "Type": FUNCTION, "Properties": properties }),
            ),
            log_group,
        }
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
/// behind a key. A level of depth is a `unit` of indentation.
pub fn in_yaml(value: &Value, depth: usize, unit: &str) -> String {
    let members = value.as_object().filter(|it| intrinsic(it).is_none());
    let Some(members) = members else {
        return format!(" {}", inline(value));
    };
    let indent = unit.repeat(depth);
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| *name != "Type");
    let lines = members.into_iter();
    lines
        .map(|(name, value)| format!("\n{indent}{name}:{}", in_yaml(value, depth + 1, unit)))
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
