//! CloudFormation: stacks and templates.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_sdk_cloudformation::types;

use super::events::time;
use super::{Cloud, CloudError, Status};

/// The longest templates that CloudFormation accepts, in bytes: in a request, and in a bucket.
///
/// Source: "CloudFormation quotas", template body size in a request, in an Amazon S3 object.
pub const LONGEST_TEMPLATE_IN_A_REQUEST: usize = 51_200;
pub const LONGEST_TEMPLATE: usize = 1_000_000;

/// How many deleted stacks are looked through for those of one name.
const MAX_DELETED_STACKS: usize = 2_000;

/// Tags or parameters by name.
pub type NamedValues = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub struct Stack {
    pub name: String,
    /// The ARN. It is unique to this stack even among stacks of the same name, so it also finds the
    /// stack after its deletion.
    pub id: String,
    pub status: Status,
    pub reason: Option<String>,
    /// When it was last created or updated.
    pub changed: Option<SystemTime>,
    /// Whether its termination protection is on: it cannot be deleted.
    pub protected: bool,
    /// Whether it was updated since its creation.
    pub is_updated: bool,
    pub tags: NamedValues,
    pub parameters: NamedValues,
    pub outputs: NamedValues,
}

#[cfg(test)]
impl Stack {
    /// A stack of which nothing else is known.
    pub fn example(name: &str, id: &str, status: &str) -> Self {
        Self {
            name: name.to_owned(),
            id: id.to_owned(),
            status: Status(status.to_owned()),
            reason: None,
            changed: None,
            protected: false,
            is_updated: false,
            tags: NamedValues::new(),
            parameters: NamedValues::new(),
            outputs: NamedValues::new(),
        }
    }
}

/// A stack that does not exist any more. Its id still finds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeletedStack {
    pub name: String,
    pub id: String,
}

/// A template, and how CloudFormation gets it.
#[derive(Clone, Debug)]
pub enum TemplateSource {
    /// Within the request: at most [`LONGEST_TEMPLATE_IN_A_REQUEST`].
    Text(String),
    /// From an object of this URL: at most [`LONGEST_TEMPLATE`].
    Url(String),
}

/// The desired state of a stack.
#[derive(Clone, Debug)]
pub struct StackRequest {
    pub name: String,
    pub template: TemplateSource,
    pub parameters: Vec<(String, ParameterValue)>,
    pub tags: NamedValues,
}

/// What an update compares a template with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// What CloudFormation applied last.
    LastUpdate,
    /// What is there: also brings back what was deleted or changed outside CloudFormation.
    ///
    /// Source: CloudFormation user guide, "Using drift-aware change sets".
    Reality,
}

/// Which text of a stack's template is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateStage {
    AsSent,
    /// With its transforms expanded.
    Processed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    Is(String),
    /// The value of the last deployment.
    Previous,
}

/// What CloudFormation found in a template.
#[derive(Clone, Debug, Default)]
pub struct TemplateSummary {
    pub parameters: Vec<String>,
    /// Those without a default value.
    pub required: Vec<String>,
}

impl Cloud {
    /// The stack of that name or id, if there is one. A name does not find deleted stacks.
    pub async fn stack(&self, name: &str) -> Result<Option<Stack>, CloudError> {
        let answer = self
            .stacks
            .describe_stacks()
            .stack_name(name)
            .send()
            .await
            .map_err(self.failed("DescribeStacks"));
        match answer {
            Ok(answer) => {
                let mut stacks = answer.stacks.unwrap_or_default().into_iter();
                // An empty name would find every stack.
                Ok(stacks.next().map(Stack::from).filter(|_| !name.is_empty()))
            }
            Err(CloudError::Refused { code, message, .. })
                if code == "ValidationError" && message.contains("does not exist") =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The deleted stacks whose names are `wanted`, the newest first. Where very many were deleted, only a
    /// part of them is looked through.
    pub async fn deleted_stacks(
        &self,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<DeletedStack>, CloudError> {
        let mut found = Vec::new();
        let mut stacks = self
            .stacks
            .list_stacks()
            .stack_status_filter(types::StackStatus::DeleteComplete)
            .into_paginator()
            .items()
            .send();
        for _ in 0..MAX_DELETED_STACKS {
            let Some(stack) = stacks.next().await else {
                break;
            };
            let stack = stack.map_err(self.failed("ListStacks"))?;
            let deleted = stack.deletion_time().map(|time| time.secs());
            if let (Some(name), Some(id)) = (stack.stack_name, stack.stack_id)
                && wanted(&name)
            {
                found.push((deleted, DeletedStack { name, id }));
            }
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        Ok(found.into_iter().map(|(_, stack)| stack).collect())
    }

    /// All stacks of the account in this region.
    pub async fn stacks(&self) -> Result<Vec<Stack>, CloudError> {
        let mut stacks = Vec::new();
        let mut pages = self
            .stacks
            .describe_stacks()
            .into_paginator()
            .items()
            .send();
        while let Some(stack) = pages.next().await {
            stacks.push(Stack::from(stack.map_err(self.failed("DescribeStacks"))?));
        }
        Ok(stacks)
    }

    /// The text of the template of the stack with that name or id; empty if it has none.
    pub async fn template(&self, stack: &str, stage: TemplateStage) -> Result<String, CloudError> {
        let stage = match stage {
            TemplateStage::AsSent => types::TemplateStage::Original,
            TemplateStage::Processed => types::TemplateStage::Processed,
        };
        let answer = self
            .stacks
            .get_template()
            .stack_name(stack)
            .template_stage(stage)
            .send()
            .await
            .map_err(self.failed("GetTemplate"));
        match answer {
            Ok(answer) => Ok(answer.template_body.unwrap_or_default()),
            // It was deleted in the meantime, or has only a change set that was never executed.
            Err(error) if error.code() == Some("ValidationError") => Ok(String::new()),
            Err(error) => Err(error),
        }
    }

    /// Lets CloudFormation check the template; a refused template is an error.
    pub async fn validate_template(
        &self,
        template: &TemplateSource,
    ) -> Result<TemplateSummary, CloudError> {
        let answer = self
            .stacks
            .validate_template()
            .set_template_body(template.text())
            .set_template_url(template.url())
            .send()
            .await
            .map_err(self.failed("ValidateTemplate"))?;
        let parameters = answer.parameters();
        let name = |p: &types::TemplateParameter| p.parameter_key().map(str::to_owned);
        let required = parameters.iter().filter(|p| p.default_value().is_none());
        Ok(TemplateSummary {
            parameters: parameters.iter().filter_map(name).collect(),
            required: required.filter_map(name).collect(),
        })
    }

    /// Starts creating a stack and returns its id. A creation that fails is not rolled back.
    pub async fn create_stack(&self, request: &StackRequest) -> Result<String, CloudError> {
        let operation = self
            .stacks
            .create_stack()
            .stack_name(&request.name)
            .set_role_arn(self.stack_role.clone())
            .set_template_body(request.template.text())
            .set_template_url(request.template.url())
            .set_parameters(Some(parameters(&request.parameters)))
            .set_tags(Some(tags(&request.tags)))
            .set_capabilities(Some(capabilities()))
            .client_request_token(client_token())
            // The next deployment deletes a failed stack anyway; a rollback would only delay it.
            .disable_rollback(true);
        let answer = operation.send().await.map_err(self.failed("CreateStack"))?;
        Ok(answer.stack_id.unwrap_or_else(|| request.name.clone()))
    }

    /// Starts deleting the stack of that name or id.
    pub async fn delete_stack(&self, name: &str) -> Result<(), CloudError> {
        self.stacks
            .delete_stack()
            .stack_name(name)
            .set_role_arn(self.stack_role.clone())
            .client_request_token(client_token())
            .send()
            .await
            .map_err(self.failed("DeleteStack"))?;
        Ok(())
    }

    /// Continues the rollback of an update that failed to roll back. The resources with the logical ids
    /// in `skipped` stay as they are.
    pub async fn continue_rollback(
        &self,
        name: &str,
        skipped: Vec<String>,
    ) -> Result<(), CloudError> {
        self.stacks
            .continue_update_rollback()
            .stack_name(name)
            .set_role_arn(self.stack_role.clone())
            .set_resources_to_skip((!skipped.is_empty()).then_some(skipped))
            .client_request_token(client_token())
            .send()
            .await
            .map_err(self.failed("ContinueUpdateRollback"))?;
        Ok(())
    }
}

impl TemplateSource {
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Url(_) => None,
        }
    }

    pub(super) fn url(&self) -> Option<String> {
        match self {
            Self::Text(_) => None,
            Self::Url(url) => Some(url.clone()),
        }
    }
}

pub(super) fn express_config(disable_rollback: bool) -> types::DeploymentConfig {
    types::DeploymentConfig::builder()
        .mode(types::DeploymentConfigMode::Express)
        .disable_rollback(disable_rollback)
        .build()
}

/// Everything that CloudFormation wants to have acknowledged: roles, roles with names, transforms.
pub(super) fn capabilities() -> Vec<types::Capability> {
    vec![
        types::Capability::CapabilityIam,
        types::Capability::CapabilityNamedIam,
        types::Capability::CapabilityAutoExpand,
    ]
}

/// A random idempotency token of letters and digits, which may also stand in a name.
pub(super) fn client_token() -> String {
    format!("{:016x}", rand::random::<u64>())
}

pub(super) fn parameters(parameters: &[(String, ParameterValue)]) -> Vec<types::Parameter> {
    let parameter = |(name, value): &(String, ParameterValue)| {
        let builder = types::Parameter::builder().parameter_key(name);
        match value {
            ParameterValue::Is(value) => builder.parameter_value(value).build(),
            ParameterValue::Previous => builder.use_previous_value(true).build(),
        }
    };
    parameters.iter().map(parameter).collect()
}

pub(super) fn tags(tags: &NamedValues) -> Vec<types::Tag> {
    tags.iter()
        .map(|(key, value)| types::Tag::builder().key(key).value(value).build())
        .collect()
}

impl From<types::Stack> for Stack {
    fn from(stack: types::Stack) -> Self {
        let pair =
            |key: Option<String>, value: Option<String>| Some((key?, value.unwrap_or_default()));
        let parameters = stack.parameters.unwrap_or_default();
        let outputs = stack.outputs.unwrap_or_default();
        let tags = stack.tags.unwrap_or_default();
        Self {
            name: stack.stack_name.unwrap_or_default(),
            id: stack.stack_id.unwrap_or_default(),
            status: Status(
                stack
                    .stack_status
                    .map(|s| s.as_str().to_owned())
                    .unwrap_or_default(),
            ),
            reason: stack.stack_status_reason,
            is_updated: stack.last_updated_time.is_some(),
            changed: stack.last_updated_time.or(stack.creation_time).map(time),
            protected: stack.enable_termination_protection.unwrap_or_default(),
            parameters: parameters
                .into_iter()
                .filter_map(|p| pair(p.parameter_key, p.parameter_value))
                .collect(),
            outputs: outputs
                .into_iter()
                .filter_map(|o| pair(o.output_key, o.output_value))
                .collect(),
            tags: tags
                .into_iter()
                .filter_map(|t| pair(t.key, t.value))
                .collect(),
        }
    }
}
