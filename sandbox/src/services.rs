//! All services of one sandbox, opened on its folder.

use std::sync::Arc;

use super::cloudformation::CloudFormation;
use super::dynamodb::DynamoDb;
use super::error::SandboxError;
use super::iam::Iam;
use super::journal::Journal;
use super::keys::Keyring;
use super::lambda::{Ground, Lambda};
use super::logs::Logs;
use super::s3::S3;
use super::state_dir::StateDir;
use super::store::{Blobs, Store};
use super::sts::Sts;

#[derive(Debug)]
pub struct Services {
    pub cloudformation: Arc<CloudFormation>,
    pub others: Platform,
    pub sts: Sts,
}

/// The services that CloudFormation works with.
#[derive(Clone, Debug)]
pub struct Platform {
    pub dynamodb: Arc<DynamoDb>,
    pub iam: Arc<Iam>,
    pub lambda: Arc<Lambda>,
    pub logs: Arc<Logs>,
    pub s3: Arc<S3>,
}

impl Services {
    /// `url` is where the sandbox can be reached by the functions that run in it.
    pub fn open(
        state_dir: &StateDir,
        keyring: &Arc<Keyring>,
        url: &str,
        journal: &Arc<Journal>,
    ) -> Result<Self, SandboxError> {
        let store = Arc::new(Store::open(&state_dir.path("state.sqlite"))?);
        let blobs = Blobs::open(&state_dir.path("blobs"), &store)?;
        let dynamodb = Arc::new(DynamoDb::open(&state_dir.path("tables.sqlite"))?);
        let logs = Arc::new(Logs::new(&store));
        let s3 = Arc::new(S3::new(&store, &blobs, keyring));
        let lambda = Lambda::open(Ground {
            code: state_dir.path("code"),
            url: url.to_owned(),
            store: store.clone(),
            blobs,
            keyring: keyring.clone(),
            logs: logs.clone(),
            s3: s3.clone(),
            journal: journal.clone(),
        })?;
        let others = Platform {
            dynamodb,
            iam: Arc::new(Iam::new(&store)),
            lambda,
            logs,
            s3,
        };
        Ok(Self {
            cloudformation: CloudFormation::open(&store, &others, journal)?,
            sts: Sts::new(keyring, &others.iam),
            others,
        })
    }
}
