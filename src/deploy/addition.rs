//! One more function for a package: what is missing of it, and the texts with it. Pure.
//!
//! The manifest and the template are edited as texts, so that comments and layout stay. What they mean
//! then is read again: an edit that is not understood is refused.

use serde_json::Value;
use toml::de::DeTable;

use super::declared::{Declared, Named, functions};
use super::insertion::{into_json, into_table, into_yaml};
use super::snippet::{LOG_GROUP, Snippets, in_yaml};
use super::template::Template;
use super::template_values::Values;
use crate::bundle::Outline;
use crate::cloud::NamedValues;
use crate::names::{code_parameter, leading_number, log_group, name_in_stack, without_number};

/// A stack's name, for names that begin with it.
const STACK: &str = "stack";

/// A function to add to a package, or to complete in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// What the stack's name is prefixed to: `06-day-report`.
    pub name: String,
    pub binary: String,
    /// In the order in which they are written.
    pub parts: Vec<Part>,
    /// The new text of the manifest, if it changes.
    pub manifest: Option<String>,
    /// The new text of the template, if it changes.
    pub template: Option<String>,
}

/// What a function consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub kind: PartKind,
    /// Its name where it is: `DayReportCode`, or the binary's.
    pub name: String,
    /// Whether it has to be added.
    pub missing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    Program,
    Listed,
    Parameter,
    LogGroup,
    Function,
}

/// Why a function cannot be added. Each says what to add by hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdditionError {
    #[error("the layout of the template is not understood")]
    Template { snippet: String },
    #[error("the layout of the package's functions is not understood")]
    Manifest { line: String },
}

impl Addition {
    /// What the package needs for the function of this `binary`. `number` is the one that its name begins
    /// with, if somebody has said.
    pub fn of(
        outline: &Outline,
        (manifest, template): (&str, &str),
        binary: &str,
        number: Option<u32>,
    ) -> Result<Self, AdditionError> {
        let read = Template::new(template);
        let declared = functions(&read, &Values::new(&read, STACK, &NamedValues::new()));
        let name = name(outline, &declared, binary, number);
        let mut parts = Vec::new();
        let mut part = |kind, name: &str, missing| {
            parts.push(Part {
                kind,
                name: name.to_owned(),
                missing,
            });
        };
        let has_program = outline.binaries.iter().any(|it| it == binary);
        part(PartKind::Program, binary, !has_program);
        let is_listed = outline.functions.contains_key(binary);
        part(PartKind::Listed, binary, !is_listed);
        let manifest = match is_listed {
            true => None,
            false => Some(listed(manifest, binary, &name)?),
        };

        let parameter = code_parameter(&name);
        let needs_parameter = !read.declares(&parameter);
        part(PartKind::Parameter, &parameter, needs_parameter);
        let snippets = Snippets { template: &read };
        let found = declared
            .iter()
            .find(|it| is_function(it, &name, &parameter));
        let group = log_group_of(&read, &name);
        let wanted = snippets.resources(
            &name,
            &parameter,
            found.map(|it| it.logical_id),
            group.as_deref(),
        );
        if let Some(group) = group
            .as_ref()
            .or(wanted.log_group.as_ref().map(|(id, _)| id))
        {
            part(PartKind::LogGroup, group, wanted.log_group.is_some());
        }
        let id = found.map_or(wanted.function.0.as_str(), |it| it.logical_id);
        part(PartKind::Function, id, found.is_none());
        let resources = wanted.log_group.into_iter();
        let resources = resources.chain(found.is_none().then_some(wanted.function));
        let resources: Vec<(String, Value)> = resources.collect();
        let parameters = needs_parameter.then(|| (parameter.clone(), snippets.parameter_value()));
        let parameters: Vec<(String, Value)> = parameters.into_iter().collect();
        let template = match parameters.is_empty() && resources.is_empty() {
            true => None,
            false => Some(
                with_items(&snippets, &parameters, &resources).ok_or_else(|| {
                    AdditionError::Template {
                        snippet: snippets.sections(&parameters, &resources),
                    }
                })?,
            ),
        };
        Ok(Self {
            name,
            binary: binary.to_owned(),
            parts,
            manifest,
            template,
        })
    }
}

/// The function's name: the one that the package or the template has for it, or a new one.
fn name(outline: &Outline, declared: &[Declared<'_>], binary: &str, number: Option<u32>) -> String {
    if let Some(name) = outline.functions.get(binary) {
        return name.clone();
    }
    let in_template = declared.iter().filter_map(|it| match &it.name {
        Named::Is(name) => Some(name_in_stack(STACK, name)),
        _ => None,
    });
    let in_template: Vec<&str> = in_template.collect();
    let parameter = code_parameter(binary);
    let known = in_template
        .iter()
        .find(|name| code_parameter(name) == parameter);
    if let Some(known) = known.filter(|name| without_number(name).len() < name.len()) {
        return (*known).to_owned();
    }
    let names = outline
        .functions
        .values()
        .map(String::as_str)
        .chain(in_template);
    let last = names.filter_map(leading_number).max().unwrap_or_default();
    format!("{:02}-{binary}", number.unwrap_or(last + 1))
}

fn is_function(declared: &Declared<'_>, name: &str, parameter: &str) -> bool {
    let is_named = matches!(&declared.name, Named::Is(it) if name_in_stack(STACK, it) == name);
    is_named || declared.code == Some(parameter)
}

/// The logical id of the log group that the function writes to, if the template has it.
fn log_group_of(template: &Template, name: &str) -> Option<String> {
    let wanted = log_group(&format!("{STACK}-{name}"));
    let values = Values::new(template, STACK, &NamedValues::new());
    let mut resources = template.section("Resources");
    let found = resources.find(|(_, resource)| {
        let group = &resource["Properties"]["LogGroupName"];
        resource["Type"] == LOG_GROUP && values.text(group).as_deref() == Some(&wanted)
    });
    found.map(|(id, _)| id.clone())
}

/// The manifest that lists the function.
fn listed(manifest: &str, binary: &str, name: &str) -> Result<String, AdditionError> {
    let line = format!("{binary} = \"{name}\"");
    let written = into_table(manifest, "package.metadata.mafia.functions", &line);
    let says_so = |text: &String| {
        let table = DeTable::parse(text).ok();
        let value = table.as_ref().and_then(|table| {
            let mut value = table.get_ref().get("package")?;
            for key in ["metadata", "mafia", "functions", binary] {
                value = value.get_ref().as_table()?.get(key)?;
            }
            value.get_ref().as_str()
        });
        value == Some(name)
    };
    written
        .filter(says_so)
        .ok_or(AdditionError::Manifest { line })
}

/// The template with more parameters and resources, if that is what it says then.
fn with_items(
    snippets: &Snippets<'_>,
    parameters: &[(String, Value)],
    resources: &[(String, Value)],
) -> Option<String> {
    let mut text = snippets.template.text().to_owned();
    for (section, items) in [("Parameters", parameters), ("Resources", resources)] {
        for (name, value) in items {
            text = match snippets.is_json() {
                true => into_json(&text, section, name, value)?,
                false => {
                    let item = |unit: &str| format!("{unit}{name}:{}", in_yaml(value, 2, unit));
                    into_yaml(&text, section, &item)?
                }
            };
        }
    }
    let (before, after) = (snippets.template, Template::new(text.as_str()));
    let is_right = [("Parameters", parameters), ("Resources", resources)]
        .iter()
        .all(|(section, items)| {
            let mut names: Vec<&String> = items.iter().map(|(name, _)| name).collect();
            names.sort();
            let has =
                |(name, value): &(String, Value)| after.section_item(section, name) == Some(value);
            items.iter().all(has) && before.differing(section, &after).iter().eq(names)
        });
    (is_right && after.is_readable()).then_some(text)
}

#[cfg(test)]
#[path = "addition_tests.rs"]
mod tests;
