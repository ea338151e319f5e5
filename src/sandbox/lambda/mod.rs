//! Lambda.

mod code;
mod runtime;

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
use runtime::Runtime;

pub use runtime::reap;

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
    runtime: Arc<Runtime>,
}

impl Lambda {
    pub fn open(ground: Ground) -> Result<Arc<Self>, SandboxError> {
        let runtime = Runtime::new(&ground.url, &ground.keyring, &ground.logs, &ground.journal);
        Ok(Arc::new(Self { ground, runtime }))
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
    pub async fn runtime(&self, path: &str, request: Request<Incoming>) -> Response<Body> {
        self.runtime.answer(path, request).await
    }

    /// Whether a function is at work.
    pub fn is_busy(&self) -> bool {
        self.runtime.is_busy()
    }

    /// Ends all functions.
    pub async fn stop(&self) {
        self.runtime.stop().await;
    }
}
