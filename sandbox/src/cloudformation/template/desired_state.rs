//! What a template asks for, with its parameters given: resources, the order in which they have to be
//! created, and how their properties are evaluated.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::conditions;
use super::evaluate::{Evaluation, Reference, Resolver, text};
use super::intrinsic::{Attribute, Intrinsic};
use super::order::{Needs, order};
use super::parameters::string;
use super::path::Path;
use super::policies::{Policies, Retention};
use super::pseudo::Pseudo;
use super::references::unresolved;
use super::scope::Scope;
use super::sections::{depends_on, entries};
use super::sub::Piece;
use super::walk::calls;

/// By logical id.
pub type DesiredResources = BTreeMap<String, DesiredResource>;

#[derive(Clone, Debug, Default)]
pub struct DesiredState {
    /// Those whose condition holds.
    pub resources: DesiredResources,
    /// Their logical ids, each after those that it depends on.
    order: Vec<String>,
    /// By name; those whose condition holds.
    outputs: BTreeMap<String, Value>,
    scope: Scope,
}

/// What a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Parameter(String),
    /// The physical id of the resource with this logical id.
    Resource(String),
    /// Logical id and attribute.
    Attribute(String, String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct DesiredResource {
    /// Its type, such as `AWS::Lambda::Function`.
    pub kind: String,
    /// As in the template; see [`DesiredState::properties`].
    properties: Value,
    pub policies: Policies,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    /// The name under which other stacks can import the value.
    pub export: Option<String>,
}

impl DesiredState {
    /// The desired state of `body`, a template that was checked.
    pub fn of(
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
        let mut desired_state = Self {
            resources: BTreeMap::new(),
            order: Vec::new(),
            outputs: BTreeMap::new(),
            scope,
        };
        desired_state.take_resources(body)?;
        desired_state.take_outputs(body)?;
        desired_state.put_in_order()?;
        Ok(desired_state)
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

    /// The metadata of a resource with all its functions evaluated.
    pub fn metadata(&self, id: &str, resolver: &Resolver) -> Result<Option<Value>, String> {
        let resource = self.resources.get(id);
        let Some(metadata) = resource.and_then(|it| it.policies.metadata.as_ref()) else {
            return Ok(None);
        };
        let section = Path::section("Resources");
        let path = section.key(id);
        Evaluation::new(&self.scope, resolver).value(metadata, &path.key("Metadata"))
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

    /// Refuses names of exports that cannot be, or that several outputs have. What depends on resources is
    /// not known yet.
    pub fn check_exports(&self) -> Result<(), String> {
        let mut names = BTreeMap::new();
        let section = Path::section("Outputs");
        let unknown = |_: Reference<'_>| Err(String::new());
        for (key, declared) in &self.outputs {
            let Some(name) = declared.get("Export").and_then(|export| export.get("Name")) else {
                continue;
            };
            let path = section.key(key);
            let evaluation = Evaluation::new(&self.scope, &unknown);
            let Ok(name) = evaluation.text(name, &path, "the name of an export") else {
                continue;
            };
            if !is_export_name(&name) {
                return Err(format!(
                    "Template format error: Output {key} is malformed. The Name field of every \
                     Export member must be specified and consist only of alphanumeric characters, \
                     colons, or hyphens."
                ));
            }
            if let Some(other) = names.insert(name.clone(), key) {
                return Err(format!(
                    "Template format error: Outputs {other} and {key} have the same export name {name}"
                ));
            }
        }
        Ok(())
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
            let resource = DesiredResource {
                kind: declared["Type"].as_str().unwrap_or_default().to_owned(),
                properties,
                policies: Policies {
                    depends_on,
                    deletion_policy: Retention::read(declared, Retention::DELETION, &path)?,
                    update_replace_policy: Retention::read(
                        declared,
                        Retention::REPLACEMENT,
                        &path,
                    )?,
                    metadata: declared.get("Metadata").cloned(),
                },
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

    /// What the property of a resource takes its value from.
    pub fn sources(&self, id: &str, property: &str) -> BTreeSet<Source> {
        let value = self.resources.get(id).map(|it| &it.properties[property]);
        let path = Path::section("Resources");
        // What cannot be read was refused before.
        let sources = value.map(|value| self.sources_of(value, &path));
        sources.and_then(Result::ok).unwrap_or_default()
    }

    /// The resources that `value` refers to, with the conditions as they are.
    fn needed(&self, value: &Value, path: &Path) -> Result<BTreeSet<String>, String> {
        let resource = |source| match source {
            Source::Parameter(_) => None,
            Source::Resource(id) | Source::Attribute(id, _) => Some(id),
        };
        let sources = self.sources_of(value, path)?;
        Ok(sources.into_iter().filter_map(resource).collect())
    }

    fn sources_of(&self, value: &Value, path: &Path) -> Result<BTreeSet<Source>, String> {
        let mut sources = BTreeSet::new();
        let conditions = Some(&self.scope.conditions);
        calls(value, path, conditions, &mut |_, call| {
            match call {
                Intrinsic::Ref(name) => sources.extend(self.named(name)),
                Intrinsic::GetAtt {
                    resource,
                    attribute,
                } => {
                    let name = match attribute {
                        Attribute::Name(name) => *name,
                        Attribute::Computed(_) => "",
                    };
                    sources.insert(Source::Attribute((*resource).to_owned(), name.to_owned()));
                }
                Intrinsic::Sub { pieces, variables } => {
                    let own = |name: &str| variables.is_some_and(|own| own.contains_key(name));
                    sources.extend(pieces.iter().filter_map(|piece| match piece {
                        Piece::Name(name) if !own(name) => self.named(name),
                        Piece::Attribute {
                            whole,
                            resource,
                            attribute,
                        } if !own(whole) => Some(Source::Attribute(
                            (*resource).to_owned(),
                            (*attribute).to_owned(),
                        )),
                        _ => None,
                    }));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(sources)
    }

    /// What `Ref` of that name refers to; nothing if it is a pseudo parameter.
    fn named(&self, name: &str) -> Option<Source> {
        if self.scope.parameters.contains_key(name) {
            return Some(Source::Parameter(name.to_owned()));
        }
        let is_resource = self.scope.get(name).is_none();
        is_resource.then(|| Source::Resource(name.to_owned()))
    }

    /// The resources, each after those that it depends on.
    pub fn in_order(&self) -> impl Iterator<Item = (&str, &DesiredResource)> {
        let order = self.order.iter();
        order.map(|logical_id| (logical_id.as_str(), &self.resources[logical_id]))
    }

    fn put_in_order(&mut self) -> Result<(), String> {
        let resources = self.resources.iter();
        let needs = resources.map(|(id, it)| (id.clone(), it.policies.depends_on.clone()));
        let needs: Needs = needs.collect();
        let ordered = order(&needs).map_err(|circle| {
            format!(
                "Circular dependency between resources: [{}]",
                circle.join(", ")
            )
        })?;
        self.order = ordered.into_iter().map(str::to_owned).collect();
        Ok(())
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

/// Source: "Outputs" in CloudFormation's user guide, and `ExportName` in its API model.
fn is_export_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-".contains(c);
    (1..=255).contains(&name.len()) && name.chars().all(allowed)
}
