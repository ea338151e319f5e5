//! Change sets: what an update would change, and the update itself.

use aws_sdk_cloudformation::types;

use super::change::Change;
use super::stacks::{
    Against, StackRequest, capabilities, client_token, express_config, parameters, tags,
};
use super::{Cloud, CloudError};

#[derive(Clone, Debug)]
pub struct ChangeSet {
    pub id: String,
    pub state: ChangeSetState,
    /// Whether its execution has started, and perhaps ended.
    pub executed: bool,
    pub changes: Vec<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSetState {
    Pending,
    Ready,
    /// The template and the parameters change nothing.
    Empty,
    Failed(String),
}

impl Cloud {
    /// Starts creating a change set for `request` and returns its id.
    pub async fn create_change_set(
        &self,
        request: &StackRequest,
        against: Against,
        express: bool,
    ) -> Result<String, CloudError> {
        let token = client_token();
        let mut operation = self
            .stacks
            .create_change_set()
            .stack_name(&request.name)
            .set_role_arn(self.stack_role.clone())
            .change_set_name(format!("mafia-{token}"))
            .change_set_type(types::ChangeSetType::Update)
            .set_template_body(request.template.text())
            .set_template_url(request.template.url())
            .set_parameters(Some(parameters(&request.parameters)))
            .set_tags(Some(tags(&request.tags)))
            .set_capabilities(Some(capabilities()))
            .client_token(&token);
        if express {
            operation = operation.deployment_config(express_config(false));
        }
        if against == Against::Reality {
            operation = operation.deployment_mode(types::DeploymentMode::RevertDrift);
        }
        let created = operation
            .send()
            .await
            .map_err(self.failed("CreateChangeSet"));
        match created {
            Ok(answer) => Ok(answer.id.unwrap_or_else(|| format!("mafia-{token}"))),
            // Our own request, whose answer was lost: the name is random.
            Err(error) if error.already_exists() => Ok(format!("mafia-{token}")),
            Err(error) => Err(error),
        }
    }

    pub async fn change_set(&self, stack: &str, id: &str) -> Result<ChangeSet, CloudError> {
        let mut changes = Vec::new();
        let mut next_token = None;
        loop {
            let page = self
                .stacks
                .describe_change_set()
                .stack_name(stack)
                .change_set_name(id)
                .include_property_values(true)
                .set_next_token(next_token)
                .send()
                .await
                .map_err(self.failed("DescribeChangeSet"))?;
            changes.extend(page.changes().iter().filter_map(Change::of));
            next_token = page.next_token.clone();
            if next_token.is_none() {
                return Ok(ChangeSet {
                    id: id.to_owned(),
                    state: change_set_state(page.status.as_ref(), page.status_reason()),
                    executed: page
                        .execution_status
                        .as_ref()
                        .is_some_and(|status| status.as_str().starts_with("EXECUTE_")),
                    changes,
                });
            }
        }
    }

    pub async fn execute_change_set(&self, stack: &str, id: &str) -> Result<(), CloudError> {
        self.stacks
            .execute_change_set()
            .stack_name(stack)
            .change_set_name(id)
            .client_request_token(client_token())
            .send()
            .await
            .map_err(self.failed("ExecuteChangeSet"))?;
        Ok(())
    }

    pub async fn delete_change_set(&self, stack: &str, id: &str) -> Result<(), CloudError> {
        self.stacks
            .delete_change_set()
            .stack_name(stack)
            .change_set_name(id)
            .send()
            .await
            .map_err(self.failed("DeleteChangeSet"))?;
        Ok(())
    }
}

fn change_set_state(
    status: Option<&types::ChangeSetStatus>,
    reason: Option<&str>,
) -> ChangeSetState {
    use types::ChangeSetStatus::{CreateComplete, Failed};
    let reason = reason.unwrap_or_default();
    match status {
        Some(CreateComplete) => ChangeSetState::Ready,
        Some(Failed)
            if reason.contains("didn't contain changes") || reason.contains("No updates") =>
        {
            ChangeSetState::Empty
        }
        Some(Failed) => ChangeSetState::Failed(reason.to_owned()),
        _ => ChangeSetState::Pending,
    }
}
