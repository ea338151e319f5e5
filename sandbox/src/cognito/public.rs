//! The host `cognito-idp.localhost`, for whoever has no keys: the public operations, also for pages of any
//! origin, and the keys by which a pool's tokens are verified.

use std::sync::Arc;

use async_trait::async_trait;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};

use super::Cognito;
use super::names::issuer;
use crate::fault::Fault;
use crate::memory_budget::MemoryBudget;
use crate::service::{self, DataPlane};
use crate::wire::{self, Body};

#[derive(Debug)]
pub struct PublicApi {
    cognito: Arc<Cognito>,
    memory: MemoryBudget,
}

/// What is after the id of a pool in a path.
const WELL_KNOWN: &str = "/.well-known/";

impl PublicApi {
    pub fn new(cognito: &Arc<Cognito>) -> Self {
        Self {
            cognito: cognito.clone(),
            memory: MemoryBudget::default(),
        }
    }

    async fn answered(
        &self,
        request: Request<Body>,
        request_id: &str,
    ) -> Result<Response<Body>, Fault> {
        let (parts, body) = request.into_parts();
        match parts.method {
            Method::OPTIONS => Ok(wire::response(StatusCode::OK, "text/plain", "", request_id)),
            Method::GET => self.document(&parts, request_id).await,
            Method::POST => {
                let longest = Cognito::DESCRIPTION.longest_body;
                let body = self.memory.read(&parts.headers, body, longest).await?;
                let bytes = body.bytes.clone();
                service::answer_anyone(&*self.cognito, &parts, bytes, request_id).await
            }
            _ => Err(Fault::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "UnknownOperationException",
                "the sandbox answers GET, POST and OPTIONS here",
            )),
        }
    }

    /// `/<pool>/.well-known/jwks.json`, or what says where that is.
    async fn document(&self, parts: &Parts, request_id: &str) -> Result<Response<Body>, Fault> {
        let none = || {
            let message = "User pools have /<pool>/.well-known/jwks.json here";
            Fault::not_found("ResourceNotFoundException", message)
        };
        let path = parts.uri.path().strip_prefix('/').unwrap_or_default();
        let (pool, document) = path.split_once(WELL_KNOWN).ok_or_else(none)?;
        let pool = self.cognito.pools.get(pool)?.ok_or_else(none)?;
        let document = match document {
            "jwks.json" => self.cognito.keys_of(&pool.id).await?.public(),
            "openid-configuration" => {
                let issuer = issuer(&pool.id);
                let host = parts
                    .headers
                    .get(header::HOST)
                    .and_then(|it| it.to_str().ok());
                let host = host.unwrap_or("cognito-idp.localhost");
                serde_json::json!({
                    "issuer": issuer,
                    "jwks_uri": format!("http://{host}/{}{WELL_KNOWN}jwks.json", pool.id),
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "subject_types_supported": ["public"],
                    "response_types_supported": ["token"],
                })
            }
            _ => return Err(none()),
        };
        let (status, body) = (StatusCode::OK, document.to_string());
        Ok(wire::response(status, "application/json", body, request_id))
    }
}

#[async_trait]
impl DataPlane for PublicApi {
    fn domain(&self) -> &'static str {
        "cognito-idp"
    }

    fn has_ids(&self) -> bool {
        false
    }

    async fn answer(&self, _: &str, request: Request<Body>, request_id: &str) -> Response<Body> {
        let is_preflight = request.method() == Method::OPTIONS;
        let answered = self.answered(request, request_id).await;
        let protocol = Cognito::DESCRIPTION.protocol;
        let mut response = answered.unwrap_or_else(|fault| protocol.fault(&fault, request_id));
        allow_pages(response.headers_mut(), is_preflight);
        response
    }
}

/// Lets pages of any origin read the answer, as on AWS. No request has a cookie or another right of the
/// browser's own.
fn allow_pages(headers: &mut HeaderMap, is_preflight: bool) {
    wire::set(headers, "access-control-allow-origin", "*");
    let exposed = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";
    wire::set(headers, "access-control-expose-headers", exposed);
    if is_preflight {
        let asked = "content-type,x-amz-target,x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request,\
                     authorization,cache-control,x-amz-date,x-amz-security-token";
        wire::set(headers, "access-control-allow-headers", asked);
        wire::set(headers, "access-control-allow-methods", "GET,POST,OPTIONS");
        wire::set(headers, "access-control-max-age", "172800");
    }
}
