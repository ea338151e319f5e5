//! Where requests come in: refused, or brought to the service that they were signed for.

mod origin;
mod rooms;
mod signature;

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use uuid::Uuid;

use super::fault::Fault;
use super::journal::Journal;
use super::keys::Keyring;
use super::paths::{HEALTH, RUNTIME};
use super::services::Services;
use super::wire::{self, Body, BodyTimedOut, BodyTimeout, Protocol};
use rooms::Room;
use signature::{Claim, Refusal};

#[derive(Debug)]
pub struct Edge {
    keyring: Arc<Keyring>,
    services: Services,
    journal: Arc<Journal>,
}

/// A refusal, in the protocol that its client speaks.
struct Refused(Protocol, Fault);

impl Edge {
    pub fn new(keyring: &Arc<Keyring>, services: Services, journal: &Arc<Journal>) -> Self {
        Self {
            keyring: keyring.clone(),
            services,
            journal: journal.clone(),
        }
    }

    pub fn services(&self) -> &Services {
        &self.services
    }

    pub async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let request_id = Uuid::new_v4().to_string();
        let asked = format!("{} {}", request.method(), request.uri().path());
        let expects = request.headers().contains_key(header::EXPECT);
        let answered = self.admit(request, &request_id).await;
        answered.unwrap_or_else(|Refused(protocol, fault)| {
            if fault.status == StatusCode::FORBIDDEN || fault.status.is_server_error() {
                self.journal.note(&format!("{asked}: {fault}"));
            }
            let mut response = protocol.fault(&fault, &request_id);
            if expects {
                // The body that was announced may not come: nothing can follow on the connection,
                // and a client that is not told would send its next request there.
                wire::set(response.headers_mut(), header::CONNECTION.as_str(), "close");
            }
            response
        })
    }

    async fn admit(
        &self,
        request: Request<Incoming>,
        request_id: &str,
    ) -> Result<Response<Body>, Refused> {
        let guessed = rooms::guessed_protocol(request.headers(), request.uri().path());
        let refuse = |fault| Refused(guessed, fault);
        origin::check(request.uri(), request.headers()).map_err(refuse)?;
        let path = request.uri().path();
        if path == HEALTH {
            return Ok(wire::response(
                StatusCode::OK,
                "text/plain",
                "ready\n",
                request_id,
            ));
        }
        if let Some(under) = path.strip_prefix(RUNTIME) {
            let under = under.to_owned();
            return Ok(self.services.platform.lambda.runtime(&under, request).await);
        }
        let (parts, body) = request.into_parts();
        let claim =
            Claim::of(&parts).map_err(|refusal| refuse(rooms::refused(guessed, &refusal)))?;
        let room = Room::of(&claim.service, &self.services)
            .ok_or_else(|| refuse(rooms::unknown(&claim.service)))?;
        let protocol = room.protocol();
        self.enter(room, claim, parts, body, request_id)
            .await
            .map_err(|fault| Refused(protocol, fault))
    }

    async fn enter(
        &self,
        room: Room<'_>,
        claim: Claim,
        parts: Parts,
        body: Incoming,
        request_id: &str,
    ) -> Result<Response<Body>, Fault> {
        let refused = |refusal: Refusal| rooms::refused(room.protocol(), &refusal);
        if let Room::S3(s3) = room {
            // Checks the signature itself: it may cover each part of a stream, or be a link's.
            if !claim.presigned {
                claim.fresh(&parts.headers).map_err(refused)?;
            }
            return s3.answer(Request::from_parts(parts, body)).await;
        }
        if claim.presigned {
            return Err(refused(Refusal::Malformed(
                "only S3 supports presigned requests",
            )));
        }
        let (keys, caller) = self
            .keyring
            .find(&claim.access_key_id)
            .ok_or_else(|| refused(Refusal::UnknownKeys))?;
        let body = collected(body, room.longest_body()).await?;
        claim.check(&parts, &body, &keys).map_err(refused)?;
        room.answer(&parts, body, &caller, request_id).await
    }
}

async fn collected(body: Incoming, longest: usize) -> Result<Bytes, Fault> {
    match Limited::new(BodyTimeout::new(body), longest)
        .collect()
        .await
    {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Fault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
            format!("the request is longer than {longest} bytes"),
        )),
        Err(error) if error.is::<BodyTimedOut>() => Err(Fault::new(
            StatusCode::REQUEST_TIMEOUT,
            "RequestTimeout",
            error.to_string(),
        )),
        Err(error) => Err(Fault::invalid("IncompleteBody", error.to_string())),
    }
}
