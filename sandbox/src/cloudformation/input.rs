//! What a request says a stack is to be, checked as far as it can be before anything is created.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::checks;
use super::diff::{Diff, diff};
use super::engine::{Engine, desired_state};
use super::fault::invalid;
use super::stack::{Definition, Stack, StackState};
use super::stacks::Stacks;
use super::template::{DesiredState, Given, Template};
use super::template_source::TemplateSource;
use crate::ACCOUNT;
use crate::arn::Arn;
use crate::fault::Fault;
use crate::s3::S3;
use crate::tags::{self, Tags};
use crate::wire::{self, lenient};

/// The members that the requests to create and to update stacks share.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackInput {
    #[serde(flatten)]
    source: TemplateSource,
    #[serde(default, deserialize_with = "lenient")]
    use_previous_template: Option<bool>,
    #[serde(default, deserialize_with = "wire::list")]
    parameters: Vec<Parameter>,
    #[serde(default, deserialize_with = "wire::list")]
    capabilities: Vec<String>,
    /// None keeps the tags of the stack, an empty list removes them.
    #[serde(default, deserialize_with = "optional_list")]
    tags: Option<Vec<Tag>>,
    #[serde(
        default,
        rename = "NotificationARNs",
        deserialize_with = "optional_list"
    )]
    notification_arns: Option<Vec<String>>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    deployment_config: Option<DeploymentConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    parameter_key: String,
    parameter_value: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    use_previous_value: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeploymentConfig {
    pub mode: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub disable_rollback: Option<bool>,
}

#[derive(Debug)]
pub struct CheckedInput {
    pub definition: Definition,
    pub template: String,
    pub desired_state: DesiredState,
    pub imports: BTreeSet<String>,
    pub has_transforms: bool,
    /// Whether a change set is made of it, which can be executed later.
    for_review: bool,
}

impl StackInput {
    /// What `DeploymentConfig` says of rollbacks.
    pub fn disable_rollback(&self) -> Option<bool> {
        self.deployment_config.as_ref()?.disable_rollback
    }

    /// As [`check`](Self::check), for a change set: it shows what a template's transforms make of it,
    /// which need not be acknowledged before.
    pub fn check_for_review(
        mut self,
        engine: &Engine,
        s3: &Arc<S3>,
        state: &StackState,
    ) -> Result<CheckedInput, Fault> {
        let capabilities = self.capabilities.clone();
        self.capabilities.push("CAPABILITY_AUTO_EXPAND".to_owned());
        let mut checked = self.check(engine, s3, state)?;
        checked.definition.capabilities = capabilities;
        checked.for_review = true;
        Ok(checked)
    }

    /// Reads and checks what the stack is to be; `state` is its present state.
    pub fn check(
        &self,
        engine: &Engine,
        s3: &Arc<S3>,
        state: &StackState,
    ) -> Result<CheckedInput, Fault> {
        let stack = &state.stack;
        let body = self.template(&engine.stacks, s3, stack)?;
        let template = Template::parse(&body)?;
        let definition = self.definition(&template, stack)?;
        template.require_capabilities(&self.capabilities)?;
        checks::resources(&template, &engine.types)?;
        let desired_state = desired_state(&template, &definition, &stack.name, &stack.id)?;
        let imports = checks::references(&desired_state, &engine.types)?;
        checks::unchanged_types(state, &desired_state)?;
        Ok(CheckedInput {
            definition,
            template: body,
            desired_state,
            imports,
            has_transforms: !template.transforms.is_empty(),
            for_review: false,
        })
    }

    fn template(&self, stacks: &Stacks, s3: &Arc<S3>, stack: &Stack) -> Result<String, Fault> {
        match self.use_previous_template {
            Some(true) if self.source.is_given() => Err(invalid(
                "UsePreviousTemplate cannot be true if a template is given",
            )),
            Some(true) if stack.has_no_template() => Err(invalid(format!(
                "Stack [{}] has no previous template: it is not created yet",
                stack.name
            ))),
            Some(true) => stacks.template(stack),
            _ => self.source.read(s3),
        }
    }

    fn definition(&self, template: &Template, stack: &Stack) -> Result<Definition, Fault> {
        let given = self.given(stack)?;
        template.resolve_parameters(&given)?;
        let mut definition = Definition {
            description: template.description.clone(),
            tags: self.tags(stack)?,
            capabilities: self.capabilities.clone(),
            notification_arns: (self.notification_arns.clone())
                .unwrap_or_else(|| stack.definition.notification_arns.clone()),
            role_arn: self.role()?.or_else(|| stack.definition.role_arn.clone()),
            mode: self
                .deployment_config
                .as_ref()
                .and_then(|it| it.mode.clone()),
            ..Definition::default()
        };
        for (name, parameter) in &template.parameters {
            let value = match given.get(name) {
                Some(Given::Value(value) | Given::Previous(value)) => Some(value),
                None => parameter.default.as_ref(),
            };
            definition
                .parameters
                .extend(value.map(|value| (name.clone(), value.clone())));
            if parameter.no_echo {
                definition.secret.insert(name.clone());
            }
        }
        Ok(definition)
    }

    fn role(&self) -> Result<Option<String>, Fault> {
        let is_role =
            |arn: Arn| arn.check_owner("iam").is_ok() && arn.resource.starts_with("role/");
        match &self.role_arn {
            Some(role) if !Arn::parse(role).is_some_and(is_role) => Err(invalid(format!(
                "Role {role} is invalid or cannot be assumed: it must be the ARN of a role of the \
                 account {ACCOUNT}"
            ))),
            role => Ok(role.clone()),
        }
    }

    fn given(&self, stack: &Stack) -> Result<BTreeMap<String, Given>, Fault> {
        let mut given = BTreeMap::new();
        for parameter in &self.parameters {
            let name = &parameter.parameter_key;
            let value = match (&parameter.parameter_value, parameter.use_previous_value) {
                (Some(_), Some(true)) => {
                    return Err(invalid(format!(
                        "Invalid input for parameter key {name}. Cannot specify usePreviousValue \
                         as true and non empty value for a parameter"
                    )));
                }
                (Some(value), _) => Given::Value(value.clone()),
                (None, Some(true)) => match stack.definition.parameters.get(name) {
                    Some(value) => Given::Previous(value.clone()),
                    None => {
                        return Err(invalid(format!(
                            "Invalid input for parameter key {name}. Cannot specify \
                             usePreviousValue as true for a parameter key not in the previous \
                             template"
                        )));
                    }
                },
                // A client that sends an empty value sends it so.
                (None, _) => Given::Value(String::new()),
            };
            if given.insert(name.clone(), value).is_some() {
                return Err(invalid(format!(
                    "Parameters: {name} is given more than once; give it one value"
                )));
            }
        }
        Ok(given)
    }

    fn tags(&self, stack: &Stack) -> Result<Tags, Fault> {
        let Some(given) = &self.tags else {
            return Ok(stack.definition.tags.clone());
        };
        let pair = |tag: &Tag| (tag.key.clone(), tag.value.clone());
        let tags: Tags = given.iter().map(pair).collect();
        if tags.len() < given.len() {
            return Err(invalid(
                "Duplicate tag keys found; a stack has one value for each",
            ));
        }
        tags::check(&tags).map_err(|unfit| invalid(unfit.to_string()))?;
        Ok(tags)
    }
}

impl CheckedInput {
    /// What it would change of the stack.
    pub fn diff(&self, engine: &Engine, state: &StackState) -> Result<Diff, Fault> {
        diff(
            engine,
            state,
            &self.desired_state,
            &self.definition,
            self.for_review,
        )
    }
}

/// As [`wire::list`], but an empty list is not the same as none.
fn optional_list<'de, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: serde::de::DeserializeOwned,
    D: Deserializer<'de>,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        value => wire::list(value)
            .map(Some)
            .map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_is_told_from_none() {
        let input: StackInput =
            serde_json::from_value(serde_json::json!({ "Tags": "" })).expect("read");
        assert_eq!(input.tags.map(|tags| tags.len()), Some(0));
        let input: StackInput = serde_json::from_value(serde_json::json!({})).expect("read");
        assert!(input.tags.is_none());
    }
}
