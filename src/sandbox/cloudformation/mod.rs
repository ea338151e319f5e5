//! CloudFormation.

mod template;

use std::sync::Arc;

use super::error::SandboxError;
use super::journal::Journal;
use super::services::Platform;
use super::store::Store;

#[derive(Debug)]
pub struct CloudFormation {
    store: Arc<Store>,
    platform: Platform,
    journal: Arc<Journal>,
}

impl CloudFormation {
    pub fn open(
        store: &Arc<Store>,
        platform: &Platform,
        journal: &Arc<Journal>,
    ) -> Result<Arc<Self>, SandboxError> {
        Ok(Arc::new(Self {
            store: store.clone(),
            platform: platform.clone(),
            journal: journal.clone(),
        }))
    }

    /// Goes on with the operations that were under way when the last server ended.
    pub fn resume(self: &Arc<Self>) {}

    /// Whether a stack is being worked on.
    pub fn is_busy(&self) -> bool {
        false
    }
}

super::service::operations! { CloudFormation, "CloudFormation": {
    DescribeStacks => describe,
}}

async fn describe(_: &CloudFormation, _: serde_json::Value) -> Result<(), super::fault::Fault> {
    Ok(())
}
