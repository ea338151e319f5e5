//! The ports of services. To add a service, make a folder, declare the service with [`service!`], and
//! add a line to the list in [`super::services`]: its requests are routed, and messages list it.
//!
//! A service may also answer at public hosts ([`DataPlane`]), answer at links without a signature
//! ([`Unsigned`]), and do work without requests ([`Background`]).

mod declare;
mod members;
mod public;
mod request;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::authorise::Access;
use super::authorise::policy::ResourcePolicy;
use super::fault::Fault;
use super::wire::{Body, Protocol};

pub(super) use declare::service;
pub use members::{Members, Refusal};
pub use public::{answer_anyone, call_as_anyone};
pub use request::{FromRequest, IntoResponse, Request, Response, WithCaller, authorise_call, call};

#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// For messages, such as `CloudWatch Logs`.
    pub name: &'static str,
    /// The service's name in signatures and in policies, such as `logs`.
    pub signing_name: &'static str,
    pub protocol: Protocol,
    /// The code of errors about parameters that the service does not take.
    pub invalid: &'static str,
    /// In bytes.
    pub longest_body: usize,
    pub operations: &'static [Operation],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub name: &'static str,
    /// The action in policies, such as `lambda:InvokeFunction` for `Invoke`.
    pub action: &'static str,
    /// Whether AWS's clients do not sign it: anyone may ask, and the operation itself decides.
    pub is_public: bool,
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

    pub fn refused(&self, refusal: &Refusal) -> Fault {
        let code = match refusal {
            Refusal::Unknown { .. } => self.protocol.validation_code(),
            Refusal::Member { .. } | Refusal::Value { .. } => self.invalid,
        };
        Fault::invalid(code, refusal.to_string())
    }
}

/// A service whose requests the edge verifies and reads.
#[async_trait]
pub trait Service: Send + Sync {
    fn description(&self) -> &'static Description;

    /// What its operations take of a request.
    fn members(&self) -> &'static Members;

    /// What the caller of the operation must be allowed to do.
    fn accesses(&self, operation: &Operation, parameters: &Value) -> Vec<Access>;

    /// The policy of what an access is to, for the services whose resources have policies.
    fn policy_of(&self, _: &Access) -> Result<Option<ResourcePolicy>, Fault> {
        Ok(None)
    }

    async fn call(&self, request: Request) -> Result<Response, Fault>;
}

/// A service that reads, verifies and authorises its requests itself: S3, whose library verifies
/// signatures that the edge does not know, of streamed bodies and of links.
#[async_trait]
pub trait OwnWire: Send + Sync {
    fn description(&self) -> &'static Description;

    /// Why a request without a signature is refused, where that is not the lack of a signature.
    fn unsupported_unsigned(&self, _: &http::request::Parts) -> Option<Fault> {
        None
    }

    async fn answer(&self, request: http::Request<Body>) -> Result<http::Response<Body>, Fault>;
}

/// A service of the control plane.
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

/// What a service answers to anyone at hosts `<id>.<domain>.localhost`: the stages of an API, the web
/// site of a bucket. The service itself decides on CORS and on permissions.
#[async_trait]
pub trait DataPlane: Send + Sync {
    /// Such as `execute-api`.
    fn domain(&self) -> &'static str;

    /// Whether each thing has a host of its own. Otherwise the only host is `<domain>.localhost`, and the
    /// id of each request is empty.
    fn has_ids(&self) -> bool {
        true
    }

    /// Answers a request to the host of `id`. The path is that of the host, also in the path form.
    async fn answer(
        &self,
        id: &str,
        request: http::Request<Body>,
        request_id: &str,
    ) -> http::Response<Body>;
}

/// The URI of a request to a data plane as it was sent, where that is not the URI of the request: a signature
/// is of this one.
#[derive(Clone, Debug)]
pub struct SentUri(pub http::Uri);

/// What a service answers at the host of the control plane without a signature: links with a secret in them, and
/// what anyone may know.
#[async_trait]
pub trait Unsigned: Send + Sync {
    /// Whether the request is for it.
    fn takes(&self, request: &http::Request<Body>) -> bool;

    async fn answer(&self, request: http::Request<Body>, request_id: &str) -> http::Response<Body>;
}

/// Work of a service that no request waits for.
#[async_trait]
pub trait Background: Send + Sync {
    /// Continues what the last server did not finish.
    fn resume(self: Arc<Self>) {}

    /// Whether the server must keep running.
    fn is_busy(&self) -> bool;

    /// Whether something is under way at this moment.
    fn is_working(&self) -> bool {
        self.is_busy()
    }

    /// Ends what only waits, so that the requests in progress can end. Called before [`stop`](Self::stop).
    fn end_waits(&self) {}

    async fn stop(&self) {}
}

/// What the sandbox consists of, by port.
#[derive(Clone, Default)]
pub struct Services {
    pub control: Vec<Registered>,
    pub unsigned: Vec<Arc<dyn Unsigned>>,
    pub data: Vec<Arc<dyn DataPlane>>,
    pub background: Vec<Arc<dyn Background>>,
}
