//! S3's operations pass the authority as those of all services do, through the library that reads them.

use std::collections::BTreeSet;

use super::every_operation::{deny, listed};
use super::{Front, request};
use crate::authorise::Access;
use crate::service::Registered;

const BUCKET: &str = "arn:aws:s3:::box";
const OBJECT: &str = "arn:aws:s3:::box/a k";

/// Operation, method, target, action, resource.
#[rustfmt::skip] // One line each, as a table.
const REQUESTS: &[(&str, &str, &str, &str, &str)] = &[
    ("AbortMultipartUpload", "DELETE", "/box/a%20k?uploadId=u", "s3:AbortMultipartUpload", OBJECT),
    ("CompleteMultipartUpload", "POST", "/box/a%20k?uploadId=u", "s3:PutObject", OBJECT),
    ("CreateBucket", "PUT", "/box", "s3:CreateBucket", BUCKET),
    ("CreateMultipartUpload", "POST", "/box/a%20k?uploads", "s3:PutObject", OBJECT),
    ("DeleteBucket", "DELETE", "/box", "s3:DeleteBucket", BUCKET),
    ("DeleteBucketEncryption", "DELETE", "/box?encryption", "s3:PutEncryptionConfiguration", BUCKET),
    ("DeleteBucketLifecycle", "DELETE", "/box?lifecycle", "s3:PutLifecycleConfiguration", BUCKET),
    ("DeleteBucketOwnershipControls", "DELETE", "/box?ownershipControls", "s3:PutBucketOwnershipControls", BUCKET),
    ("DeleteBucketPolicy", "DELETE", "/box?policy", "s3:DeleteBucketPolicy", BUCKET),
    ("DeleteBucketTagging", "DELETE", "/box?tagging", "s3:PutBucketTagging", BUCKET),
    ("DeleteBucketWebsite", "DELETE", "/box?website", "s3:DeleteBucketWebsite", BUCKET),
    ("DeleteObject", "DELETE", "/box/a%20k", "s3:DeleteObject", OBJECT),
    ("DeleteObject", "DELETE", "/box/a%20k?versionId=v", "s3:DeleteObjectVersion", OBJECT),
    ("DeleteObjectTagging", "DELETE", "/box/a%20k?tagging", "s3:DeleteObjectTagging", OBJECT),
    ("DeletePublicAccessBlock", "DELETE", "/box?publicAccessBlock", "s3:PutBucketPublicAccessBlock", BUCKET),
    ("GetBucketAcl", "GET", "/box?acl", "s3:GetBucketAcl", BUCKET),
    ("GetBucketEncryption", "GET", "/box?encryption", "s3:GetEncryptionConfiguration", BUCKET),
    ("GetBucketLifecycleConfiguration", "GET", "/box?lifecycle", "s3:GetLifecycleConfiguration", BUCKET),
    ("GetBucketLocation", "GET", "/box?location", "s3:GetBucketLocation", BUCKET),
    ("GetBucketNotificationConfiguration", "GET", "/box?notification", "s3:GetBucketNotification", BUCKET),
    ("GetBucketOwnershipControls", "GET", "/box?ownershipControls", "s3:GetBucketOwnershipControls", BUCKET),
    ("GetBucketPolicy", "GET", "/box?policy", "s3:GetBucketPolicy", BUCKET),
    ("GetBucketTagging", "GET", "/box?tagging", "s3:GetBucketTagging", BUCKET),
    ("GetBucketVersioning", "GET", "/box?versioning", "s3:GetBucketVersioning", BUCKET),
    ("GetBucketWebsite", "GET", "/box?website", "s3:GetBucketWebsite", BUCKET),
    ("GetObject", "GET", "/box/a%20k", "s3:GetObject", OBJECT),
    ("GetObject", "GET", "/box/a%20k?versionId=v", "s3:GetObjectVersion", OBJECT),
    ("GetObjectAttributes", "GET", "/box/a%20k?attributes", "s3:GetObject", OBJECT),
    ("GetObjectLockConfiguration", "GET", "/box?object-lock", "s3:GetBucketObjectLockConfiguration", BUCKET),
    ("GetObjectTagging", "GET", "/box/a%20k?tagging", "s3:GetObjectTagging", OBJECT),
    ("GetPublicAccessBlock", "GET", "/box?publicAccessBlock", "s3:GetBucketPublicAccessBlock", BUCKET),
    ("HeadBucket", "HEAD", "/box", "s3:ListBucket", BUCKET),
    ("HeadObject", "HEAD", "/box/a%20k", "s3:GetObject", OBJECT),
    ("ListBuckets", "GET", "/", "s3:ListAllMyBuckets", "*"),
    ("ListMultipartUploads", "GET", "/box?uploads", "s3:ListBucketMultipartUploads", BUCKET),
    ("ListObjectVersions", "GET", "/box?versions", "s3:ListBucketVersions", BUCKET),
    ("ListObjects", "GET", "/box", "s3:ListBucket", BUCKET),
    ("ListObjectsV2", "GET", "/box?list-type=2", "s3:ListBucket", BUCKET),
    ("ListParts", "GET", "/box/a%20k?uploadId=u", "s3:ListMultipartUploadParts", OBJECT),
    ("PutBucketEncryption", "PUT", "/box?encryption", "s3:PutEncryptionConfiguration", BUCKET),
    ("PutBucketLifecycleConfiguration", "PUT", "/box?lifecycle", "s3:PutLifecycleConfiguration", BUCKET),
    ("PutBucketNotificationConfiguration", "PUT", "/box?notification", "s3:PutBucketNotification", BUCKET),
    ("PutBucketOwnershipControls", "PUT", "/box?ownershipControls", "s3:PutBucketOwnershipControls", BUCKET),
    ("PutBucketPolicy", "PUT", "/box?policy", "s3:PutBucketPolicy", BUCKET),
    ("PutBucketTagging", "PUT", "/box?tagging", "s3:PutBucketTagging", BUCKET),
    ("PutBucketVersioning", "PUT", "/box?versioning", "s3:PutBucketVersioning", BUCKET),
    ("PutBucketWebsite", "PUT", "/box?website", "s3:PutBucketWebsite", BUCKET),
    ("PutObject", "PUT", "/box/a%20k", "s3:PutObject", OBJECT),
    ("PutObjectTagging", "PUT", "/box/a%20k?tagging", "s3:PutObjectTagging", OBJECT),
    ("PutPublicAccessBlock", "PUT", "/box?publicAccessBlock", "s3:PutBucketPublicAccessBlock", BUCKET),
    ("UploadPart", "PUT", "/box/a%20k?partNumber=1&uploadId=u", "s3:PutObject", OBJECT),
];

/// Sends a request that is denied. Returns what the authority checked.
async fn required(front: &Front, request: http::Request<Vec<u8>>) -> Vec<String> {
    let response = front.send_signed("s3", request).await;
    assert_eq!(response.status, 403, "{}", response.text);
    let checked = std::mem::take(&mut *front.authority.checked.lock().expect("nobody panicked"));
    let checked: Vec<Access> = checked.into_iter().map(|(_, access)| access).collect();
    listed(&checked)
}

#[tokio::test]
async fn each_operation_needs_its_action_on_bucket_or_object() {
    let (front, _) = deny("");
    for (operation, method, target, action, resource) in REQUESTS {
        let checked = required(&front, request(method, target, &[], "")).await;
        assert_eq!(checked, [format!("{action} {resource}")], "{operation}");
    }
}

#[tokio::test]
async fn a_copy_needs_access_to_both_objects() {
    let (front, _) = deny("s3:GetObject");
    let source = "s3:GetObject arn:aws:s3:::other/its key";
    for target in ["/box/k", "/box/k?partNumber=1&uploadId=u"] {
        let from = [("x-amz-copy-source", "/other/its%20key")];
        let checked = required(&front, request("PUT", target, &from, "")).await;
        assert_eq!(
            checked,
            ["s3:PutObject arn:aws:s3:::box/k", source],
            "{target}"
        );
    }
    let version = [("x-amz-copy-source", "other/k?versionId=v")];
    let checked = required(&front, request("PUT", "/box/k", &version, "")).await;
    assert_eq!(checked[1], "s3:GetObjectVersion arn:aws:s3:::other/k");
}

#[tokio::test]
async fn what_else_a_request_does_needs_access_too() {
    let tags = [("x-amz-tagging", "a=b")];
    let (front, _) = deny("s3:PutObjectTagging");
    let tagging = required(&front, request("PUT", "/box/k", &tags, "")).await;
    assert_eq!(tagging[1], "s3:PutObjectTagging arn:aws:s3:::box/k");
    let (front, _) = deny("s3:GetObjectAttributes");
    let attributes = required(&front, request("GET", "/box/k?attributes", &[], "")).await;
    assert_eq!(attributes[1], "s3:GetObjectAttributes arn:aws:s3:::box/k");
}

#[tokio::test]
async fn each_object_to_delete_needs_access() {
    let body = "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>";
    let length = body.len().to_string();
    let length = [("content-length", length.as_str())];
    let delete = request("POST", "/box?delete", &length, body);
    let (front, _) = deny("s3:DeleteObject");
    let checked = required(&front, delete).await;
    assert_eq!(checked, ["s3:DeleteObject arn:aws:s3:::box/a"]);
}

#[tokio::test]
async fn only_who_may_list_a_bucket_learns_that_it_has_no_such_object() {
    let (front, _) = deny("s3:ListBucket");
    for (target, body) in [("/box", ""), ("/box/there", "contents")] {
        let length = body.len().to_string();
        let made = request("PUT", target, &[("content-length", length.as_str())], body);
        assert_eq!(front.send_signed("s3", made).await.status, 200, "{target}");
    }
    let read = async |method: &str, target: &str| {
        let sent = request(method, target, &[("range", "bytes=0-1")], "");
        front.send_signed("s3", sent).await
    };
    assert_eq!(read("GET", "/box/there").await.status, 206);
    assert_eq!(read("GET", "/elsewhere/there").await.status, 404);
    for (method, target) in [
        ("GET", "/box/gone"),
        ("HEAD", "/box/gone"),
        ("GET", "/box/gone?tagging"),
    ] {
        assert_eq!(read(method, target).await.status, 403, "{method} {target}");
    }
    let hidden = read("GET", "/box/gone").await.text;
    assert!(hidden.contains("s3:ListBucket"), "{hidden}");
    let (front, _) = deny("s3:DeleteObject");
    for (method, target, status) in [("PUT", "/box", 200), ("GET", "/box/gone", 404)] {
        let sent = request(method, target, &[("content-length", "0")], "");
        assert_eq!(front.send_signed("s3", sent).await.status, status);
    }
}

#[tokio::test]
async fn no_operation_of_s3_is_left_out() {
    let elsewhere = ["CopyObject", "DeleteObjects", "UploadPartCopy"];
    let tried = REQUESTS.iter().map(|(operation, ..)| *operation);
    let tried: BTreeSet<&str> = tried.chain(elsewhere).collect();
    let (_front, registered) = deny("");
    let s3 = registered
        .iter()
        .find(|service| matches!(service, Registered::OwnWire(_)));
    let operations = s3.expect("it is there").description().operations;
    let all: BTreeSet<&str> = operations.iter().map(|operation| operation.name).collect();
    assert_eq!(tried, all);
}

/// The library does not check the date.
#[tokio::test]
async fn a_request_that_was_signed_long_ago_is_refused() {
    let (front, _) = deny("");
    let mut sent = front.signed("s3", request("GET", "/", &[], ""));
    let long_ago = "20200101T000000Z".parse().expect("a value");
    sent.headers_mut().insert("x-amz-date", long_ago);
    let response = front.send(sent).await;
    assert_eq!(response.status, 403);
    let code = "<Code>RequestTimeTooSkewed</Code>";
    assert!(response.text.contains(code), "{}", response.text);
}
