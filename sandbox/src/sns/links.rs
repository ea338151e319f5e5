//! What SNS answers without a signature: its certificate, and the links in messages that confirm and end
//! subscriptions. A link to confirm has a secret in it, and one to end the id of the subscription, as on AWS.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};

use super::{Sns, signer};
use crate::fault::Fault;
use crate::service::{self, Unsigned};
use crate::wire::{self, Body};

/// The operations that links are to.
const OPERATIONS: [&str; 2] = ["ConfirmSubscription", "Unsubscribe"];

#[async_trait]
impl Unsigned for Sns {
    fn takes(&self, request: &Request<Body>) -> bool {
        let path = request.uri().path();
        request.method() == Method::GET
            && (path.starts_with(signer::FILE) || path == "/" && is_link(request))
    }

    async fn answer(&self, request: Request<Body>, request_id: &str) -> Response<Body> {
        let uri = request.uri();
        let answered = match uri.path() {
            "/" => {
                self.follow(uri.query().unwrap_or_default(), request_id)
                    .await
            }
            path => self.certificate(path, request_id).await,
        };
        answered.unwrap_or_else(|fault| Self::DESCRIPTION.protocol.fault(&fault, request_id))
    }
}

/// Whether it is one of the links, and not signed.
fn is_link(request: &Request<Body>) -> bool {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let names_operation = form_urlencoded::parse(query)
        .any(|(name, value)| name == "Action" && OPERATIONS.contains(&&*value));
    let is_signed = form_urlencoded::parse(query).any(|(name, _)| name.starts_with("X-Amz-"));
    names_operation && !is_signed && !request.headers().contains_key(header::AUTHORIZATION)
}

impl Sns {
    async fn follow(&self, query: &str, request_id: &str) -> Result<Response<Body>, Fault> {
        let (parts, ()) = Request::new(()).into_parts();
        let query = Bytes::copy_from_slice(query.as_bytes());
        let call = Self::DESCRIPTION.protocol.read(&parts, query)?;
        service::call_as_anyone(self, call, request_id).await
    }

    async fn certificate(&self, path: &str, request_id: &str) -> Result<Response<Body>, Fault> {
        let signer = self.signer().await?;
        if signer.path != path {
            return Err(Fault::not_found("NotFound", "Certificate does not exist"));
        }
        let certificate = signer.certificate.clone();
        Ok(wire::response(
            StatusCode::OK,
            "application/x-pem-file",
            certificate,
            request_id,
        ))
    }
}
