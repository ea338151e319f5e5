//! CloudFormation: how a stack's resources differ from what it applied.

use aws_sdk_cloudformation::types::StackResourceDriftStatus;

use super::{Cloud, CloudError};

/// How a resource was changed outside CloudFormation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    Deleted,
    /// These properties have other values: `/MemorySize`.
    Modified(Vec<String>),
}

impl Cloud {
    /// How the resource of `stack` with this logical id was changed outside CloudFormation, if it was.
    /// `None` also for a type of resource that CloudFormation cannot check.
    pub async fn drift(&self, stack: &str, logical_id: &str) -> Result<Option<Drift>, CloudError> {
        let answer = self
            .stacks
            .detect_stack_resource_drift()
            .stack_name(stack)
            .logical_resource_id(logical_id)
            .send()
            .await
            .map_err(self.failed("DetectStackResourceDrift"));
        let drift = match answer {
            Err(error) if error.code() == Some("ValidationError") => return Ok(None),
            answer => answer?.stack_resource_drift,
        };
        let Some(drift) = drift else { return Ok(None) };
        let properties = drift.property_differences.unwrap_or_default().into_iter();
        Ok(match drift.stack_resource_drift_status {
            Some(StackResourceDriftStatus::Deleted) => Some(Drift::Deleted),
            Some(StackResourceDriftStatus::Modified) => Some(Drift::Modified(
                properties.filter_map(|it| it.property_path).collect(),
            )),
            _ => None,
        })
    }
}
