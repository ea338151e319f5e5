//! The list of services.

use std::sync::{Arc, Weak};

use rusqlite::Transaction;

use super::apigateway::ExecuteApi;
use super::cloudformation;
use super::cognito::PublicApi;
use super::delivery::Target;
use super::error::SandboxError;
use super::platform::{Base, Platform};
use super::s3::Website;
use super::service::Registered::{OwnWire, Service};
use super::service::Services;
use super::store::StoreError;
use super::sts::Sts;

/// Opens all services.
pub fn open(base: &Base) -> Result<Services, SandboxError> {
    let platform = Platform::open(base)?;
    let cloudformation = Arc::new(cloudformation::Api::open(
        &base.store,
        &platform,
        &base.journal,
    )?);
    let lambda: Weak<dyn Target> = Arc::downgrade(&platform.lambda) as _;
    base.deliveries.register("lambda", lambda);
    let sns: Weak<dyn Target> = Arc::downgrade(&platform.sns) as _;
    base.deliveries.register("sns", sns);
    let sqs: Weak<dyn Target> = Arc::downgrade(&platform.sqs) as _;
    base.deliveries.register("sqs", sqs);
    Ok(Services {
        control: vec![
            Service(platform.apigateway.clone()),
            Service(cloudformation.clone()),
            Service(platform.cognito.clone()),
            Service(platform.dynamodb),
            Service(platform.iam.clone()),
            Service(platform.lambda.clone()),
            Service(platform.logs),
            OwnWire(platform.s3.clone()),
            Service(platform.sns),
            Service(platform.sqs.clone()),
            Service(Arc::new(Sts::new(&base.keyring, &platform.iam))),
        ],
        unsigned: vec![platform.lambda.clone()],
        data: vec![
            Arc::new(PublicApi::new(&platform.cognito)),
            Arc::new(ExecuteApi(platform.apigateway)),
            Arc::new(Website::new(&platform.s3)),
        ],
        // Ended in this order: no deliveries to functions that are gone.
        background: vec![
            cloudformation,
            base.deliveries.clone(),
            platform.lambda,
            platform.sqs,
        ],
    })
}

/// Converts what the services kept in version 1 of the store.
pub fn upgrade(transaction: &Transaction) -> Result<(), StoreError> {
    cloudformation::upgrade(transaction)
}
