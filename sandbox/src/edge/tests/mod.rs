//! Requests to an edge with services that were made for these tests, in each protocol.

mod access;
mod every_operation;
mod greeters;
mod heads;
mod planes;
mod public_operations;
mod routing;
mod s3;
mod web_sites;

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;

use super::Edge;
use crate::adjustable_clock::AdjustableClock;
use crate::authorise::policy::{Decision, PolicyKind};
use crate::authorise::{Access, Authority, ResourcePolicyOf, Verdict};
use crate::caller::Caller;
use crate::delivery::DeliveryQueue;
use crate::fault::Fault;
use crate::journal::Journal;
use crate::keys::{Keyring, Keys};
use crate::platform::Base;
use crate::service::Services;
use crate::state_dir::StateDir;
use crate::store::Store;
use crate::timer::Timer;
use crate::wire;

const HOST: &str = "127.0.0.1:4566";

/// Records what it checks.
#[derive(Debug, Default)]
struct Recorder {
    /// The beginning of the actions that it denies.
    denied: Option<&'static str>,
    checked: Mutex<Vec<(Caller, Access)>>,
}

impl Authority for Recorder {
    fn decide(
        &self,
        caller: &Caller,
        access: &Access,
        _: ResourcePolicyOf<'_>,
    ) -> Result<Verdict, Fault> {
        let mut checked = self.checked.lock().expect("nobody panicked");
        checked.push((caller.clone(), access.clone()));
        let mut verdict = Verdict::ALLOWED;
        if self
            .denied
            .is_some_and(|denied| access.action.starts_with(denied))
        {
            verdict.decision = Decision::NotAllowed(PolicyKind::Identity);
        }
        Ok(verdict)
    }
}

struct Front {
    _folder: tempfile::TempDir,
    edge: Edge,
    keys: Keys,
    authority: Arc<Recorder>,
}

#[derive(Debug)]
struct Received {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Front {
    /// With the services that greet.
    fn new() -> Self {
        Self::denying(None)
    }

    fn denying(denied: Option<&'static str>) -> Self {
        Self::open(denied, |_| greeters::services())
    }

    fn open(denied: Option<&'static str>, services: impl FnOnce(&Base) -> Services) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        state_dir.make().expect("a folder");
        let store = Arc::new(Store::open(&state_dir.path("state")).expect("it opens"));
        let journal = Arc::new(Journal::open(&state_dir).expect("it opens"));
        let keys = Keys::long_term();
        let authority = Arc::new(Recorder {
            denied,
            checked: Mutex::default(),
        });
        let clock = AdjustableClock::open(&store).expect("it opens");
        let base = Base {
            deliveries: DeliveryQueue::new(&store, &journal, clock.clone()),
            timer: Timer::new(clock.clone(), &journal),
            clock,
            store,
            keyring: Arc::new(Keyring::new(keys.clone())),
            authority: authority.clone(),
            journal,
            url: format!("http://{HOST}"),
            state_dir,
            was_killed: false,
        };
        let services = services(&base);
        Self {
            edge: Edge::new(services, &base.keyring, &base.authority, &base.journal),
            _folder: folder,
            keys,
            authority,
        }
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Received {
        self.send_body(request.map(wire::full)).await
    }

    async fn send_body(&self, request: Request<wire::Body>) -> Received {
        let response = self.edge.answer(request).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("it ends").to_bytes();
        Received {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    async fn send_signed(&self, service: &str, request: Request<Vec<u8>>) -> Received {
        self.send(self.signed(service, request)).await
    }

    fn signed(&self, service: &str, mut request: Request<Vec<u8>>) -> Request<Vec<u8>> {
        let Keys {
            access_key_id,
            secret_access_key,
            session_token,
        } = self.keys.clone();
        let identity = Credentials::new(
            access_key_id,
            secret_access_key,
            session_token,
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(crate::REGION)
            .name(service)
            .time(std::time::SystemTime::now())
            .settings(settings)
            .build()
            .expect("it is all there")
            .into();
        let uri = format!("http://{HOST}{}", request.uri());
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().expect("text")));
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), &uri, headers, body);
        let (instructions, _) = sign(signable.expect("a request"), &params)
            .expect("it is signed")
            .into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

/// A request of a form, a JSON or nothing.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Vec<u8>> {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", HOST);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}

fn form(body: &str) -> Request<Vec<u8>> {
    let kind = ("content-type", "application/x-www-form-urlencoded");
    request("POST", "/", &[kind], body)
}

fn json(target: &str, body: &str) -> Request<Vec<u8>> {
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", target),
    ];
    request("POST", "/", &headers, body)
}
