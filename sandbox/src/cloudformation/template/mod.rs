//! CloudFormation's template language, as far as it is a language: text in, a desired state out. Nothing here
//! knows a stack, a service or a resource type.
//!
//! [`Template::parse`] reads the text ([`reading`]), expands transforms ([`transform`]) and checks
//! everything that holds whatever the parameters are ([`sections`], [`references`]). With parameters
//! ([`parameters`]), [`Template::desired_state`] decides the conditions and says which resources are wanted and
//! what each waits for ([`desired_state`]). Properties and outputs are evaluated when what they refer to is
//! there ([`evaluate`]).
//!
//! Messages are AWS's own where those are known, with the place in the template added.

mod capabilities;
mod conditions;
mod constraints;
mod desired_state;
mod evaluate;
mod intrinsic;
mod order;
mod parameters;
mod path;
mod policies;
mod pseudo;
mod reading;
mod references;
mod scope;
mod sections;
mod sub;
mod transform;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use capabilities::Capability;
pub use desired_state::{DesiredResource, DesiredResources, DesiredState, Output, Source};
pub use evaluate::Reference;
pub use parameters::{Given, Parameter, check_parameter};
pub use policies::{Policies, Retention};
pub use pseudo::Pseudo;
pub use reading::read;

use super::fault::invalid;
use crate::fault::Fault;
use path::Path;

/// A template that was read, expanded and checked.
#[derive(Clone, Debug)]
pub struct Template {
    /// As CloudFormation processes it: long forms of the functions, transforms expanded.
    pub body: Value,
    pub description: Option<String>,
    pub parameters: BTreeMap<String, Parameter>,
    /// The transforms it asked for.
    pub transforms: Vec<String>,
}

impl Template {
    /// Reads a template in YAML or JSON. The size of the text is for the caller to limit.
    pub fn parse(body: &str) -> Result<Self, Fault> {
        Self::read(body).map_err(refused)
    }

    fn read(body: &str) -> Result<Self, String> {
        let body = read(body)?;
        let transforms = transform::names(&body)?;
        sections::check(&body, transform::section(&transforms))?;
        let body = transform::expand(body, &transforms)?;
        sections::count(&body)?;
        references::check(&body, transform::extends_the_language(&transforms))?;
        let declared = body.get("Conditions").and_then(Value::as_object);
        declared.map_or(Ok(()), conditions::check)?;
        let section = Path::section("Parameters");
        let mut parameters = BTreeMap::new();
        for (name, declared) in sections::entries(&body, "Parameters") {
            if let Some(declared) = declared.as_object() {
                let parameter = Parameter::read(declared, &section.key(name))?;
                parameters.insert(name.clone(), parameter);
            }
        }
        let description = body.get("Description").and_then(Value::as_str);
        Ok(Self {
            description: description.map(str::to_owned),
            parameters,
            transforms,
            body,
        })
    }

    /// What the transforms made of it: without them, and without those of their functions whose value
    /// is known.
    pub fn processed(&self) -> Value {
        let mut body = self.body.clone();
        if let Value::Object(sections) = &mut body {
            sections.remove("Transform");
        }
        if transform::extends_the_language(&self.transforms) {
            transform::resolve_extensions(&mut body);
        }
        body
    }

    /// What a request has to acknowledge.
    pub fn capabilities(&self) -> Vec<Capability> {
        capabilities::needed(&self.body, &self.transforms)
    }

    /// Refuses when `given` leaves out a capability that the template needs.
    pub fn require_capabilities(&self, given: &[String]) -> Result<(), Fault> {
        let missing = self.capabilities().into_iter();
        let missing = missing.filter(|needed| !needed.is_in(given));
        let missing = Vec::from_iter(missing.map(|needed| needed.name));
        if missing.is_empty() {
            return Ok(());
        }
        Err(Fault::invalid(
            "InsufficientCapabilitiesException",
            format!("Requires capabilities : [{}]", missing.join(", ")),
        ))
    }

    /// The types of its resources, each once.
    pub fn resource_types(&self) -> BTreeSet<&str> {
        sections::entries(&self.body, "Resources")
            .filter_map(|(_, declared)| declared["Type"].as_str())
            .collect()
    }

    /// What `Ref` is of each parameter: a string, or a list of strings. `given` is what the request
    /// says; the defaults say the rest.
    pub fn resolve_parameters(
        &self,
        given: &BTreeMap<String, Given>,
    ) -> Result<BTreeMap<String, Value>, Fault> {
        parameters::resolve(&self.parameters, given).map_err(refused)
    }

    /// `parameters` come from [`Template::resolve_parameters`].
    pub fn desired_state(
        &self,
        parameters: BTreeMap<String, Value>,
        pseudo: Pseudo,
    ) -> Result<DesiredState, Fault> {
        DesiredState::of(&self.body, parameters, pseudo).map_err(refused)
    }
}

/// A message quotes the template, which may have names of any length.
const MAX_MESSAGE: usize = 4096;

fn refused(mut message: String) -> Fault {
    if message.len() > MAX_MESSAGE {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE));
        message.push('…');
    }
    invalid(message)
}
