//! The operations of services that put them into method and path: Lambda and S3.

use hyper::http::request::Parts;

/// Lambda's REST API: a dated version, then a collection, an item and what is asked of it.
pub fn lambda(request: &Parts) -> Option<&'static str> {
    let segments: Vec<&str> = request.uri.path().trim_matches('/').split('/').collect();
    Some(match (request.method.as_str(), &segments[1..]) {
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

/// API Gateway's REST API, as far as `mafia` uses it.
pub fn api_gateway(request: &Parts) -> Option<&'static str> {
    let segments: Vec<&str> = request.uri.path().trim_matches('/').split('/').collect();
    Some(match (request.method.as_str(), &segments[..]) {
        ("GET", ["restapis", _, "resources"]) => "GetResources",
        ("GET", ["restapis", _, "stages"]) => "GetStages",
        ("GET", ["restapis", _, "stages", _, "exports", _]) => "GetExport",
        ("POST", ["restapis", _, "resources", _, "methods", _]) => "TestInvokeMethod",
        _ => return None,
    })
}

/// S3's REST API with the bucket in the path; sub-resources are query parameters.
pub fn s3(request: &Parts) -> Option<&'static str> {
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
