//! Parts of a template to add, in the template's own language. Pure.

use serde_json::{Value, json};

use super::declared::FUNCTION;
use super::template::Template;
use crate::bundle::RUNTIME;

/// A template in which something is missing.
pub struct Snippets<'a> {
    pub text: &'a str,
    pub template: &'a Template,
}

impl Snippets<'_> {
    fn is_json(&self) -> bool {
        self.text.trim_start().starts_with('{')
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

    /// The resource of a function, and the parameter for its code unless the template has that.
    pub fn function(&self, function: &str, parameter: &str) -> String {
        let declares = self.template.declares(parameter);
        let resource = self.free_logical_id(parameter);
        if self.is_json() {
            let name = format!("${{AWS::StackName}}-{function}");
            let mut snippet = json!({ "Resources": { resource: {
                "Type": FUNCTION,
                "Properties": {
                    "FunctionName": { "Fn::Sub": name },
                    "Runtime": RUNTIME,
                    "Handler": "bootstrap",
                    "Code": { "S3Bucket": { "Ref": "ArtifactBucket" }, "S3Key": { "Ref": parameter } },
                    "Role": self.role(),
                },
            } } });
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
        let mut role = self.text.lines().map(str::trim);
        let role = role.find(|line| line.starts_with("Role: !"));
        let role = role.unwrap_or("Role: !GetAtt Role.Arn");
        format!(
            "\
{parameters}Resources:
  {resource}:
    Type: {FUNCTION}
    Properties:
      {}
      Runtime: {RUNTIME}
      Handler: bootstrap
      Code:
        S3Bucket: !Ref ArtifactBucket
        {}
      {role}",
            self.name_line(function),
            self.code_line("S3Key", parameter),
        )
    }

    /// The role of the template's other functions.
    fn role(&self) -> Value {
        let mut resources = self.template.section("Resources");
        let role = resources.find_map(|(_, resource)| {
            let is_function = resource["Type"] == FUNCTION;
            resource["Properties"].get("Role").filter(|_| is_function)
        });
        role.cloned()
            .unwrap_or_else(|| json!({ "Fn::GetAtt": ["Role", "Arn"] }))
    }

    /// `One` of `OneCode`, or another name where that is taken or nothing is left of it.
    fn free_logical_id(&self, parameter: &str) -> String {
        let stem = parameter.strip_suffix(super::CODE).unwrap_or(parameter);
        let numbered = (2..).map(|number| format!("{stem}Function{number}"));
        let mut candidates = [stem.to_owned(), format!("{stem}Function")]
            .into_iter()
            .chain(numbered);
        let is_free = |name: &String| {
            let taken = ["Parameters", "Resources", "Conditions", "Mappings"];
            !name.is_empty()
                && taken
                    .iter()
                    .all(|it| self.template.section_item(it, name).is_none())
        };
        candidates.find(is_free).expect("numbers do not end")
    }
}
