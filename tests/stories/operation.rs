//! Which AWS operation an HTTP request is, and whether it changes anything.
//!
//! The service comes from the scope of the request's signature; the operation from wherever the
//! service's protocol puts it: a form field, a header, or the method and the path. Pure: it sees one
//! request and nothing else.

use std::fmt;

use hyper::Method;
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
        let service = signed_service(request).unwrap_or("unsigned").to_owned();
        let (protocol, name) = if let Some(target) = header(request, "x-amz-target") {
            (Protocol::Json, target.rsplit('.').next().map(str::to_owned))
        } else if let Some(action) = action(request, body) {
            (Protocol::Query, Some(action))
        } else if service == "s3" {
            (Protocol::RestXml, s3(request).map(str::to_owned))
        } else {
            (
                Protocol::RestJson,
                lambda(&request.method, request.uri.path()).map(str::to_owned),
            )
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
        if self.name.starts_with("Invoke") {
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

/// Lambda's REST API: a dated version, then a collection, an item and what is asked of it.
fn lambda(method: &Method, path: &str) -> Option<&'static str> {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    Some(match (method.as_str(), &segments[1..]) {
        ("POST", ["functions"]) => "CreateFunction",
        ("GET", ["functions"]) => "ListFunctions",
        ("GET", ["functions", _]) => "GetFunction",
        ("DELETE", ["functions", _]) => "DeleteFunction",
        ("PUT", ["functions", _, "code"]) => "UpdateFunctionCode",
        ("GET", ["functions", _, "configuration"]) => "GetFunctionConfiguration",
        ("PUT", ["functions", _, "configuration"]) => "UpdateFunctionConfiguration",
        ("POST", ["functions", _, "invocations"]) => "Invoke",
        ("POST", ["functions", _, "response-streaming-invocations"]) => "InvokeWithResponseStream",
        ("POST", ["functions", _, "versions"]) => "PublishVersion",
        ("GET", ["functions", _, "versions"]) => "ListVersionsByFunction",
        ("POST", ["functions", _, "policy"]) => "AddPermission",
        ("GET", ["functions", _, "policy"]) => "GetPolicy",
        ("DELETE", ["functions", _, "policy", _]) => "RemovePermission",
        ("PUT", ["functions", _, "concurrency"]) => "PutFunctionConcurrency",
        ("GET", ["functions", _, "concurrency"]) => "GetFunctionConcurrency",
        ("DELETE", ["functions", _, "concurrency"]) => "DeleteFunctionConcurrency",
        ("GET", ["tags", ..]) => "ListTags",
        ("POST", ["tags", ..]) => "TagResource",
        ("DELETE", ["tags", ..]) => "UntagResource",
        ("GET", ["account-settings"]) => "GetAccountSettings",
        _ => return None,
    })
}

/// S3's REST API with the bucket in the path; sub-resources are query parameters.
fn s3(request: &Parts) -> Option<&'static str> {
    let (bucket, key) = {
        let path = request.uri.path().trim_start_matches('/');
        path.split_once('/').unwrap_or((path, ""))
    };
    let query = request.uri.query().unwrap_or_default();
    let asks = |name: &str| {
        query
            .split('&')
            .any(|field| field.split('=').next() == Some(name))
    };
    let method = request.method.as_str();
    if bucket.is_empty() {
        return (method == "GET").then_some("ListBuckets");
    }
    if key.is_empty() {
        s3_bucket(method, asks)
    } else {
        s3_object(method, asks, request)
    }
}

fn s3_bucket(method: &str, asks: impl Fn(&str) -> bool) -> Option<&'static str> {
    let settings: [(&str, [&str; 3]); 7] = [
        (
            "encryption",
            [
                "GetBucketEncryption",
                "PutBucketEncryption",
                "DeleteBucketEncryption",
            ],
        ),
        (
            "lifecycle",
            [
                "GetBucketLifecycleConfiguration",
                "PutBucketLifecycleConfiguration",
                "DeleteBucketLifecycle",
            ],
        ),
        ("location", ["GetBucketLocation", "", ""]),
        (
            "policy",
            ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"],
        ),
        (
            "publicAccessBlock",
            [
                "GetPublicAccessBlock",
                "PutPublicAccessBlock",
                "DeletePublicAccessBlock",
            ],
        ),
        (
            "tagging",
            [
                "GetBucketTagging",
                "PutBucketTagging",
                "DeleteBucketTagging",
            ],
        ),
        (
            "versioning",
            ["GetBucketVersioning", "PutBucketVersioning", ""],
        ),
    ];
    if let Some((_, [get, put, delete])) = settings.into_iter().find(|(name, _)| asks(name)) {
        let named = match method {
            "GET" => get,
            "PUT" => put,
            "DELETE" => delete,
            _ => "",
        };
        return (!named.is_empty()).then_some(named);
    }
    Some(match method {
        "GET" if asks("list-type") => "ListObjectsV2",
        "GET" if asks("versions") => "ListObjectVersions",
        "GET" if asks("uploads") => "ListMultipartUploads",
        "GET" => "ListObjects",
        "HEAD" => "HeadBucket",
        "PUT" => "CreateBucket",
        "DELETE" => "DeleteBucket",
        "POST" if asks("delete") => "DeleteObjects",
        _ => return None,
    })
}

fn s3_object(method: &str, asks: impl Fn(&str) -> bool, request: &Parts) -> Option<&'static str> {
    Some(match method {
        "GET" if asks("tagging") => "GetObjectTagging",
        "GET" if asks("uploadId") => "ListParts",
        "GET" => "GetObject",
        "HEAD" => "HeadObject",
        "PUT" if asks("tagging") => "PutObjectTagging",
        "PUT" if asks("partNumber") => "UploadPart",
        "PUT" if request.headers.contains_key("x-amz-copy-source") => "CopyObject",
        "PUT" => "PutObject",
        "DELETE" if asks("uploadId") => "AbortMultipartUpload",
        "DELETE" => "DeleteObject",
        "POST" if asks("uploads") => "CreateMultipartUpload",
        "POST" if asks("uploadId") => "CompleteMultipartUpload",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::{Effect, Operation};

    /// `METHOD URI`, signed for `service`, with a header and a body.
    fn named(service: &str, line: &str, header: (&str, &str), body: &str) -> (String, Effect) {
        let (method, uri) = line.split_once(' ').expect("a method and a URI");
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", scope)
            .header(header.0, header.1)
            .body(())
            .expect("a valid request");
        let operation = Operation::of(&request.into_parts().0, body.as_bytes());
        (operation.to_string(), operation.effect())
    }

    #[test]
    fn forms_name_the_operation_in_a_field() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        for (service, body, name, effect) in [
            (
                "cloudformation",
                "Action=CreateStack&Version=2010-05-15",
                "CreateStack",
                Effect::Write,
            ),
            (
                "cloudformation",
                "Version=1&Action=DescribeStacks",
                "DescribeStacks",
                Effect::Read,
            ),
            (
                "cloudformation",
                "Action=ValidateTemplate",
                "ValidateTemplate",
                Effect::Read,
            ),
            (
                "cloudformation",
                "Action=CreateChangeSet",
                "CreateChangeSet",
                Effect::Write,
            ),
            (
                "sts",
                "Action=GetCallerIdentity",
                "GetCallerIdentity",
                Effect::Read,
            ),
            ("sts", "Action=AssumeRole", "AssumeRole", Effect::Read),
        ] {
            assert_eq!(
                named(service, "POST /", form, body),
                (format!("{service}:{name}"), effect)
            );
        }
    }

    #[test]
    fn json_protocols_name_it_in_a_header() {
        for (service, target, name, effect) in [
            (
                "dynamodb",
                "DynamoDB_20120810.PutItem",
                "PutItem",
                Effect::Write,
            ),
            ("dynamodb", "DynamoDB_20120810.Scan", "Scan", Effect::Read),
            (
                "dynamodb",
                "DynamoDB_20120810.BatchGetItem",
                "BatchGetItem",
                Effect::Read,
            ),
            (
                "logs",
                "Logs_20140328.FilterLogEvents",
                "FilterLogEvents",
                Effect::Read,
            ),
            (
                "logs",
                "Logs_20140328.DeleteLogGroup",
                "DeleteLogGroup",
                Effect::Write,
            ),
        ] {
            assert_eq!(
                named(service, "POST /", ("x-amz-target", target), "{}"),
                (format!("{service}:{name}"), effect)
            );
        }
    }

    #[test]
    fn rest_services_name_it_in_method_and_path() {
        let none = ("accept", "*/*");
        for (service, line, name, effect) in [
            (
                "lambda",
                "PUT /2015-03-31/functions/f/code",
                "UpdateFunctionCode",
                Effect::Write,
            ),
            (
                "lambda",
                "GET /2015-03-31/functions/f",
                "GetFunction",
                Effect::Read,
            ),
            (
                "lambda",
                "GET /2015-03-31/functions/?Marker=1",
                "ListFunctions",
                Effect::Read,
            ),
            (
                "lambda",
                "GET /2015-03-31/functions/a%3Ab/configuration",
                "GetFunctionConfiguration",
                Effect::Read,
            ),
            (
                "lambda",
                "POST /2015-03-31/functions/f/invocations",
                "Invoke",
                Effect::Invoke,
            ),
            (
                "lambda",
                "PUT /2099-01-01/inventions/f",
                "PUT /2099-01-01/inventions/f",
                Effect::Write,
            ),
            ("s3", "GET /", "ListBuckets", Effect::Read),
            ("s3", "PUT /bucket", "CreateBucket", Effect::Write),
            ("s3", "HEAD /bucket/", "HeadBucket", Effect::Read),
            (
                "s3",
                "PUT /bucket?lifecycle",
                "PutBucketLifecycleConfiguration",
                Effect::Write,
            ),
            (
                "s3",
                "GET /bucket?list-type=2&prefix=a",
                "ListObjectsV2",
                Effect::Read,
            ),
            ("s3", "POST /bucket?delete", "DeleteObjects", Effect::Write),
            (
                "s3",
                "PUT /bucket/a/b.zip?x-id=PutObject",
                "PutObject",
                Effect::Write,
            ),
            ("s3", "HEAD /bucket/a/b.zip", "HeadObject", Effect::Read),
            (
                "s3",
                "PUT /bucket/a?partNumber=1&uploadId=u",
                "UploadPart",
                Effect::Write,
            ),
            ("apigateway", "GET /restapis", "GET /restapis", Effect::Read),
            (
                "apigateway",
                "POST /restapis",
                "POST /restapis",
                Effect::Write,
            ),
        ] {
            assert_eq!(
                named(service, line, none, ""),
                (format!("{service}:{name}"), effect)
            );
        }
    }

    #[test]
    fn a_copy_is_told_from_an_upload_by_its_header() {
        let source = ("x-amz-copy-source", "/bucket/old");
        let (name, _) = named("s3", "PUT /bucket/new", source, "");
        assert_eq!(name, "s3:CopyObject");
    }

    #[test]
    fn a_request_without_a_signature_keeps_its_line() {
        let request = Request::builder()
            .uri("/prod/state")
            .body(())
            .expect("a valid request");
        let operation = Operation::of(&request.into_parts().0, b"");
        assert_eq!(operation.to_string(), "unsigned:GET /prod/state");
    }
}
