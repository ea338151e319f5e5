//! What a service is to the front: a [`Description`], and the operations behind it. A service is one
//! folder, declared with [`service!`], and one line in the list of [`super::services`].
//!
//! Besides, a service may answer at public hosts ([`DataPlane`]) or at paths with a secret
//! ([`Unsigned`]), and work without a request ([`Background`]).

mod declare;
mod request;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::authorise::Access;
use super::fault::Fault;
use super::wire::{Body, Protocol};

pub(super) use declare::service;
pub use request::{FromRequest, IntoResponse, Request, Response, WithCaller, ask};

#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// For messages, such as `CloudWatch Logs`.
    pub name: &'static str,
    /// As signatures and policies name the service, such as `logs`.
    pub signing_name: &'static str,
    pub protocol: Protocol,
    /// In bytes.
    pub longest_body: usize,
    pub operations: &'static [Operation],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub name: &'static str,
    /// As policies name it, such as `lambda:InvokeFunction` for `Invoke`.
    pub action: &'static str,
}

impl Description {
    pub fn operation(&self, name: &str) -> Result<&'static Operation, Fault> {
        let mut operations = self.operations.iter();
        let found = operations.find(|operation| operation.name == name);
        found.ok_or_else(|| self.unknown_operation(name))
    }

    pub fn unknown_operation(&self, name: &str) -> Fault {
        let known: Vec<&str> = self.operations.iter().map(|known| known.name).collect();
        Fault::unknown_operation(self.name, name, &known)
    }
}

/// A service whose requests are read and verified by the edge.
#[async_trait]
pub trait Service: Send + Sync {
    fn description(&self) -> &'static Description;

    /// What the caller of the operation must be allowed to do.
    fn accesses(&self, operation: &Operation, parameters: &Value) -> Vec<Access>;

    async fn call(&self, request: Request) -> Result<Response, Fault>;
}

/// A service that reads requests, verifies their signatures and authorises them by itself.
#[async_trait]
pub trait OwnWire: Send + Sync {
    fn description(&self) -> &'static Description;

    /// Why a request without a signature is refused, where that is not the lack of a signature.
    fn unsupported_unsigned(&self, _: &http::request::Parts) -> Option<Fault> {
        None
    }

    async fn answer(&self, request: http::Request<Body>) -> Result<http::Response<Body>, Fault>;
}

/// A service in the list of the control plane.
#[derive(Clone)]
pub enum Registered {
    Service(Arc<dyn Service>),
    OwnWire(Arc<dyn OwnWire>),
}

impl Registered {
    pub fn description(&self) -> &'static Description {
        match self {
            Self::Service(service) => service.description(),
            Self::OwnWire(service) => service.description(),
        }
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.description().signing_name)
    }
}

/// What a service answers to anybody, at hosts `<id>.<domain>.localhost`: the stages of an API, the
/// pages of a bucket. Who may come in from where is its own business.
#[async_trait]
pub trait DataPlane: Send + Sync {
    /// Such as `execute-api`.
    fn domain(&self) -> &'static str;

    /// Answers a request to the host of `id`: of an API, of a bucket. Its path is that at the host.
    async fn answer(
        &self,
        id: &str,
        request: http::Request<Body>,
        request_id: &str,
    ) -> http::Response<Body>;
}

/// What a service answers without a signature at the host of the control plane: paths with a secret.
#[async_trait]
pub trait Unsigned: Send + Sync {
    /// What the paths begin with.
    fn prefix(&self) -> &'static str;

    /// Answers a request to `path`, which comes after the prefix.
    async fn answer(&self, path: &str, request: http::Request<Body>) -> http::Response<Body>;
}

/// What a service does without a request.
#[async_trait]
pub trait Background: Send + Sync {
    /// Continues what the last server had not finished.
    fn resume(self: Arc<Self>) {}

    /// Whether the server must not end now.
    fn is_busy(&self) -> bool;

    async fn stop(&self) {}
}

/// All that there is, in lists of one kind each.
#[derive(Clone, Default)]
pub struct Services {
    /// A service is one line here.
    pub control: Vec<Registered>,
    pub unsigned: Vec<Arc<dyn Unsigned>>,
    pub data: Vec<Arc<dyn DataPlane>>,
    pub background: Vec<Arc<dyn Background>>,
}
