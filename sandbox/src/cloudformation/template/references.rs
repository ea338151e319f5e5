//! Whether everything that a template refers to exists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::conditions::undefined;
use super::evaluate::OUTSIDE_CONDITIONS;
use super::intrinsic::Intrinsic;
use super::path::Path;
use super::pseudo::Pseudo;
use super::sections::{depends_on, entries};
use super::sub::Piece;
use super::walk::calls;

/// Checks the references of all sections. `extensions` says whether the template asks for
/// `AWS::LanguageExtensions`.
pub fn check(body: &Value, extensions: bool) -> Result<(), String> {
    let names = |section| {
        entries(body, section)
            .map(|(name, _)| name.as_str())
            .collect()
    };
    let mut check = Check {
        parameters: names("Parameters"),
        resources: names("Resources"),
        conditions: names("Conditions"),
        mappings: names("Mappings"),
        extensions,
        unresolved: BTreeMap::new(),
    };
    if let Some(name) = check.parameters.intersection(&check.resources).next() {
        return Err(format!(
            "Template format error: {name} is the name of both a parameter and a resource"
        ));
    }
    check.section_conditions(body)?;
    check.section_resources(body)?;
    check.section_outputs(body)
}

struct Check<'a> {
    parameters: BTreeSet<&'a str>,
    resources: BTreeSet<&'a str>,
    conditions: BTreeSet<&'a str>,
    mappings: BTreeSet<&'a str>,
    extensions: bool,
    /// Undeclared names, and where each is used first.
    unresolved: BTreeMap<&'a str, String>,
}

impl<'a> Check<'a> {
    fn section_conditions(&mut self, body: &'a Value) -> Result<(), String> {
        let section = Path::section("Conditions");
        let resources = std::mem::take(&mut self.resources);
        for (name, condition) in entries(body, "Conditions") {
            calls(
                condition,
                &section.key(name),
                None,
                &mut |path, call| match call {
                    Intrinsic::GetAtt { .. } => Err(path.wrong(
                        "Template error: Fn::GetAtt cannot be used in Conditions: they are \
                         evaluated before resources exist",
                    )),
                    Intrinsic::ImportValue(_) => {
                        Err(path
                            .wrong("Template error: Fn::ImportValue cannot be used in Conditions"))
                    }
                    call => self.call(call, path),
                },
            )?;
        }
        self.resources = resources;
        self.settle(|names| {
            format!(
                "Template format error: Unresolved dependencies [{names}]. Cannot reference \
                 resources in the Conditions block of the template"
            )
        })
    }

    fn section_resources(&mut self, body: &'a Value) -> Result<(), String> {
        let section = Path::section("Resources");
        for (id, declared) in entries(body, "Resources") {
            let path = section.key(id);
            self.condition(declared, &path)?;
            for name in depends_on(declared, &path)? {
                if !self.resources.contains(name) {
                    self.missing(name, &path.key("DependsOn"));
                }
            }
            if let Some(properties) = declared.get("Properties") {
                self.value(properties, &path.key("Properties"))?;
            }
        }
        self.settle(|names| unresolved("Resources", names))
    }

    fn section_outputs(&mut self, body: &'a Value) -> Result<(), String> {
        let section = Path::section("Outputs");
        for (name, declared) in entries(body, "Outputs") {
            let path = section.key(name);
            self.condition(declared, &path)?;
            if let Some(value) = declared.get("Value") {
                self.value(value, &path.key("Value"))?;
            }
            if let Some(export) = declared.get("Export") {
                self.value(export, &path.key("Export"))?;
            }
        }
        self.settle(|names| unresolved("Outputs", names))
    }

    fn condition(&self, declared: &Value, path: &Path) -> Result<(), String> {
        match declared.get("Condition").and_then(Value::as_str) {
            Some(name) if !self.conditions.contains(name) => Err(undefined(name, path)),
            _ => Ok(()),
        }
    }

    fn value(&mut self, value: &'a Value, path: &Path) -> Result<(), String> {
        calls(value, path, None, &mut |path, call| match call {
            Intrinsic::Equals(..) | Intrinsic::And(_) | Intrinsic::Or(_) | Intrinsic::Not(_) => {
                Err(path.wrong(OUTSIDE_CONDITIONS))
            }
            call => self.call(call, path),
        })
    }

    fn call(&mut self, call: &Intrinsic<'a>, path: &Path) -> Result<(), String> {
        match call {
            Intrinsic::Ref(name) => self.name(name, path),
            Intrinsic::GetAtt { resource, .. } if !self.resources.contains(resource) => {
                return Err(path.wrong(format!(
                    "Template error: instance of Fn::GetAtt references undefined resource \
                     {resource}"
                )));
            }
            Intrinsic::Sub { pieces, variables } => {
                let own = |name: &str| variables.is_some_and(|own| own.contains_key(name));
                for piece in pieces {
                    match piece {
                        Piece::Name(name) if !own(name) => self.name(name, path),
                        Piece::Attribute {
                            whole, resource, ..
                        } if !own(whole) && !self.resources.contains(resource) => {
                            return Err(path.wrong(format!(
                                "Template error: instance of Fn::Sub references invalid resource \
                                 attribute {whole}"
                            )));
                        }
                        _ => {}
                    }
                }
            }
            Intrinsic::If { condition, .. } if !self.conditions.contains(condition) => {
                return Err(undefined(condition, path));
            }
            Intrinsic::FindInMap { keys, default } => {
                if let Some(map) = keys[0].as_str().filter(|map| !self.mappings.contains(map))
                    && default.is_none()
                {
                    return Err(path.wrong(format!(
                        "Template error: Mapping named '{map}' is not present in the 'Mappings' \
                         section of template."
                    )));
                }
                if default.is_some() {
                    self.extension("the DefaultValue of Fn::FindInMap", path)?;
                }
            }
            Intrinsic::Length(_) => self.extension("Fn::Length", path)?,
            Intrinsic::ToJsonString(_) => self.extension("Fn::ToJsonString", path)?,
            _ => {}
        }
        Ok(())
    }

    fn extension(&self, what: &str, path: &Path) -> Result<(), String> {
        if self.extensions {
            return Ok(());
        }
        Err(path.wrong(format!(
            "Template error: {what} needs `Transform: AWS::LanguageExtensions`"
        )))
    }

    fn name(&mut self, name: &'a str, path: &Path) {
        let known = self.parameters.contains(name)
            || self.resources.contains(name)
            || Pseudo::is_name(name);
        if !known {
            self.missing(name, path);
        }
    }

    fn missing(&mut self, name: &'a str, path: &Path) {
        let first = self.unresolved.entry(name);
        first.or_insert_with(|| path.to_string());
    }

    /// Reports what was missing in a section.
    fn settle(&mut self, message: impl Fn(&str) -> String) -> Result<(), String> {
        let unresolved = std::mem::take(&mut self.unresolved);
        let Some(place) = unresolved.values().next() else {
            return Ok(());
        };
        let names = Vec::from_iter(unresolved.keys().copied()).join(", ");
        Err(format!("{} (at {place})", message(&names)))
    }
}

/// AWS's message for names that the template does not declare.
pub fn unresolved(section: &str, names: &str) -> String {
    format!(
        "Template format error: Unresolved resource dependencies [{names}] in the {section} block \
         of the template"
    )
}
