//! What a stack's definition asks for: its template with its parameters, ready to be evaluated.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::resources::{ResourceType, read, with_tags};
use super::super::stack::{Definition, Policies, Stack};
use super::super::template::{Output, Plan, Pseudo, Reference, Template};
use crate::fault::Fault;
use crate::{ACCOUNT, REGION};

#[derive(Debug, Default)]
pub struct DesiredState {
    plan: Option<Plan>,
    resources: BTreeMap<String, DesiredResource>,
}

/// A resource that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct DesiredResource {
    pub kind: String,
    pub policies: Policies,
}

impl DesiredState {
    pub fn of(stack: &Stack, text: &str) -> Result<Self, Fault> {
        let template = Template::parse(text)?;
        Self::new(&template, &stack.definition, &stack.name, &stack.id)
    }

    pub fn new(
        template: &Template,
        definition: &Definition,
        name: &str,
        id: &str,
    ) -> Result<Self, Fault> {
        let pseudo = Pseudo {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            stack_id: id.to_owned(),
            stack_name: name.to_owned(),
            notification_arns: definition.notification_arns.clone(),
        };
        let plan = template.plan(definition.values(template)?, pseudo)?;
        let resources = plan.resources.iter().map(|(logical_id, resource)| {
            let policies = Policies {
                depends_on: resource.depends_on.clone(),
                deletion_policy: resource.deletion_policy,
                update_replace_policy: resource.update_replace_policy,
                metadata: resource.metadata.clone(),
            };
            let kind = resource.kind.clone();
            (logical_id.clone(), DesiredResource { kind, policies })
        });
        Ok(Self {
            resources: resources.collect(),
            plan: Some(plan),
        })
    }

    pub fn resources(&self) -> &BTreeMap<String, DesiredResource> {
        &self.resources
    }

    pub fn evaluated(
        &self,
        logical_id: &str,
        resolver: &dyn Fn(Reference<'_>) -> Result<Value, String>,
    ) -> Result<Value, String> {
        match &self.plan {
            Some(plan) => plan.properties(logical_id, resolver),
            None => Err(format!("resource {logical_id} has no plan")),
        }
    }

    pub fn outputs(
        &self,
        resolver: &dyn Fn(Reference<'_>) -> Result<Value, String>,
    ) -> Result<Vec<Output>, String> {
        match &self.plan {
            Some(plan) => plan.outputs(resolver),
            None => Ok(Vec::new()),
        }
    }
}

/// Evaluated properties as a resource of that type takes them, with the tags of the stack.
pub fn properties(
    kind: &dyn ResourceType,
    evaluated: &Value,
    definition: &Definition,
) -> Result<Value, String> {
    let properties = read(kind.properties(), evaluated)?;
    if let Some(refusal) = kind.refusal(&properties) {
        return Err(refusal);
    }
    Ok(if kind.takes_tags() {
        with_tags(properties, &definition.tags)
    } else {
        properties
    })
}
