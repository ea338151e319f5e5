//! S3: buckets and objects, for clients through S3's own protocol and for the other services in Rust.
//!
//! The s3s library reads requests, checks their signatures and writes answers; [`api`] names the
//! function of each operation, and [`state`] is what they work on. Buckets are the owner's alone;
//! what can be configured of them is remembered (see [`configuration`]).

mod admission;
mod api;
mod assemble;
mod bucket;
mod checksum;
mod conditions;
mod configuration;
mod delete;
mod description;
mod get;
mod intake;
mod lifecycle;
mod list;
mod listing;
mod multipart;
mod put;
mod record;
mod refusal;
mod span;
mod state;
mod tagging;

use std::sync::Arc;

use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use s3s::service::S3Service;
use serde_json::Value;
use uuid::Uuid;

use super::fault::Fault;
use super::keys::Keyring;
use super::store::{Blobs, Pin, Store};
use super::wire::{self, Body};
use state::State;

#[derive(Debug)]
pub struct S3 {
    state: State,
    service: S3Service,
}

impl S3 {
    pub fn new(store: &Arc<Store>, blobs: &Arc<Blobs>, keyring: &Arc<Keyring>) -> Self {
        let state = State::new(store, blobs);
        Self {
            service: api::service(&state, keyring),
            state,
        }
    }

    /// Answers a request whose signature is still to be checked.
    pub async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Fault> {
        let (parts, body) = request.into_parts();
        admission::check(&parts)?;
        let request = Request::from_parts(parts, s3s::Body::from(body));
        let answered = self.service.call(request).await;
        let response = answered.map_err(|error| Fault::internal(format!("{error:?}")))?;
        let mut response = response.map(|body| body.boxed_unsync());
        let headers = response.headers_mut();
        wire::set(headers, "x-amz-request-id", &Uuid::new_v4().to_string());
        let partial = headers.contains_key(header::CONTENT_RANGE);
        match response.status() {
            // The library puts an error's text into it.
            StatusCode::NOT_MODIFIED => {
                response.headers_mut().remove(header::CONTENT_TYPE);
                *response.body_mut() = wire::full("");
            }
            StatusCode::OK if partial => *response.status_mut() = StatusCode::PARTIAL_CONTENT,
            _ => {}
        }
        Ok(response)
    }

    /// The contents of an object, for a service that was told to fetch them.
    pub fn object(&self, bucket: &str, key: &str) -> Result<Pin, Fault> {
        let (_, pin) = self.state.pinned(bucket, key)?;
        Ok(pin)
    }

    /// Fails with `BucketAlreadyOwnedByYou` if it is there.
    pub fn create_bucket(&self, name: &str) -> Result<(), Fault> {
        self.state.create_bucket(name)
    }

    pub fn bucket_exists(&self, name: &str) -> Result<bool, Fault> {
        Ok(self.state.buckets.get(name)?.is_some())
    }

    /// Fails with `BucketNotEmpty` or `NoSuchBucket`.
    pub fn delete_bucket(&self, name: &str) -> Result<(), Fault> {
        self.state.remove_bucket(name)
    }

    /// Sets or, with `None`, takes away what CloudFormation calls `aspect` in an `AWS::S3::Bucket`,
    /// in its shape there; or `Policy`, a policy document.
    pub fn configure_bucket(
        &self,
        name: &str,
        aspect: &str,
        value: Option<Value>,
    ) -> Result<(), Fault> {
        known(aspect)?;
        self.state.configure(name, aspect, value)
    }

    pub fn bucket_configuration(&self, name: &str, aspect: &str) -> Result<Option<Value>, Fault> {
        known(aspect)?;
        self.state.configuration(name, aspect)
    }
}

fn known(aspect: &str) -> Result<(), Fault> {
    match configuration::ASPECTS.contains(&aspect) {
        true => Ok(()),
        false => Err(refusal::not_implemented(format!(
            "buckets have no {aspect} in the sandbox; they have {}",
            configuration::ASPECTS.join(", ")
        ))),
    }
}
