//! The services that CloudFormation uses, and what all services are opened with.

use std::sync::Arc;

use super::apigateway::ApiGateway;
use super::authorise::Authority;
use super::clock::{Clock, SystemClock};
use super::cognito::Cognito;
use super::databases;
use super::delivery::DeliveryQueue;
use super::dynamodb::DynamoDb;
use super::error::SandboxError;
use super::iam::Iam;
use super::journal::Journal;
use super::keys::Keyring;
use super::lambda::{Dependencies, Lambda};
use super::logs::Logs;
use super::s3::S3;
use super::sns::Sns;
use super::sqs::Sqs;
use super::state_dir::StateDir;
use super::store::{Blobs, Store};

/// What services are opened with.
#[derive(Clone, Debug)]
pub struct Base {
    pub state_dir: StateDir,
    pub store: Arc<Store>,
    pub keyring: Arc<Keyring>,
    pub authority: Arc<dyn Authority>,
    pub deliveries: Arc<DeliveryQueue>,
    pub journal: Arc<Journal>,
    /// Whether the last sandbox of the folder was killed, and may have left processes.
    pub was_killed: bool,
    /// Where the functions that run in the sandbox can reach it.
    pub url: String,
}

#[derive(Clone, Debug)]
pub struct Platform {
    pub apigateway: Arc<ApiGateway>,
    pub cognito: Arc<Cognito>,
    pub dynamodb: Arc<DynamoDb>,
    pub iam: Arc<Iam>,
    pub lambda: Arc<Lambda>,
    pub logs: Arc<Logs>,
    pub s3: Arc<S3>,
    pub sns: Arc<Sns>,
    pub sqs: Arc<Sqs>,
}

impl Platform {
    pub fn open(base: &Base) -> Result<Self, SandboxError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let Base {
            state_dir,
            store,
            keyring,
            authority,
            deliveries,
            journal,
            was_killed,
            url,
        } = base.clone();
        let blobs = Blobs::open(&state_dir.path("blobs"), &store)?;
        let logs = Arc::new(Logs::new(&store));
        let s3 = Arc::new(S3::new(&store, &blobs, &keyring, &authority));
        let iam = Arc::new(Iam::open(&store, &keyring)?);
        let sqs = Sqs::open(&store, &url, clock.clone())?;
        let cognito = Arc::new(Cognito::open(&store, clock.clone(), &journal)?);
        let lambda = Lambda::open(Dependencies {
            code: state_dir.path("code"),
            sandbox: state_dir.id()?,
            was_killed,
            url,
            store,
            blobs,
            keyring,
            logs: logs.clone(),
            iam: iam.clone(),
            s3: s3.clone(),
            sqs: sqs.clone(),
            authority,
            clock,
            deliveries,
            journal,
        })?;
        Ok(Self {
            apigateway: Arc::new(ApiGateway::new(&base.store, &lambda, &logs, &cognito)),
            cognito,
            dynamodb: Arc::new(DynamoDb::open(&databases::tables(&state_dir))?),
            iam,
            logs,
            s3,
            sns: Arc::new(Sns::new(
                &base.store,
                &base.deliveries,
                &lambda,
                &sqs,
                &base.url,
            )),
            lambda,
            sqs,
        })
    }
}
