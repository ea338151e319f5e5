//! Lambda.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;

use super::Caller;
use super::error::SandboxError;
use super::fault::Fault;
use super::journal::Journal;
use super::keys::Keyring;
use super::logs::Logs;
use super::s3::S3;
use super::store::{Blobs, Store};
use super::wire::Body;

/// What Lambda stands on.
#[derive(Debug)]
pub struct Ground {
    /// The folder for unpacked bundles.
    pub code: PathBuf,
    /// Where functions reach the sandbox.
    pub url: String,
    pub store: Arc<Store>,
    pub blobs: Arc<Blobs>,
    pub keyring: Arc<Keyring>,
    pub logs: Arc<Logs>,
    pub s3: Arc<S3>,
    pub journal: Arc<Journal>,
}

#[derive(Debug)]
pub struct Lambda {
    ground: Ground,
}

impl Lambda {
    pub fn open(ground: Ground) -> Result<Arc<Self>, SandboxError> {
        Ok(Arc::new(Self { ground }))
    }

    /// Answers a client's request, whose signature is right.
    pub async fn answer(
        &self,
        _parts: &Parts,
        _body: Bytes,
        _caller: &Caller,
        _request_id: &str,
    ) -> Result<Response<Body>, Fault> {
        Err(Fault::internal("Lambda"))
    }

    /// Answers a running function; `path` begins with the function's secret.
    pub async fn runtime(&self, path: &str, _request: Request<Incoming>) -> Response<Body> {
        super::wire::response(
            http::StatusCode::NOT_FOUND,
            "text/plain",
            path.to_owned(),
            "",
        )
    }

    /// Whether a function is at work.
    pub fn is_busy(&self) -> bool {
        false
    }

    /// Ends all functions.
    pub async fn stop(&self) {}
}
