//! Where requests come in. The host decides the plane: [`control`] is for AWS's clients, at
//! loopback addresses and with signatures, [`data`] for anyone, at names under `localhost`. Each
//! has rules of its own for hosts, origins and signatures.

mod control;
mod data;
mod host;
mod origin;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Body as _;
use uuid::Uuid;

use super::authorise::Authority;
use super::fault::Fault;
use super::journal::Journal;
use super::keys::Keyring;
use super::memory_budget::MemoryBudget;
use super::paths::{HEALTH, PROCESS};
use super::service::{Services, Unsigned};
use super::wire::{self, Body, Protocol};
use control::ControlPlane;
use data::DataPlanes;
use host::Host;

pub struct Edge {
    control: ControlPlane,
    unsigned: Vec<Arc<dyn Unsigned>>,
    data: DataPlanes,
    journal: Arc<Journal>,
}

/// Why a request is refused, and the protocol to say it in.
struct Refused(Protocol, Fault);

/// Marks responses to requests that came to no service.
#[derive(Clone, Copy, Debug)]
pub struct NotAccepted;

impl Edge {
    pub fn new(
        services: Services,
        keyring: &Arc<Keyring>,
        authority: &Arc<dyn Authority>,
        journal: &Arc<Journal>,
    ) -> Self {
        Self {
            control: ControlPlane {
                keyring: keyring.clone(),
                services: services.control,
                authority: authority.clone(),
                memory: MemoryBudget::default(),
            },
            unsigned: services.unsigned,
            data: DataPlanes(services.data),
            journal: journal.clone(),
        }
    }

    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let request_id = Uuid::new_v4().to_string();
        let target = format!("{} {}", request.method(), request.uri().path());
        let expects = request.headers().contains_key(header::EXPECT);
        let has_no_body = request.body().is_end_stream();
        let routed = self.route(request, &request_id).await;
        let must_close = expects && (has_no_body || routed.is_err());
        let mut response = routed.unwrap_or_else(|Refused(protocol, fault)| {
            if fault.status == StatusCode::FORBIDDEN || fault.status.is_server_error() {
                self.journal.note(&format!("{target}: {fault}"));
            }
            let mut response = protocol.fault(&fault, &request_id);
            response.extensions_mut().insert(NotAccepted);
            response
        });
        if must_close {
            // The announced body may not be sent, or is empty and the client waits for `100
            // Continue`: the connection cannot be used again. A client that does not know would
            // send its next request on it.
            wire::set(response.headers_mut(), header::CONNECTION.as_str(), "close");
        }
        response
    }

    async fn route(
        &self,
        request: Request<Body>,
        request_id: &str,
    ) -> Result<Response<Body>, Refused> {
        let (uri, headers) = (request.uri(), request.headers());
        let refused = |fault| {
            let guessed = self.control.guessed_protocol(headers, uri.path());
            Refused(guessed, fault)
        };
        match Host::of(uri, headers).map_err(refused)? {
            Host::Under { id, domain } => {
                let plane = self.data.of_host(&id, &domain).map_err(refused)?;
                Ok(data::answer_at_host(plane, &id, request, request_id).await)
            }
            Host::Loopback => {
                origin::check(headers).map_err(refused)?;
                let answered = self.at_loopback(request, request_id).await;
                answered.map(without_scripts)
            }
        }
    }

    async fn at_loopback(
        &self,
        request: Request<Body>,
        request_id: &str,
    ) -> Result<Response<Body>, Refused> {
        let path = request.uri().path();
        if path == HEALTH {
            let mut ready = wire::response(StatusCode::OK, "text/plain", "ready\n", request_id);
            let process = std::process::id().to_string();
            wire::set(ready.headers_mut(), PROCESS, &process);
            return Ok(ready);
        }
        if let Some(unsigned) = self.unsigned.iter().find(|it| it.takes(&request)) {
            return Ok(unsigned.answer(request, request_id).await);
        }
        if let Some(path_form) = self.data.path_form(path) {
            let answered = path_form.answer(request, request_id).await;
            return answered.map_err(|fault| Refused(Protocol::RestXml, fault));
        }
        self.control.answer(request, request_id).await
    }
}

/// In a browser, an object that is opened with a link runs no scripts, and is no page of this host: its
/// origin is opaque. (The control plane reads no cookies.)
fn without_scripts(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    // Added to a policy that the service may have set: browsers apply both.
    let sandbox = HeaderValue::from_static("sandbox");
    headers.append(header::CONTENT_SECURITY_POLICY, sandbox);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}
