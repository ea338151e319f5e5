//! The services that CloudFormation uses, and what all services are opened with.

use std::sync::{Arc, Weak};

use super::adjustable_clock::AdjustableClock;
use super::apigateway::{ApiGateway, Callers};
use super::authorise::Authority;
use super::bucket_events::BucketEvents;
use super::cognito::Cognito;
use super::databases;
use super::delivery::DeliveryQueue;
use super::dynamodb::{DynamoDb, Streams};
use super::error::SandboxError;
use super::events::Events;
use super::handover::Handover;
use super::iam::Iam;
use super::journal::Journal;
use super::keys::Keyring;
use super::lambda::{Dependencies, Lambda};
use super::logs::Logs;
use super::s3::{Receivers, S3};
use super::scheduler::Scheduler;
use super::sns::{self, Sns};
use super::sqs::Sqs;
use super::state_dir::StateDir;
use super::store::{Blobs, Store};
use super::timer::Timer;

/// What services are opened with.
#[derive(Clone, Debug)]
pub struct Base {
    pub state_dir: StateDir,
    pub store: Arc<Store>,
    pub keyring: Arc<Keyring>,
    pub authority: Arc<dyn Authority>,
    pub clock: Arc<AdjustableClock>,
    pub timer: Arc<Timer>,
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
    pub bucket_events: Arc<BucketEvents>,
    pub cognito: Arc<Cognito>,
    pub dynamodb: Arc<DynamoDb>,
    pub events: Arc<Events>,
    pub handover: Arc<Handover>,
    pub iam: Arc<Iam>,
    pub lambda: Arc<Lambda>,
    pub logs: Arc<Logs>,
    pub s3: Arc<S3>,
    pub scheduler: Arc<Scheduler>,
    pub sns: Arc<Sns>,
    pub sqs: Arc<Sqs>,
    pub streams: Arc<Streams>,
}

impl Platform {
    pub fn open(base: &Base) -> Result<Self, SandboxError> {
        let Base {
            state_dir,
            store,
            keyring,
            authority,
            clock,
            timer,
            deliveries,
            journal,
            was_killed,
            url,
        } = base.clone();
        let blobs = Blobs::open(&state_dir.path("blobs"), &store)?;
        let logs = Arc::new(Logs::new(&store));
        let s3 = Arc::new(S3::new(&store, &blobs, &keyring, &authority, &deliveries));
        let iam = Arc::new(Iam::open(&store, &keyring)?);
        let sqs = Sqs::open(&store, &url, clock.clone())?;
        let dynamodb = Arc::new(DynamoDb::open(&databases::tables(&state_dir))?);
        let streams = Arc::new(Streams::new(&dynamodb));
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
            streams: streams.clone(),
            authority,
            clock: clock.clone(),
            deliveries,
            journal,
        })?;
        let sns = Sns::open(sns::Dependencies {
            store: base.store.clone(),
            deliveries: base.deliveries.clone(),
            lambda: lambda.clone(),
            sqs: sqs.clone(),
            timer: timer.clone(),
            clock: clock.clone(),
            url: base.url.clone(),
        })?;
        let handover = Arc::new(Handover {
            lambda: lambda.clone(),
            sqs: sqs.clone(),
            sns: sns.clone(),
            iam: iam.clone(),
            authority: base.authority.clone(),
        });
        let bucket_events = Arc::new(BucketEvents(handover.clone()));
        let receivers: Weak<dyn Receivers> = Arc::downgrade(&bucket_events) as _;
        s3.ask_receivers(receivers);
        let callers = Callers {
            cognito: cognito.clone(),
            keyring: base.keyring.clone(),
            authority: base.authority.clone(),
        };
        Ok(Self {
            bucket_events,
            apigateway: Arc::new(ApiGateway::new(&base.store, &lambda, &logs, callers)),
            cognito,
            dynamodb,
            iam,
            logs,
            s3,
            scheduler: Scheduler::open(
                &base.store,
                &base.deliveries,
                &handover,
                &timer,
                clock.clone(),
            )?,
            events: Events::open(&base.store, &base.deliveries, &timer, clock)?,
            handover,
            sns,
            lambda,
            sqs,
            streams,
        })
    }
}
