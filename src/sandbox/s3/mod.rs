//! S3.

use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;

use super::fault::Fault;
use super::keys::Keyring;
use super::store::{Blobs, Pin, Store};
use super::wire::Body;

#[derive(Debug)]
pub struct S3 {
    store: Arc<Store>,
    blobs: Arc<Blobs>,
    keyring: Arc<Keyring>,
}

impl S3 {
    pub fn new(store: &Arc<Store>, blobs: &Arc<Blobs>, keyring: &Arc<Keyring>) -> Self {
        Self {
            store: store.clone(),
            blobs: blobs.clone(),
            keyring: keyring.clone(),
        }
    }

    /// Answers a request whose signature is still to be checked.
    pub async fn answer(&self, _request: Request<Incoming>) -> Result<Response<Body>, Fault> {
        Err(Fault::internal("S3"))
    }

    /// The contents of an object, for a service that was told to fetch them.
    pub fn object(&self, _bucket: &str, _key: &str) -> Result<Pin, Fault> {
        Err(Fault::internal("S3"))
    }
}
