//! CloudWatch Logs.

use std::sync::Arc;

use super::store::Store;

#[derive(Debug)]
pub struct Logs {
    store: Arc<Store>,
}

impl Logs {
    pub fn new(store: &Arc<Store>) -> Self {
        Self {
            store: store.clone(),
        }
    }
}

super::service::operations! { Logs, "CloudWatch Logs": {
    DescribeLogGroups => describe,
}}

async fn describe(_: &Logs, _: serde_json::Value) -> Result<(), super::fault::Fault> {
    Ok(())
}
