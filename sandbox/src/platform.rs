//! The services that CloudFormation works with, opened on one folder.

use std::sync::Arc;

use super::delivery::DeliveryQueue;
use super::dynamodb::DynamoDb;
use super::error::SandboxError;
use super::iam::Iam;
use super::journal::Journal;
use super::keys::Keyring;
use super::lambda::{Dependencies, Lambda};
use super::logs::Logs;
use super::s3::S3;
use super::state_dir::StateDir;
use super::store::{Blobs, Store};

#[derive(Clone, Debug)]
pub struct Platform {
    pub dynamodb: Arc<DynamoDb>,
    pub iam: Arc<Iam>,
    pub lambda: Arc<Lambda>,
    pub logs: Arc<Logs>,
    pub s3: Arc<S3>,
}

impl Platform {
    /// `url` is where the functions that run in the sandbox can reach it.
    pub fn open(
        state_dir: &StateDir,
        store: &Arc<Store>,
        deliveries: &Arc<DeliveryQueue>,
        keyring: &Arc<Keyring>,
        url: &str,
        journal: &Arc<Journal>,
    ) -> Result<Self, SandboxError> {
        let blobs = Blobs::open(&state_dir.path("blobs"), store)?;
        let logs = Arc::new(Logs::new(store));
        let s3 = Arc::new(S3::new(store, &blobs, keyring));
        let lambda = Lambda::open(Dependencies {
            code: state_dir.path("code"),
            url: url.to_owned(),
            store: store.clone(),
            blobs,
            keyring: keyring.clone(),
            logs: logs.clone(),
            s3: s3.clone(),
            deliveries: deliveries.clone(),
            journal: journal.clone(),
        })?;
        Ok(Self {
            dynamodb: Arc::new(DynamoDb::open(&state_dir.path("tables.sqlite"))?),
            iam: Arc::new(Iam::open(store)?),
            lambda,
            logs,
            s3,
        })
    }
}
