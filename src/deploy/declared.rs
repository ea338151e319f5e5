//! The functions that a template declares. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::template::Template;
use super::template_values::Values;

pub const FUNCTION: &str = "AWS::Lambda::Function";
const SERVERLESS_FUNCTION: &str = "AWS::Serverless::Function";

/// A function in a template.
#[derive(Clone, Debug)]
pub struct Declared<'a> {
    pub logical_id: &'a str,
    pub name: Named,
    /// The parameter for the key of its code.
    pub code: Option<&'a str>,
    /// The name of the condition under which it exists, and whether that holds, if it is known.
    pub condition: Option<(&'a str, Option<bool>)>,
    pub properties: &'a Value,
}

/// A function's full name, as far as the template says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Is(String),
    /// CloudFormation invents a name.
    Invented,
    /// Only CloudFormation can compute it.
    Unknown,
}

/// The functions of `template`, in the order of their logical ids.
pub fn functions<'a>(template: &'a Template, values: &Values<'_>) -> Vec<Declared<'a>> {
    let resources = template.section("Resources");
    let functions = resources.filter_map(|(logical_id, resource)| {
        let resource_type = resource["Type"].as_str()?;
        if ![FUNCTION, SERVERLESS_FUNCTION].contains(&resource_type) {
            return None;
        }
        let properties = &resource["Properties"];
        let condition = resource["Condition"].as_str();
        Some(Declared {
            logical_id,
            name: match &properties["FunctionName"] {
                Value::Null => Named::Invented,
                name => values.text(name).map_or(Named::Unknown, Named::Is),
            },
            code: code_parameter(properties),
            condition: condition.map(|name| (name, values.holds(name))),
            properties,
        })
    });
    functions.collect()
}

/// A function that the template has only under a condition, which does not hold or is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditional {
    pub logical_id: String,
    pub condition: String,
    pub is_known: bool,
}

/// Such functions by their full names.
pub fn conditional(template: &Template, values: &Values<'_>) -> BTreeMap<String, Conditional> {
    let declared = functions(template, values).into_iter();
    let conditional = declared.filter(|it| !it.surely_exists());
    conditional
        .filter_map(|it| match (it.name, it.condition) {
            (Named::Is(name), Some((condition, holds))) => {
                let conditional = Conditional {
                    logical_id: it.logical_id.to_owned(),
                    condition: condition.to_owned(),
                    is_known: holds.is_some(),
                };
                Some((name, conditional))
            }
            _ => None,
        })
        .collect()
}

/// The parameter that is the key of the code's object.
fn code_parameter(properties: &Value) -> Option<&str> {
    let keys = [&properties["Code"]["S3Key"], &properties["CodeUri"]["Key"]];
    keys.into_iter().find_map(|key| match &key["Ref"] {
        Value::String(parameter) => Some(parameter.as_str()),
        _ => {
            let text = key["Fn::Sub"].as_str()?.strip_prefix("${")?;
            text.strip_suffix('}')
        }
    })
}

impl Declared<'_> {
    /// What the key of its code's object is called in its properties.
    pub fn code_key(&self) -> &'static str {
        match self.properties.get("CodeUri") {
            Some(_) => "Key",
            None => "S3Key",
        }
    }

    /// Whether it is in the stack whatever its condition says: it has none, or one that holds.
    pub fn surely_exists(&self) -> bool {
        self.condition.is_none_or(|(_, holds)| holds == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::NamedValues;

    #[test]
    fn names_codes_and_conditions_are_read_as_far_as_they_are_known() {
        let template = Template::new(
            "\
Parameters: {Mode: {Type: String, Default: x}}
Conditions: {IsX: !Equals [!Ref Mode, x], IsY: !Equals [!Ref Mode, y]}
Resources:
  A: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub '${AWS::StackName}-a', Code: {S3Key: !Ref ACode}}}
  B: {Type: AWS::Lambda::Function, Condition: IsX, Properties: {Code: {ZipFile: x}}}
  C: {Type: AWS::Lambda::Function, Condition: IsY, Properties: {FunctionName: !ImportValue n, Code: {S3Key: !Sub '${CCode}'}}}
  D: {Type: AWS::Serverless::Function, Properties: {FunctionName: d, CodeUri: {Bucket: b, Key: !Ref DCode}}}
  E: {Type: AWS::SNS::Topic}
",
        );
        let values = Values::new(&template, "ann", &NamedValues::new());
        let functions = functions(&template, &values);
        let found: Vec<_> = functions
            .iter()
            .map(|it| (it.logical_id, it.name.clone(), it.code, it.surely_exists()))
            .collect();
        let is = |name: &str| Named::Is(name.to_owned());
        assert_eq!(
            found,
            [
                ("A", is("ann-a"), Some("ACode"), true),
                ("B", Named::Invented, None, true),
                ("C", Named::Unknown, Some("CCode"), false),
                ("D", is("d"), Some("DCode"), true),
            ]
        );
    }
}
