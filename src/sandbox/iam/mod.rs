//! IAM.

use std::sync::Arc;

use super::store::Store;

#[derive(Debug)]
pub struct Iam {
    store: Arc<Store>,
}

impl Iam {
    pub fn new(store: &Arc<Store>) -> Self {
        Self {
            store: store.clone(),
        }
    }
}

super::service::operations! { Iam, "IAM": {
    GetRole => get_role,
}}

async fn get_role(_: &Iam, _: serde_json::Value) -> Result<(), super::fault::Fault> {
    Ok(())
}
