//! Functions that only some of package, template and stack have, and what to add where.

use std::fmt;

use serde_json::json;

use super::DeployError;
use super::template::Template;
use crate::bundle::{Function, Project, RUNTIME, shown};
use crate::cloud::{Resource, Stack, TemplateSummary};
use crate::names::{code_parameter, function_name, name_in_stack};
use crate::wording::nearest;

const FUNCTION: &str = "AWS::Lambda::Function";

/// Why a function of the package and the template do not fit together.
#[derive(Debug)]
pub struct Mismatch {
    pub message: String,
    /// What to do about it, one way each.
    pub hints: Vec<String>,
    /// A part of the template to add, or nothing.
    pub snippet: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mismatch {}

/// Checks the parameters of a template for the code of `functions`. `known` are the names of parameters
/// that have a value already.
pub(super) fn check_parameters<'a>(
    project: &Project,
    template: &str,
    summary: &TemplateSummary,
    functions: impl Iterator<Item = &'a Function> + Clone,
    known: impl Fn(&str) -> bool,
) -> Result<(), DeployError> {
    let has = |parameter: &String| summary.parameters.contains(parameter);
    if let Some(function) = functions.clone().find(|f| !has(&code_parameter(&f.name))) {
        return Err(no_parameter(
            project,
            template,
            function,
            &summary.parameters,
        ));
    }
    let codes: Vec<String> = functions.map(|f| code_parameter(&f.name)).collect();
    let is_code = |parameter: &&String| parameter.ends_with(CODE) && !codes.contains(parameter);
    let mut required = summary.required.iter().filter(is_code);
    match required.find(|parameter| !known(parameter)) {
        Some(parameter) => Err(no_function(project, template, parameter)),
        None => Ok(()),
    }
}

/// How the names of parameters for code end.
const CODE: &str = "Code";

/// The template has no parameter for the function's code.
pub(super) fn no_parameter(
    project: &Project,
    template: &str,
    function: &Function,
    parameters: &[String],
) -> DeployError {
    let file = shown(&project.template);
    let parameter = code_parameter(&function.name);
    let codes = parameters.iter().map(String::as_str).filter(|name| {
        let of = |f: &Function| code_parameter(&f.name) == **name;
        name.ends_with(CODE) && !project.functions.iter().any(of)
    });
    let meant = nearest(&parameter, codes).map(|meant| {
        format!(
            "the template has the parameter {meant}: did you mean another function name in `{}`?",
            shown(&project.manifest)
        )
    });
    mismatch(Mismatch {
        message: format!(
            "the template `{file}` has no function {} with the parameter {parameter} for its code",
            function.name
        ),
        hints: meant
            .into_iter()
            .chain([
                format!(
                    "add this to `{file}`, with the settings and permissions that the function needs"
                ),
                format!(
                    "or remove `{}` from `[package.metadata.mafia.functions]` in `{}`",
                    function.binary,
                    shown(&project.manifest)
                ),
            ])
            .collect(),
        snippet: snippet(template, &function.name),
    })
}

/// The package has no function for a parameter of the template.
fn no_function(project: &Project, template: &str, parameter: &str) -> DeployError {
    let unlisted = project.unlisted.iter();
    let mut unlisted = unlisted.filter(|binary| code_parameter(binary) == parameter);
    let binary = unlisted.next().cloned();
    let is_built = binary.is_some();
    let binary = binary.unwrap_or_else(|| in_kebab_case(parameter));
    let name = name_in(template, parameter).unwrap_or_else(|| project.suggested_name(&binary));
    let list = project.how_to_list(&binary, &name);
    mismatch(Mismatch {
        message: format!(
            "the template `{}` needs code for its parameter {parameter}, but no function of the \
             package has it",
            shown(&project.template)
        ),
        hints: vec![
            if is_built {
                list
            } else {
                format!("write the program `src/bin/{binary}.rs`, and {list}")
            },
            format!(
                "or, if {parameter} is not for code, set it with --parameter {parameter}=VALUE"
            ),
        ],
        snippet: String::new(),
    })
}

/// Why a stack lacks a function though its template has been applied. `resources` are the stack's.
pub(super) fn missing_function(
    project: &Project,
    template: Option<&str>,
    stack: &Stack,
    function: &Function,
    resources: &[Resource],
) -> DeployError {
    let name = function_name(&stack.name, &function.name);
    let parameter = code_parameter(&function.name);
    // A parameter that nothing uses is no change: CloudFormation does not add it to the stack.
    let declares = |template: &str| Template::read(template).declares(&parameter);
    if !stack.parameters.contains_key(&parameter) && !template.is_some_and(declares) {
        return match template {
            Some(template) => {
                let parameters: Vec<String> = stack.parameters.keys().cloned().collect();
                no_parameter(project, template, function, &parameters)
            }
            None => mismatch(Mismatch {
                message: format!("stack {} has no function {} yet", stack.name, function.name),
                hints: vec![
                    "run `mafia deploy` without a function's name to update the stack".to_owned(),
                ],
                snippet: String::new(),
            }),
        };
    }
    let functions = || resources.iter().filter(|r| r.resource_type == FUNCTION);
    if functions().any(|resource| resource.physical_id == name) {
        return DeployError::FunctionMissing {
            stack: stack.name.clone(),
            function: name,
        };
    }
    let is_ours = |resource: &&Resource| {
        let named = |f: &Function| function_name(&stack.name, &f.name) == resource.physical_id;
        project.functions.iter().any(named)
    };
    let others: Vec<&Resource> = functions().filter(|resource| !is_ours(resource)).collect();
    let logical_id = parameter.trim_end_matches(CODE);
    let meant = others.iter().find(|other| other.logical_id == logical_id);
    let meant = meant.or(others.first());
    let file = shown(&project.template);
    let line = format!("FunctionName: !Sub ${{AWS::StackName}}-{}", function.name);
    let resource = meant.map_or(logical_id, |meant| &meant.logical_id);
    mismatch(Mismatch {
        message: match meant {
            Some(meant) => format!(
                "stack {} has no function called {name}: its function {} is called {}",
                stack.name, meant.logical_id, meant.physical_id
            ),
            None => format!(
                "stack {} has no function called {name}: the template has its parameter \
                 {parameter}, but not the function",
                stack.name
            ),
        },
        hints: match meant {
            Some(meant) => {
                let given = format!("give the resource {resource} in `{file}` this name: `{line}`");
                let other = other_name(stack, meant).map(|name| {
                    let name = format!("`{} = \"{name}\"`", function.binary);
                    format!("or write {name} in `{}`", shown(&project.manifest))
                });
                [given].into_iter().chain(other).collect()
            }
            None => vec![format!("add the resource to `{file}`")],
        },
        snippet: match (meant, template) {
            (None, Some(template)) => snippet(template, &function.name),
            _ => String::new(),
        },
    })
}

/// The name in the stack of a function that the template names: `3-three`.
fn other_name<'a>(stack: &Stack, function: &'a Resource) -> Option<&'a str> {
    let name = name_in_stack(&stack.name, &function.physical_id);
    let is_made_up = name.starts_with(&function.logical_id);
    (name != function.physical_id && !is_made_up).then_some(name)
}

fn mismatch(mismatch: Mismatch) -> DeployError {
    Box::new(mismatch).into()
}

/// The parameter and the resource of a function, in the language of `template`.
fn snippet(template: &str, function: &str) -> String {
    let parameter = code_parameter(function);
    let resource = parameter.trim_end_matches(CODE);
    if template.trim_start().starts_with('{') {
        let name = format!("${{AWS::StackName}}-{function}");
        let snippet = json!({
            "Parameters": { &parameter: { "Type": "String" } },
            "Resources": { resource: {
                "Type": FUNCTION,
                "Properties": {
                    "FunctionName": { "Fn::Sub": name },
                    "Runtime": RUNTIME,
                    "Handler": "bootstrap",
                    "Code": { "S3Bucket": { "Ref": "ArtifactBucket" }, "S3Key": { "Ref": &parameter } },
                    "Role": { "Fn::GetAtt": ["Role", "Arn"] },
                },
            } },
        });
        return format!("{snippet:#}");
    }
    let role = template.lines().map(str::trim);
    let mut role = role.filter(|line| line.starts_with("Role: !GetAtt "));
    let role = role.next().unwrap_or("Role: !GetAtt Role.Arn");
    format!(
        "\
Parameters:
  {parameter}:
    Type: String
Resources:
  {resource}:
    Type: {FUNCTION}
    Properties:
      FunctionName: !Sub ${{AWS::StackName}}-{function}
      Runtime: {RUNTIME}
      Handler: bootstrap
      Code:
        S3Bucket: !Ref ArtifactBucket
        S3Key: !Ref {parameter}
      {role}"
    )
}

/// The name of the function in `template` whose code has this parameter: `03-night-turn`.
fn name_in(template: &str, parameter: &str) -> Option<String> {
    let words = template.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    let mut names = words.map(|word| word.trim_matches('-'));
    let is_it = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_digit()) && code_parameter(name) == parameter
    };
    names.find(is_it).map(str::to_owned)
}

/// `night-turn` of `NightTurnCode`.
fn in_kebab_case(parameter: &str) -> String {
    let mut words = String::new();
    for letter in parameter.trim_end_matches(CODE).chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
#[path = "mismatch_tests.rs"]
mod tests;
