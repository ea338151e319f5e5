//! The list of services.

use std::sync::{Arc, Weak};

use rusqlite::Transaction;

use super::apigateway::ExecuteApi;
use super::clock_service::ClockService;
use super::cloudformation;
use super::cognito::PublicApi;
use super::delivery::Target;
use super::error::SandboxError;
use super::platform::{Base, Platform};
use super::s3::Website;
use super::service::Registered::{OwnWire, Service};
use super::service::{Background, Services};
use super::store::StoreError;
use super::sts::Sts;
use super::timer::Timed;
use super::{events, scheduler, sns};

/// Opens all services.
pub fn open(base: &Base) -> Result<Services, SandboxError> {
    let platform = Platform::open(base)?;
    let cloudformation = Arc::new(cloudformation::Api::open(
        &base.store,
        &platform,
        &base.journal,
    )?);
    register_targets(base, &platform);
    let events: Weak<dyn Timed> = Arc::downgrade(&platform.events) as _;
    base.timer.register(events::TIMED, events);
    let scheduler: Weak<dyn Timed> = Arc::downgrade(&platform.scheduler) as _;
    base.timer.register(scheduler::TIMED, scheduler);
    let sns: Weak<dyn Timed> = Arc::downgrade(&platform.sns) as _;
    base.timer.register(sns::TIMED, sns);
    let work: Vec<Arc<dyn Background>> = vec![base.deliveries.clone(), platform.lambda.clone()];
    let clock = ClockService::new(&base.clock, &base.timer, work);
    Ok(Services {
        control: vec![
            Service(platform.apigateway.clone()),
            Service(Arc::new(clock)),
            Service(cloudformation.clone()),
            Service(platform.cognito.clone()),
            Service(platform.dynamodb.clone()),
            Service(platform.streams),
            Service(platform.events),
            Service(platform.iam.clone()),
            Service(platform.lambda.clone()),
            Service(platform.logs),
            OwnWire(platform.s3.clone()),
            Service(platform.scheduler),
            Service(platform.sns.clone()),
            Service(platform.sqs.clone()),
            Service(Arc::new(Sts::new(&base.keyring, &platform.iam))),
        ],
        unsigned: vec![platform.lambda.clone(), platform.sns.clone()],
        data: vec![
            Arc::new(PublicApi::new(&platform.cognito)),
            Arc::new(ExecuteApi(platform.apigateway)),
            Arc::new(Website::new(&platform.s3)),
        ],
        // Ended in this order: no deliveries to functions that are gone.
        background: vec![
            cloudformation,
            base.timer.clone(),
            base.deliveries.clone(),
            platform.bucket_events,
            platform.lambda,
            platform.sqs,
            platform.dynamodb,
        ],
    })
}

/// Has each service take the deliveries to what is its own.
pub fn register_targets(base: &Base, platform: &Platform) {
    let lambda: Weak<dyn Target> = Arc::downgrade(&platform.lambda) as _;
    base.deliveries.register("lambda", lambda);
    let bucket_events: Weak<dyn Target> = Arc::downgrade(&platform.bucket_events) as _;
    base.deliveries.register("s3", bucket_events);
    let sns: Weak<dyn Target> = Arc::downgrade(&platform.sns) as _;
    base.deliveries.register("sns", sns);
    let sqs: Weak<dyn Target> = Arc::downgrade(&platform.sqs) as _;
    base.deliveries.register("sqs", sqs);
    let events: Weak<dyn Target> = Arc::downgrade(&platform.events) as _;
    base.deliveries.register("events/event-bus", events);
    for service in ["events", "scheduler"] {
        let handover: Weak<dyn Target> = Arc::downgrade(&platform.handover) as _;
        base.deliveries.register(service, handover);
    }
}

/// Converts what the services kept in version 1 of the store.
pub fn upgrade(transaction: &Transaction) -> Result<(), StoreError> {
    cloudformation::upgrade(transaction)
}

#[cfg(test)]
mod tests;
