//! Which AWS operation an HTTP request is, and whether it changes anything.
//!
//! The service comes from the scope of the request's signature; the operation from wherever the
//! service's protocol puts it: a form field, a header, or the method and the path. Pure: it sees one
//! request and nothing else.

mod rest;
#[cfg(test)]
mod tests;

use std::fmt;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::http::request::Parts;

/// An AWS operation; written as in an IAM policy, `lambda:UpdateFunctionCode`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// As in a signature's scope: `cloudformation`, `lambda`, `dynamodb`, `logs`, `s3`, `sts`;
    /// `unsigned` without a signature.
    pub service: String,
    /// As in the service's API reference; `PUT /its/path` for what this module has no name for.
    pub name: String,
    pub protocol: Protocol,
}

/// How a service writes its requests, answers and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A form in, XML out: CloudFormation, STS, IAM.
    Query,
    /// JSON in and out, the operation in a header: DynamoDB, CloudWatch Logs.
    Json,
    /// JSON in and out, the operation in method and path: Lambda, API Gateway.
    RestJson,
    /// XML or bytes, the operation in method and path: S3.
    RestXml,
}

/// What an operation does to what is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Read,
    /// Creates, changes or deletes something, or may.
    Write,
    /// Runs a function, which may do anything.
    Invoke,
}

const READ_PREFIXES: [&str; 13] = [
    "BatchGet", "Describe", "Detect", "Estimate", "Filter", "Get", "Head", "List", "Lookup",
    "Query", "Scan", "Test", "Validate",
];

impl Operation {
    pub fn of(request: &Parts, body: &[u8]) -> Self {
        let service = signed_service(request).or_else(|| public_service(request));
        let service = service.unwrap_or("unsigned").to_owned();
        let (protocol, name) = if let Some(target) = header(request, "x-amz-target") {
            (Protocol::Json, target.rsplit('.').next().map(str::to_owned))
        } else if let Some(action) = action(request, body) {
            (Protocol::Query, Some(action))
        } else if service == "s3" {
            (Protocol::RestXml, rest::s3(request).map(str::to_owned))
        } else {
            let name = match service.as_str() {
                "apigateway" => rest::api_gateway(request),
                _ => rest::lambda(request),
            };
            (Protocol::RestJson, name.map(str::to_owned))
        };
        let unnamed = || format!("{} {}", request.method, request.uri.path());
        Self {
            service,
            name: name.unwrap_or_else(unnamed),
            protocol,
        }
    }

    pub fn effect(&self) -> Effect {
        let starts_with_one_of =
            |prefixes: &[&str]| prefixes.iter().any(|prefix| self.name.starts_with(prefix));
        if self.name.starts_with("Invoke") || self.name == "TestInvokeMethod" {
            Effect::Invoke
        } else if self.service == "sts"
            || starts_with_one_of(&READ_PREFIXES)
            || starts_with_one_of(&["GET ", "HEAD "])
        {
            Effect::Read
        } else {
            Effect::Write
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.service, self.name)
    }
}

fn header<'a>(request: &'a Parts, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

/// `AWS4-HMAC-SHA256 Credential=KEY/20261122/us-east-1/lambda/aws4_request, …` names the service.
fn signed_service(request: &Parts) -> Option<&str> {
    let authorization = header(request, AUTHORIZATION.as_str())?;
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split([',', ' ']).next()?.split('/').nth(3)
}

/// What clients do not sign has only the name of the service in its header.
fn public_service(request: &Parts) -> Option<&'static str> {
    let target = header(request, "x-amz-target")?;
    target
        .starts_with("AWSCognitoIdentityProviderService.")
        .then_some("cognito-idp")
}

fn action(request: &Parts, body: &[u8]) -> Option<String> {
    let is_form = header(request, CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let form = if is_form {
        std::str::from_utf8(body).ok()?
    } else {
        request.uri.query()?
    };
    form.split('&')
        .find_map(|field| field.strip_prefix("Action="))
        .map(str::to_owned)
}
