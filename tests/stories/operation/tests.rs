//! Requests as clients send them, and the names that they must get.

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
            "GET /restapis/a/stages/prod/exports/oas30",
            "GetExport",
            Effect::Read,
        ),
        (
            "apigateway",
            "POST /restapis/a/resources/b/methods/GET",
            "TestInvokeMethod",
            Effect::Invoke,
        ),
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
