//! What a stack was asked to be: the template, and what came with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cloudformation::template::{Given, Template};
use crate::fault::Fault;
use crate::store::Record;

/// The template's text is kept beside it: it is long, and a stack is written often.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Definition {
    /// The number of the [`TemplateBody`] of this stack.
    #[serde(alias = "text")]
    pub template: u64,
    pub description: Option<String>,
    /// As they were given, or the template's defaults.
    pub parameters: BTreeMap<String, String>,
    /// The parameters that nobody is to see.
    pub secret: BTreeSet<String>,
    pub tags: BTreeMap<String, String>,
    pub capabilities: Vec<String>,
    pub notification_arns: Vec<String>,
    pub role_arn: Option<String>,
    /// `STANDARD` or `EXPRESS`.
    pub mode: Option<String>,
}

/// A template's text, under the stack's [`key`](super::Stack::key) and its number.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct TemplateBody(pub String);

impl Record for TemplateBody {
    const KIND: &'static str = "cloudformation.template";
}

impl Definition {
    /// The parameters with their values, as the template reads them.
    pub fn values(&self, template: &Template) -> Result<BTreeMap<String, Value>, Fault> {
        let given = self
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), Given::Value(value.clone())));
        template.resolve_parameters(&given.collect())
    }

    /// As the operations that describe stacks and change sets show them.
    pub fn shown_parameters(&self) -> Value {
        let shown = |(name, value): (&String, &String)| {
            let value = if self.secret.contains(name) {
                "****"
            } else {
                value
            };
            json!({ "ParameterKey": name, "ParameterValue": value })
        };
        self.parameters.iter().map(shown).collect()
    }

    /// The values of the parameters that nobody is to see.
    pub fn secrets(&self) -> impl Iterator<Item = &String> {
        let names = self.secret.iter();
        names.filter_map(|name| self.parameters.get(name))
    }

    pub fn shown_tags(&self) -> Value {
        self.tags
            .iter()
            .map(|(key, value)| json!({ "Key": key, "Value": value }))
            .collect()
    }
}
