//! What a template asks for, with its parameters given: the resources that are wanted, what each has
//! to wait for, and how their properties come about.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::conditions;
use super::evaluate::{Evaluation, Resolver, text};
use super::intrinsic::Intrinsic;
use super::order::{Needs, order};
use super::parameters::string;
use super::path::Path;
use super::pseudo::Pseudo;
use super::references::unresolved;
use super::retention::Retention;
use super::scope::Scope;
use super::sections::{depends_on, entries};
use super::sub::Piece;
use super::walk::calls;

#[derive(Clone, Debug)]
pub struct Plan {
    /// By logical id; those only whose condition holds.
    pub resources: BTreeMap<String, Resource>,
    /// By name; those only whose condition holds.
    outputs: BTreeMap<String, Value>,
    scope: Scope,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// `AWS::Lambda::Function`, say.
    pub kind: String,
    /// As in the template; see [`Plan::properties`].
    pub properties: Value,
    /// The resources that have to be there first: those of `DependsOn` and those that the properties
    /// refer to.
    pub depends_on: BTreeSet<String>,
    pub deletion_policy: Retention,
    pub update_replace_policy: Retention,
    pub metadata: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    /// The name under which other stacks can import the value.
    pub export: Option<String>,
}

impl Plan {
    /// Plans `body`, a template that was checked.
    pub fn make(
        body: &Value,
        parameters: BTreeMap<String, Value>,
        pseudo: Pseudo,
    ) -> Result<Self, String> {
        let section = |name| body.get(name).and_then(Value::as_object).cloned();
        let mut scope = Scope {
            parameters,
            pseudo,
            mappings: section("Mappings").unwrap_or_default(),
            conditions: BTreeMap::new(),
        };
        let declared = section("Conditions").unwrap_or_default();
        conditions::decide(&declared, &mut scope)?;
        let mut plan = Self {
            resources: BTreeMap::new(),
            outputs: BTreeMap::new(),
            scope,
        };
        plan.take_resources(body)?;
        plan.take_outputs(body)?;
        plan.no_circles()?;
        Ok(plan)
    }

    /// The properties of a resource with all their functions evaluated. `resolver` answers for the
    /// resources that are there already.
    pub fn properties(&self, id: &str, resolver: &Resolver) -> Result<Value, String> {
        let resource = self.resources.get(id);
        let resource = resource.ok_or_else(|| format!("the template has no resource {id}"))?;
        let section = Path::section("Resources");
        let path = section.key(id);
        let evaluation = Evaluation::new(&self.scope, resolver);
        let properties = evaluation.value(&resource.properties, &path.key("Properties"))?;
        Ok(properties.unwrap_or_else(|| Map::new().into()))
    }

    pub fn outputs(&self, resolver: &Resolver) -> Result<Vec<Output>, String> {
        let section = Path::section("Outputs");
        let outputs = self.outputs.iter();
        let outputs = outputs.map(|(key, declared)| {
            let path = section.key(key);
            let evaluation = Evaluation::new(&self.scope, resolver);
            let value = evaluation.value(&declared["Value"], &path)?;
            let value = value.as_ref().and_then(text).ok_or_else(|| {
                format!(
                    "Template format error: Output {key} is malformed. The Value field of every \
                     Outputs member must evaluate to a String."
                )
            })?;
            let export = declared.get("Export").and_then(|export| export.get("Name"));
            let export = export
                .map(|name| evaluation.text(name, &path, "the name of an export"))
                .transpose()?;
            Ok(Output {
                key: key.clone(),
                value,
                description: declared["Description"].as_str().map(str::to_owned),
                export,
            })
        });
        outputs.collect()
    }

    fn wanted(&self, declared: &Value) -> Result<bool, String> {
        let condition = declared.get("Condition").and_then(Value::as_str);
        condition.map_or(Ok(true), |name| self.scope.holds(name))
    }

    fn take_resources(&mut self, body: &Value) -> Result<(), String> {
        let section = Path::section("Resources");
        let mut present = BTreeSet::new();
        for (id, declared) in entries(body, "Resources") {
            if self.wanted(declared)? {
                present.insert(id.as_str());
            }
        }
        for (id, declared) in entries(body, "Resources") {
            if !present.contains(id.as_str()) {
                continue;
            }
            let path = section.key(id);
            let properties = declared.get("Properties");
            let properties = properties.cloned().unwrap_or_else(|| Map::new().into());
            let needed = self.needed(&properties, &path.key("Properties"))?;
            all_present("Resources", &present, &needed, &path)?;
            let mut depends_on: BTreeSet<String> = depends_on(declared, &path)?
                .into_iter()
                // A resource that its condition leaves out is nothing to wait for.
                .filter(|name| present.contains(name))
                .map(str::to_owned)
                .collect();
            depends_on.extend(needed);
            let resource = Resource {
                kind: declared["Type"].as_str().unwrap_or_default().to_owned(),
                properties,
                depends_on,
                deletion_policy: Retention::read(declared, Retention::DELETION, &path)?,
                update_replace_policy: Retention::read(declared, Retention::REPLACEMENT, &path)?,
                metadata: declared.get("Metadata").cloned(),
            };
            self.resources.insert(id.clone(), resource);
        }
        Ok(())
    }

    fn take_outputs(&mut self, body: &Value) -> Result<(), String> {
        let section = Path::section("Outputs");
        let present = self.resources.keys().map(String::as_str).collect();
        let mut outputs = BTreeMap::new();
        for (name, declared) in entries(body, "Outputs") {
            if !self.wanted(declared)? {
                continue;
            }
            let path = section.key(name);
            string(
                declared.as_object().unwrap_or(&Map::new()),
                "Description",
                &path,
            )?;
            all_present("Outputs", &present, &self.needed(declared, &path)?, &path)?;
            outputs.insert(name.clone(), declared.clone());
        }
        self.outputs = outputs;
        Ok(())
    }

    /// The resources that `value` refers to, with the conditions as they are.
    fn needed(&self, value: &Value, path: &Path) -> Result<BTreeSet<String>, String> {
        let mut needed = BTreeSet::new();
        calls(value, path, Some(&self.scope.conditions), &mut |_, call| {
            match call {
                Intrinsic::Ref(name) if self.scope.get(name).is_none() => {
                    needed.insert((*name).to_owned());
                }
                Intrinsic::GetAtt { resource, .. } => {
                    needed.insert((*resource).to_owned());
                }
                Intrinsic::Sub { pieces, variables } => {
                    let own = |name: &str| variables.is_some_and(|own| own.contains_key(name));
                    needed.extend(pieces.iter().filter_map(|piece| match piece {
                        Piece::Name(name) if !own(name) && self.scope.get(name).is_none() => {
                            Some((*name).to_owned())
                        }
                        Piece::Attribute {
                            whole, resource, ..
                        } if !own(whole) => Some((*resource).to_owned()),
                        _ => None,
                    }));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(needed)
    }

    fn no_circles(&self) -> Result<(), String> {
        let needs: Needs = self
            .resources
            .iter()
            .map(|(id, resource)| (id.clone(), resource.depends_on.clone()))
            .collect();
        order(&needs).map(|_| ()).map_err(|circle| {
            format!(
                "Circular dependency between resources: [{}]",
                circle.join(", ")
            )
        })
    }
}

fn all_present(
    section: &str,
    present: &BTreeSet<&str>,
    needed: &BTreeSet<String>,
    path: &Path,
) -> Result<(), String> {
    let missing = needed.iter().map(String::as_str);
    let missing: Vec<&str> = missing.filter(|name| !present.contains(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(path.wrong(unresolved(section, &missing.join(", "))))
}
