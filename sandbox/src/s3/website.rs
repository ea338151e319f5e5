//! The web sites of buckets, `<bucket>.s3-website.localhost`. Buckets have no configuration of a
//! web site here yet, so each answers what S3 answers without one.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html>

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, Request, Response, StatusCode};
use quick_xml::escape::escape;

use super::S3;
use crate::fault::Fault;
use crate::service::DataPlane;
use crate::wire::{self, Body};

pub struct Website(Arc<S3>);

impl Website {
    pub fn new(s3: &Arc<S3>) -> Self {
        Self(s3.clone())
    }

    fn fault(&self, bucket: &str, method: &Method) -> Result<Fault, Fault> {
        if ![Method::GET, Method::HEAD].contains(method) {
            return Ok(Fault::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            ));
        }
        Ok(if self.0.bucket_exists(bucket)? {
            Fault::not_found(
                "NoSuchWebsiteConfiguration",
                "The specified bucket does not have a website configuration",
            )
        } else {
            Fault::not_found("NoSuchBucket", "The specified bucket does not exist")
        })
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
        let fault = self.fault(bucket, request.method());
        page(&fault.unwrap_or_else(|fault| fault), bucket, request_id)
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
    wire::set(headers, "x-amz-request-id", request_id);
    wire::set(headers, "x-amz-error-code", &fault.code);
    wire::set(headers, "x-amz-error-message", &fault.message);
    response
}
