//! Functions and values that only some of package, template and stack have, and what to add where. Pure.

use std::fmt;

use serde_json::Value;

use super::declared::{Declared, Named, functions};
use super::parameters::example;
use super::snippet::Snippets;
use super::template::Template;
use super::template_values::Values;
use super::{ARCHITECTURE, ARTIFACT_BUCKET, CODE, DeployError};
use crate::bundle::{Function, Project, shown};
use crate::cloud::NamedValues;
use crate::names::{code_parameter, function_name, name_in_stack};
use crate::wording::nearest;

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

fn mismatch(message: String, hints: Vec<String>, snippet: String) -> DeployError {
    Box::new(Mismatch {
        message,
        hints,
        snippet,
    })
    .into()
}

/// Nobody has said what a parameter is.
fn no_value(parameter: &str, declaration: &Value) -> DeployError {
    let description = declaration["Description"].as_str();
    let description = description.map(|text| format!(" ({text})"));
    let message = format!(
        "the template needs a value for its parameter {parameter}{}",
        description.unwrap_or_default()
    );
    let value = example(parameter, declaration);
    let hint = format!("run `mafia deploy -p {parameter}={value}`");
    mismatch(message, vec![hint], String::new())
}

/// A package and the template of its stack.
pub(super) struct Fit<'a> {
    project: &'a Project,
    snippets: Snippets<'a>,
    file: String,
    stack: &'a str,
    declared: Vec<Declared<'a>>,
    /// The parameters that have a value already.
    values: &'a NamedValues,
}

/// An error that names the first thing that the package or the template lacks. `values` are the
/// parameters that are given or that the stack has. What the template means where it cannot be read is
/// left to CloudFormation.
pub(super) fn check(
    project: &Project,
    template: &Template,
    stack: &str,
    values: &NamedValues,
) -> Result<(), DeployError> {
    if !template.is_readable() {
        return Ok(());
    }
    let fit = Fit::of(project, template, stack, values);
    fit.check_declared()?;
    for function in &project.functions {
        fit.check_function(function)?;
    }
    fit.check_parameters()
}

/// The same for the template alone: an error when it uses a parameter for code that it does not have.
pub(super) fn check_declared(
    project: &Project,
    template: &Template,
    stack: &str,
    values: &NamedValues,
) -> Result<(), DeployError> {
    Fit::of(project, template, stack, values).check_declared()
}

impl<'a> Fit<'a> {
    fn of(
        project: &'a Project,
        template: &'a Template,
        stack: &'a str,
        values: &'a NamedValues,
    ) -> Self {
        Self {
            project,
            snippets: Snippets { template },
            file: shown(&project.template).to_string(),
            stack,
            declared: functions(template, &Values::new(template, stack, values)),
            values,
        }
    }

    fn template(&self) -> &'a Template {
        self.snippets.template
    }

    fn function_of(&self, parameter: &str) -> Option<&'a Function> {
        let mut functions = self.project.functions.iter();
        functions.find(|function| code_parameter(&function.name) == parameter)
    }

    fn is_called(&self, declared: &Declared<'_>, function: &Function) -> bool {
        declared.name == Named::Is(function_name(self.stack, &function.name))
    }

    /// Each function's parameter for its code exists.
    fn check_declared(&self) -> Result<(), DeployError> {
        for declared in &self.declared {
            let Some(code) = declared.code else { continue };
            let exists = ["Parameters", "Resources"];
            if exists
                .iter()
                .all(|it| self.template().section_item(it, code).is_none())
            {
                return Err(mismatch(
                    format!(
                        "the function {} in the template `{}` has its code from the parameter \
                         {code}, but the template has no such parameter",
                        declared.logical_id, self.file
                    ),
                    vec![format!("add this to `{}`", self.file)],
                    self.snippets.parameter(code),
                ));
            }
        }
        Ok(())
    }

    /// The template has the function, with its name and its parameter.
    fn check_function(&self, function: &Function) -> Result<(), DeployError> {
        let parameter = code_parameter(&function.name);
        let named = self.declared.iter().find(|it| self.is_called(it, function));
        if let Some(named) = named {
            return if named.code == Some(&parameter) {
                Ok(())
            } else {
                Err(self.other_code(function, named, &parameter))
            };
        }
        let is_another = |it: &&Declared<'_>| {
            let mut others = self.project.functions.iter();
            others.any(|other| self.is_called(it, other))
        };
        let mut with_code = self.declared.iter().filter(|it| !is_another(it));
        match with_code.find(|it| it.code == Some(&parameter)) {
            Some(declared) if declared.name == Named::Unknown => Ok(()),
            Some(declared) => Err(self.other_name(function, declared)),
            None if self.template().declares(&parameter) => {
                Err(self.no_resource(function, &parameter))
            }
            None => Err(self.no_parameter(function, &parameter)),
        }
    }

    fn no_parameter(&self, function: &Function, parameter: &str) -> DeployError {
        let codes = self
            .template()
            .section("Parameters")
            .map(|(name, _)| name.as_str());
        let codes = codes.filter(|name| name.ends_with(CODE) && self.function_of(name).is_none());
        let meant = nearest(parameter, codes).map(|meant| {
            format!(
                "the template has the parameter {meant}: did you mean another function name in `{}`?",
                shown(&self.project.manifest)
            )
        });
        let add = format!(
            "add this to `{}`, with the settings and permissions that the function needs",
            self.file
        );
        mismatch(
            format!(
                "the template `{}` has no function {} with the parameter {parameter} for its code",
                self.file, function.name
            ),
            meant
                .into_iter()
                .chain([add, format!("or {}", self.how_to_unlist(function))])
                .chain([or_let_add(&function.binary)])
                .collect(),
            self.snippets.function(&function.name, parameter),
        )
    }

    fn how_to_unlist(&self, function: &Function) -> String {
        format!(
            "remove `{}` from `[package.metadata.mafia.functions]` in `{}`",
            function.binary,
            shown(&self.project.manifest)
        )
    }

    fn no_resource(&self, function: &Function, parameter: &str) -> DeployError {
        mismatch(
            format!(
                "there is no function {}: the template has its parameter {parameter}, but not the \
                 function",
                function.name
            ),
            vec![
                format!("add the resource to `{}`", self.file),
                format!(
                    "or {}, and the parameter {parameter} from `{}`",
                    self.how_to_unlist(function),
                    self.file
                ),
                or_let_add(&function.binary),
            ],
            self.snippets.function(&function.name, parameter),
        )
    }

    fn other_name(&self, function: &Function, declared: &Declared<'_>) -> DeployError {
        let Declared {
            logical_id, name, ..
        } = declared;
        let given = format!(
            "give the resource {logical_id} in `{}` this name: `{}`",
            self.file,
            self.snippets.name_line(&function.name)
        );
        let (is_called, other) = match name {
            Named::Is(name) => {
                let in_stack = name_in_stack(self.stack, name);
                let line = format!("`{} = \"{in_stack}\"`", function.binary);
                let write = format!("or write {line} in `{}`", shown(&self.project.manifest));
                (
                    format!("is called {name}"),
                    (in_stack != name).then_some(write),
                )
            }
            _ => ("has no FunctionName".to_owned(), None),
        };
        mismatch(
            format!(
                "the template has no function called {}: its function {logical_id} {is_called}",
                function_name(self.stack, &function.name)
            ),
            [given].into_iter().chain(other).collect(),
            String::new(),
        )
    }

    fn other_code(
        &self,
        function: &Function,
        declared: &Declared<'_>,
        parameter: &str,
    ) -> DeployError {
        let from = match declared.code {
            Some(code) => format!("from the parameter {code}"),
            None => "from elsewhere".to_owned(),
        };
        let line = self.snippets.code_line(declared.code_key(), parameter);
        let logical_id = declared.logical_id;
        let write = format!(
            "write `{line}` in the resource {logical_id} in `{}`",
            self.file
        );
        let (hint, snippet) = if self.template().declares(parameter) {
            (write, String::new())
        } else {
            (
                format!("{write}, and add this"),
                self.snippets.parameter(parameter),
            )
        };
        mismatch(
            format!(
                "the function {} in the template `{}` has its code {from}, not from {parameter}",
                function.name, self.file
            ),
            vec![hint],
            snippet,
        )
    }

    /// Each parameter that is used has a value, or for code a function of the package.
    fn check_parameters(&self) -> Result<(), DeployError> {
        for (parameter, declaration) in self.template().section("Parameters") {
            let is_set = [ARTIFACT_BUCKET, ARCHITECTURE].contains(&parameter.as_str())
                || declaration.get("Default").is_some()
                || self.values.contains_key(parameter);
            let is_code = parameter.ends_with(CODE);
            if !is_set && !is_code && self.template().uses(parameter) {
                return Err(no_value(parameter, declaration));
            }
            if !is_set && is_code && self.function_of(parameter).is_none() {
                return Err(self.no_function(parameter));
            }
        }
        Ok(())
    }

    /// The package has no function for a parameter of the template.
    fn no_function(&self, parameter: &str) -> DeployError {
        let project = self.project;
        let declared = self.declared.iter().find(|it| it.code == Some(parameter));
        let mut unlisted = project.unlisted.iter();
        let built = unlisted.find(|binary| code_parameter(binary) == parameter);
        let binary = built.cloned().unwrap_or_else(|| in_kebab_case(parameter));
        let name = match declared.map(|it| &it.name) {
            Some(Named::Is(name)) => name_in_stack(self.stack, name).to_owned(),
            _ => project.suggested_name(&binary),
        };
        let list = project.how_to_list(&binary, &name);
        let list = match built {
            Some(_) => list,
            None => format!("write the program `src/bin/{binary}.rs`, and {list}"),
        };
        let is_taken = project
            .functions
            .iter()
            .any(|it| it.binary == binary || it.name == name);
        let remove = match declared {
            Some(it) => format!(
                "remove the function {} and the parameter {parameter}",
                it.logical_id
            ),
            None => format!("remove the parameter {parameter}"),
        };
        let set = format!(
            "or, if {parameter} is not for code, set it with --parameter {parameter}=VALUE"
        );
        let list = (!is_taken && !binary.is_empty()).then_some(list);
        let or = if list.is_some() { "or " } else { "" };
        let remove = format!("{or}{remove} from `{}`", self.file);
        let add = list.is_some().then(|| or_let_add(&binary));
        let hints = list.into_iter().chain([remove, set]).chain(add);
        mismatch(
            format!(
                "the template `{}` needs code for its parameter {parameter}, but no function of \
                 the package has it",
                self.file
            ),
            hints.collect(),
            String::new(),
        )
    }
}

/// Why a stack lacks a function though nothing is known to be missing. `template` is `None` when only
/// code is deployed.
pub(super) fn missing_function(
    project: &Project,
    template: Option<&Template>,
    stack: &str,
    function: &Function,
) -> DeployError {
    match template {
        Some(template) => mismatch(
            format!(
                "stack {stack} has no function called {}",
                function_name(stack, &function.name)
            ),
            vec![format!(
                "give the function with the parameter {} in `{}` this name: `{}`",
                code_parameter(&function.name),
                shown(&project.template),
                Snippets { template }.name_line(&function.name)
            )],
            String::new(),
        ),
        None => mismatch(
            format!("stack {stack} has no function {} yet", function.name),
            vec!["run `mafia deploy` without a function's name to update the stack".to_owned()],
            String::new(),
        ),
    }
}

fn or_let_add(binary: &str) -> String {
    format!("or run `mafia add {binary}`, which adds what is missing")
}

/// `night-turn` of `NightTurnCode`.
fn in_kebab_case(parameter: &str) -> String {
    let mut words = String::new();
    for letter in parameter.strip_suffix(CODE).unwrap_or(parameter).chars() {
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
#[cfg(test)]
#[path = "mismatch_work_tests.rs"]
mod work_tests;
