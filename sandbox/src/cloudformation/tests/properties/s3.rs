//! Buckets and their policies.

use serde_json::{Value, json};

use super::{Row, Subject, document, lambda, name, row};
use crate::cloudformation::tests::{Sandbox, ask};

/// A queue, a topic and a function of this name, which S3 may reach.
pub async fn prepare(sandbox: &Sandbox, name: &str) {
    let policy = |action: &str, service: &str| {
        let arn = format!("arn:aws:{service}:us-east-1:000000000000:{name}");
        let statement = json!({ "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" },
            "Action": action, "Resource": arn });
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    };
    let policy_of_queue = json!({ "Policy": policy("sqs:SendMessage", "sqs") });
    let queue = json!({ "QueueName": name, "Attributes": policy_of_queue });
    let made = ask(&*sandbox.platform.sqs, "CreateQueue", queue).await;
    made.expect("made");
    let policy_of_topic = json!({ "Policy": policy("sns:Publish", "sns") });
    let topic = json!({ "Name": name, "Attributes": policy_of_topic });
    let made = ask(&*sandbox.platform.sns, "CreateTopic", topic).await;
    made.expect("made");
    lambda::make_function(sandbox, name).await;
    let permission = json!({ "FunctionName": name, "StatementId": "s",
        "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com" });
    let added = ask(&*sandbox.platform.lambda, "AddPermission", permission).await;
    added.expect("added");
}

pub fn bucket() -> Subject {
    let encryption = |default: Value| {
        json!({ "ServerSideEncryptionConfiguration":
            [{ "BucketKeyEnabled": true, "ServerSideEncryptionByDefault": default }] })
    };
    let document = |name: &str, content: &str| json!(format!("<{name}>{content}</{name}>"));
    let ownership = |ownership: &str| {
        let rule = format!("<Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule>");
        document("OwnershipControls", &rule)
    };
    let blocked = |flags: [bool; 4]| {
        let names = [
            "BlockPublicAcls",
            "BlockPublicPolicy",
            "IgnorePublicAcls",
            "RestrictPublicBuckets",
        ];
        let flags = names
            .iter()
            .zip(flags)
            .map(|(name, flag)| format!("<{name}>{flag}</{name}>"));
        document("PublicAccessBlockConfiguration", &flags.collect::<String>())
    };
    let told = |service: &str, end: &str| {
        let kind = if service == "lambda" { "function:" } else { "" };
        format!("arn:aws:{service}:us-east-1:000000000000:{kind}{{id}}-{end}")
    };
    let filter = |name: &str| json!({ "S3Key": { "Rules": [{ "Name": name, "Value": "a/" }] } });
    let versioning = |status: &str| {
        document(
            "VersioningConfiguration",
            &format!("<Status>{status}</Status>"),
        )
    };
    Subject {
        kind: "AWS::S3::Bucket",
        least: json!({}),
        full: json!({ "BucketName": "named" }),
        rows: vec![
            row(
                "BucketEncryption",
                "/BucketEncryption",
                encryption(json!({ "SSEAlgorithm": "AES256" })),
                encryption(json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k" })),
                encryption(json!({ "SSEAlgorithm": "ROT13" })),
            )
            .shows(
                document(
                    "ServerSideEncryptionConfiguration",
                    "<Rule><ApplyServerSideEncryptionByDefault>\
                    <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>\
                    <BucketKeyEnabled>true</BucketKeyEnabled></Rule>",
                ),
                document(
                    "ServerSideEncryptionConfiguration",
                    "<Rule><ApplyServerSideEncryptionByDefault>\
                    <KMSMasterKeyID>k</KMSMasterKeyID><SSEAlgorithm>aws:kms</SSEAlgorithm>\
                    </ApplyServerSideEncryptionByDefault>\
                    <BucketKeyEnabled>true</BucketKeyEnabled></Rule>",
                ),
            ),
            Row {
                wrong: json!("No"),
                ..name("BucketName", "/Name")
            },
            row(
                "LifecycleConfiguration",
                "/LifecycleConfiguration",
                json!({
                    "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K",
                    "Rules": [
                        {
                            "Id": "days",
                            "Status": "Enabled",
                            "Prefix": "a/",
                            "ExpirationInDays": 1,
                            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 2 },
                            "NoncurrentVersionExpirationInDays": 3,
                        },
                        {
                            "Id": "date",
                            "Status": "Disabled",
                            "ObjectSizeGreaterThan": "1",
                            "ObjectSizeLessThan": "9",
                            "TagFilters": [{ "Key": "a", "Value": "1" }],
                            "ExpirationDate": "2030-01-01T00:00:00.000Z",
                        },
                    ],
                }),
                json!({ "Rules": [{
                    "Status": "Enabled",
                    "ExpiredObjectDeleteMarker": true,
                    "NoncurrentVersionExpiration":
                        { "NoncurrentDays": 4, "NewerNoncurrentVersions": 5 },
                }] }),
                json!({ "Rules": [{ "Status": "Maybe", "ExpirationInDays": 1 }] }),
            )
            .shows(
                document(
                    "LifecycleConfiguration",
                    "<Rule><AbortIncompleteMultipartUpload>\
                    <DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>\
                    <Expiration><Days>1</Days></Expiration><Filter><Prefix>a/</Prefix></Filter>\
                    <ID>days</ID><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>\
                    </NoncurrentVersionExpiration><Status>Enabled</Status></Rule>\
                    <Rule><Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>\
                    <Filter><And><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan>\
                    <ObjectSizeLessThan>9</ObjectSizeLessThan>\
                    <Tag><Key>a</Key><Value>1</Value></Tag></And></Filter>\
                    <ID>date</ID><Status>Disabled</Status></Rule>",
                ),
                document(
                    "LifecycleConfiguration",
                    "<Rule><Expiration>\
                    <ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>\
                    <Filter><Prefix></Prefix></Filter><NoncurrentVersionExpiration>\
                    <NewerNoncurrentVersions>5</NewerNoncurrentVersions>\
                    <NoncurrentDays>4</NoncurrentDays></NoncurrentVersionExpiration>\
                    <Status>Enabled</Status></Rule>",
                ),
            ),
            row(
                "NotificationConfiguration",
                "/NotificationConfiguration",
                json!({ "QueueConfigurations": [{ "Event": "s3:ObjectCreated:*", "Queue": told("sqs", "one"),
                    "Filter": filter("prefix") }] }),
                json!({
                    "LambdaConfigurations": [{ "Event": "s3:ObjectRemoved:Delete",
                        "Function": told("lambda", "two"), "Filter": filter("Suffix") }],
                    "TopicConfigurations": [{ "Event": "s3:ObjectCreated:Put",
                        "Topic": told("sns", "two"), "Filter": filter("prefix") }],
                }),
                json!({ "QueueConfigurations": [
                    { "Event": "s3:ObjectCreated:*", "Queue": told("sqs", "none") }] }),
            )
            .shows(
                json!([[told("sqs", "one"), ["s3:ObjectCreated:*"], [["Prefix", "a/"]]]]),
                json!([
                    [told("sns", "two"), ["s3:ObjectCreated:Put"], [["Prefix", "a/"]]],
                    [told("lambda", "two"), ["s3:ObjectRemoved:Delete"], [["Suffix", "a/"]]],
                ]),
            ),
            row(
                "OwnershipControls",
                "/OwnershipControls",
                json!({ "Rules": [{ "ObjectOwnership": "ObjectWriter" }] }),
                json!({ "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] }),
                json!({ "Rules": [{ "ObjectOwnership": "Nobody" }] }),
            )
            .shows(ownership("ObjectWriter"), ownership("BucketOwnerEnforced")),
            row(
                "PublicAccessBlockConfiguration",
                "/PublicAccessBlockConfiguration",
                json!({ "BlockPublicAcls": true, "IgnorePublicAcls": "true" }),
                json!({ "BlockPublicPolicy": true, "RestrictPublicBuckets": true }),
                json!({ "BlockPublicAcls": "maybe" }),
            )
            .shows(
                blocked([true, false, true, false]),
                blocked([false, true, false, true]),
            ),
            row(
                "Tags",
                "/Tags",
                json!([{ "Key": "a", "Value": "1" }]),
                json!([{ "Key": "b", "Value": "2" }]),
                json!([{ "Key": "a", "Value": "1" }, { "Key": "a", "Value": "2" }]),
            )
            .shows(
                document(
                    "Tagging",
                    "<TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet>",
                ),
                document(
                    "Tagging",
                    "<TagSet><Tag><Key>b</Key><Value>2</Value></Tag></TagSet>",
                ),
            ),
            row(
                "VersioningConfiguration",
                "/VersioningConfiguration",
                json!({ "Status": "Enabled" }),
                json!({ "Status": "Suspended" }),
                json!({ "Status": "Maybe" }),
            )
            .shows(versioning("Enabled"), versioning("Suspended"))
            .or_else(versioning("Suspended")),
            row(
                "WebsiteConfiguration",
                "/WebsiteConfiguration",
                json!({ "IndexDocument": "index.html" }),
                json!({ "IndexDocument": "start.html", "ErrorDocument": "error.html" }),
                json!({ "IndexDocument": "a/b" }),
            )
            .shows(
                document(
                    "WebsiteConfiguration",
                    "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>",
                ),
                document(
                    "WebsiteConfiguration",
                    "<ErrorDocument><Key>error.html</Key></ErrorDocument>\
                    <IndexDocument><Suffix>start.html</Suffix></IndexDocument>",
                ),
            ),
        ],
        attributes: vec![
            ("Arn", "arn:aws:s3:::{ref}"),
            ("DomainName", "{ref}.s3.amazonaws.com"),
            (
                "DualStackDomainName",
                "{ref}.s3.dualstack.us-east-1.amazonaws.com",
            ),
            ("RegionalDomainName", "{ref}.s3.us-east-1.amazonaws.com"),
            (
                "WebsiteURL",
                "http://{ref}.s3-website-us-east-1.amazonaws.com",
            ),
        ],
    }
}

pub fn bucket_policy() -> Subject {
    let least = json!({ "Bucket": "{id}-one", "PolicyDocument": document("s3:*") });
    Subject {
        kind: "AWS::S3::BucketPolicy",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "Bucket",
                "",
                json!("{id}-one"),
                json!("{id}-two"),
                json!("missing"),
            )
            .shows(document("s3:*"), document("s3:*"))
            .or_else(document("s3:*")),
            row(
                "PolicyDocument",
                "",
                document("s3:GetObject"),
                document("s3:PutObject"),
                json!({ "Version": "2012-10-17" }),
            )
            .or_else(document("s3:*")),
        ],
        attributes: Vec::new(),
    }
}
