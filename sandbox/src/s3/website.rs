//! The web sites of buckets, `<bucket>.s3-website.localhost`: what the bucket policy lets anyone read, with index
//! and error documents. There are no redirects but the one to a folder.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html>

use std::sync::Arc;

use async_trait::async_trait;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use percent_encoding::percent_decode_str;
use quick_xml::escape::escape;
use s3s::dto::WebsiteConfiguration;

use super::S3;
use super::byte_range::ByteRange;
use super::errors::no_such_key;
use super::object::get::stream;
use super::preconditions::Preconditions;
use super::public_access;
use super::storage::Storage;
use crate::fault::Fault;
use crate::service::DataPlane;
use crate::wire::{self, Body};

pub struct Website(Arc<S3>);

/// The web site of a bucket.
struct Site<'a> {
    storage: &'a Storage,
    bucket: &'a str,
    /// The name of the document for a folder.
    index: String,
    /// The key of the document for errors.
    error: Option<String>,
}

impl Website {
    pub fn new(s3: &Arc<S3>) -> Self {
        Self(s3.clone())
    }

    async fn answered(&self, bucket: &str, parts: &Parts) -> Result<Response<Body>, Fault> {
        if ![Method::GET, Method::HEAD].contains(&parts.method) {
            return Err(Fault::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            ));
        }
        let site = Site::open(&self.0.storage, bucket)?;
        let fault = match site.answered(&parts.uri, &parts.headers).await {
            Err(fault) if fault.is_client_error() => fault,
            answered => return answered,
        };
        match site.error_document(fault.status).await {
            Some(document) => Ok(document),
            None => Err(fault),
        }
    }
}

impl<'a> Site<'a> {
    fn open(storage: &'a Storage, bucket: &'a str) -> Result<Self, Fault> {
        let found = storage.buckets.get(bucket)?;
        let found = found.ok_or_else(|| {
            Fault::not_found("NoSuchBucket", "The specified bucket does not exist")
        })?;
        let configuration: Option<WebsiteConfiguration> = found.get()?;
        let configuration = configuration.ok_or_else(|| {
            Fault::not_found(
                "NoSuchWebsiteConfiguration",
                "The specified bucket does not have a website configuration",
            )
        })?;
        let index = configuration.index_document.map(|index| index.suffix);
        Ok(Self {
            storage,
            bucket,
            index: index.unwrap_or_default(),
            error: configuration.error_document.map(|error| error.key),
        })
    }

    /// The document for a path, or the way to a folder of that name.
    async fn answered(&self, uri: &Uri, headers: &HeaderMap) -> Result<Response<Body>, Fault> {
        let path = uri.path();
        let key = percent_decode_str(path.strip_prefix('/').unwrap_or(path)).decode_utf8_lossy();
        let key = match key.is_empty() || key.ends_with('/') {
            true => format!("{key}{}", self.index),
            false => key.into_owned(),
        };
        let fault = match self.document(&key, headers).await {
            Err(fault) if ["NoSuchKey", "AccessDenied"].contains(&&*fault.code) => fault,
            answered => return answered,
        };
        let index = format!("{key}/{}", self.index);
        if self.may_read(&index)? && self.storage.has_object(self.bucket, &index)? {
            let mut moved = Response::new(wire::full(""));
            *moved.status_mut() = StatusCode::FOUND;
            let folder = format!("{path}/");
            wire::set(moved.headers_mut(), header::LOCATION.as_str(), &folder);
            return Ok(moved);
        }
        Err(fault)
    }

    /// With the status of the error. `None` if there is no such document that anyone may read.
    async fn error_document(&self, status: StatusCode) -> Option<Response<Body>> {
        let key = self.error.as_deref()?;
        let mut document = self.document(key, &HeaderMap::new()).await.ok()?;
        *document.status_mut() = status;
        Some(document)
    }

    /// The object, if anyone may read it. Only who may list the bucket learns that there is none.
    async fn document(&self, key: &str, headers: &HeaderMap) -> Result<Response<Body>, Fault> {
        let is_there = self.storage.has_object(self.bucket, key)?;
        let is_hidden = !is_there && !public_access::allows_listing(self.storage, self.bucket)?;
        if is_hidden || !self.may_read(key)? {
            return Err(Fault::denied("AccessDenied", "Access Denied"));
        }
        if !is_there {
            return Err(no_such_key(key));
        }
        let (object, pin) = self.storage.object_with_contents(self.bucket, key, None)?;
        object.metadata.check_readable()?;
        let mut response = match Preconditions::of_request(headers)?.check_read(&object) {
            Err(fault) if fault.status == StatusCode::NOT_MODIFIED => {
                let mut response = Response::new(wire::full(""));
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                response
            }
            Err(fault) => return Err(fault),
            Ok(()) => {
                let range = ByteRange::requested(None, None, &[], object.size)?;
                let contents = s3s::Body::from(stream(pin, range).await?);
                let mut response = Response::new(contents.map_err(Into::into).boxed_unsync());
                let length = object.size.into();
                response
                    .headers_mut()
                    .insert(header::CONTENT_LENGTH, length);
                response
            }
        };
        let headers = response.headers_mut();
        headers.extend(object.metadata.response_headers(&Uri::default()));
        let tag = format!("\"{}\"", object.etag);
        wire::set(headers, header::ETAG.as_str(), &tag);
        let modified = object.modified.in_headers().unwrap_or_default();
        wire::set(headers, header::LAST_MODIFIED.as_str(), &modified);
        Ok(response)
    }

    fn may_read(&self, key: &str) -> Result<bool, Fault> {
        public_access::allows_reading(self.storage, self.bucket, key)
    }
}

#[async_trait]
impl DataPlane for Website {
    fn domain(&self) -> &'static str {
        "s3-website"
    }

    async fn answer(
        &self,
        bucket: &str,
        request: Request<Body>,
        request_id: &str,
    ) -> Response<Body> {
        let (parts, _) = request.into_parts();
        let answered = self.answered(bucket, &parts).await;
        let mut response = answered.unwrap_or_else(|fault| page(&fault, bucket, request_id));
        wire::set(response.headers_mut(), "x-amz-request-id", request_id);
        if parts.method == Method::HEAD {
            *response.body_mut() = wire::full("");
        }
        response
    }
}

/// The page of an error.
fn page(fault: &Fault, bucket: &str, request_id: &str) -> Response<Body> {
    let title = fault.status.to_string();
    let page = format!(
        "<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<ul>\n\
         <li>Code: {}</li>\n<li>Message: {}</li>\n<li>BucketName: {}</li>\n\
         <li>RequestId: {}</li>\n</ul>\n<hr/>\n</body>\n</html>\n",
        fault.code,
        escape(fault.message.as_str()),
        escape(bucket),
        request_id,
    );
    let mut response = wire::response(fault.status, "text/html; charset=utf-8", page, "");
    let headers = response.headers_mut();
    headers.remove(wire::REQUEST_ID);
    wire::set(headers, "x-amz-error-code", &fault.code);
    wire::set(headers, "x-amz-error-message", &fault.message);
    response
}
