//! Functions, layers and permissions.

use serde_json::{Value, json};

use super::{Subject, name, row, tags};
use crate::cloudformation::tests::{Sandbox, ask};
use crate::lambda::zipped_program;

/// Begins the ARNs of the versions 1 and 2 of a layer that the tests make.
const LAYER: &str = "arn:aws:lambda:us-east-1:000000000000:layer:shared:";

/// The layer.
pub async fn make_layer(sandbox: &Sandbox) {
    let layer = json!({ "LayerName": "shared",
        "Content": { "S3Bucket": "bundles", "S3Key": "one" } });
    let known = json!({ "LayerName": "shared" });
    let known = ask(&*sandbox.platform.lambda, "ListLayerVersions", known).await;
    let known = known.expect("listed");
    // One for all resources.
    for _ in known["LayerVersions"].as_array().map_or(0, Vec::len)..2 {
        let made = ask(
            &*sandbox.platform.lambda,
            "PublishLayerVersion",
            layer.clone(),
        )
        .await;
        made.expect("made");
    }
}

/// A function of the bundle called `one`.
pub async fn make_function(sandbox: &Sandbox, name: &str) {
    let code = json!({ "S3Bucket": "bundles", "S3Key": "one" });
    let function = json!({ "FunctionName": name, "Code": code, "Handler": "bootstrap",
        "Runtime": "provided.al2023", "Role": "arn:aws:iam::000000000000:role/r" });
    let made = ask(&*sandbox.platform.lambda, "CreateFunction", function).await;
    made.expect("made");
}

pub fn function(version: &str) -> Subject {
    let least = json!({
        "Code": { "S3Bucket": "bundles", "S3Key": "one" },
        "Handler": "bootstrap",
        "Role": "arn:aws:iam::000000000000:role/r",
        "Runtime": "provided.al2023",
    });
    let here = crate::lambda::this_machines_architecture();
    let variables = |name: &str| json!({ "Variables": { name: "1" } });
    let logging = |level: &str| {
        json!({ "ApplicationLogLevel": level, "LogFormat": "JSON", "LogGroup": format!("/{level}"),
            "SystemLogLevel": "WARN" })
    };
    let size = |program: &[u8]| json!(zipped_program(program).len());
    let code = |key: &str| json!({ "S3Bucket": "bundles", "S3Key": key });
    Subject {
        kind: "AWS::Lambda::Function",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "Architectures",
                "/Configuration/Architectures",
                json!([here]),
                json!([here]),
                json!(["mips"]),
            )
            .or_else(json!([here])),
            row(
                "Code",
                "/Configuration/CodeSize",
                code("two"),
                code("one"),
                code("none"),
            )
            .shows(size(b"a later number two"), size(b"one"))
            .or_else(size(b"one")),
            row(
                "Code",
                "/Configuration/CodeSize",
                code("one"),
                json!({ "S3Bucket": "bundles", "S3Key": "two", "S3ObjectVersion": version }),
                json!({ "S3Bucket": "bundles", "S3Key": "two", "S3ObjectVersion": "none" }),
            )
            .shows(size(b"one"), size(b"number two"))
            .or_else(size(b"one")),
            row(
                "DeadLetterConfig",
                "/Configuration/DeadLetterConfig",
                json!({ "TargetArn": "arn:aws:sqs:us-east-1:000000000000:one" }),
                json!({ "TargetArn": "arn:aws:sns:us-east-1:000000000000:two" }),
                json!({ "TargetArn": "dead" }),
            ),
            row(
                "Description",
                "/Configuration/Description",
                json!("1"),
                json!("2"),
                json!("d".repeat(257)),
            )
            .or_else(json!("")),
            row(
                "Environment",
                "/Configuration/Environment",
                variables("ONE"),
                variables("TWO"),
                variables("AWS_REGION"),
            )
            .or_else(json!({ "Variables": {} })),
            row(
                "EphemeralStorage",
                "/Configuration/EphemeralStorage",
                json!({ "Size": 513 }),
                json!({ "Size": 1024 }),
                json!({ "Size": 1 }),
            )
            .or_else(json!({ "Size": 512 })),
            name("FunctionName", "/Configuration/FunctionName"),
            row(
                "Handler",
                "/Configuration/Handler",
                json!("a"),
                json!("b"),
                json!("a b"),
            )
            .or_else(json!("bootstrap")),
            row(
                "Layers",
                "/Configuration/Layers/0/Arn",
                json!([LAYER.to_owned() + "1"]),
                json!([LAYER.to_owned() + "2"]),
                json!([LAYER.to_owned() + "3"]),
            )
            .shows(json!(LAYER.to_owned() + "1"), json!(LAYER.to_owned() + "2")),
            row(
                "LoggingConfig",
                "/Configuration/LoggingConfig",
                logging("DEBUG"),
                logging("ERROR"),
                json!({ "LogFormat": "XML" }),
            )
            .or_any(),
            row(
                "MemorySize",
                "/Configuration/MemorySize",
                json!(129),
                json!(256),
                json!(1),
            )
            .or_else(json!(128)),
            row(
                "PackageType",
                "/Configuration/PackageType",
                json!("Zip"),
                json!("Zip"),
                json!("Image"),
            )
            .or_else(json!("Zip")),
            row(
                "ReservedConcurrentExecutions",
                "/Concurrency/ReservedConcurrentExecutions",
                json!(1),
                json!(2),
                json!(1000),
            ),
            row(
                "Role",
                "/Configuration/Role",
                json!("arn:aws:iam::000000000000:role/one"),
                json!("arn:aws:iam::000000000000:role/two"),
                json!("r"),
            )
            .or_else(json!("arn:aws:iam::000000000000:role/r")),
            row(
                "Runtime",
                "/Configuration/Runtime",
                json!("provided.al2023"),
                json!("provided.al2"),
                json!("python3.13"),
            )
            .or_else(json!("provided.al2023")),
            tags("/Tags").or_else(Value::Null),
            row(
                "Timeout",
                "/Configuration/Timeout",
                json!(4),
                json!(900),
                json!(901),
            )
            .or_else(json!(3)),
            row(
                "TracingConfig",
                "/Configuration/TracingConfig",
                json!({ "Mode": "Active" }),
                json!({ "Mode": "PassThrough" }),
                json!({ "Mode": "Passive" }),
            )
            .or_else(json!({ "Mode": "PassThrough" })),
        ],
        attributes: vec![("Arn", "/Configuration/FunctionArn")],
    }
}

pub fn layer_version(version: &str) -> Subject {
    let content = |key: &str| json!({ "S3Bucket": "bundles", "S3Key": key });
    let size = |program: &[u8]| json!(zipped_program(program).len());
    let least = json!({ "Content": content("one") });
    Subject {
        kind: "AWS::Lambda::LayerVersion",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "CompatibleArchitectures",
                "/CompatibleArchitectures",
                json!(["x86_64"]),
                json!(["arm64"]),
                json!(["mips"]),
            ),
            row(
                "CompatibleRuntimes",
                "/CompatibleRuntimes",
                json!(["provided.al2023"]),
                json!(["provided.al2"]),
                json!("provided"),
            ),
            row(
                "Content",
                "/Content/CodeSize",
                content("two"),
                content("one"),
                content("none"),
            )
            .shows(size(b"a later number two"), size(b"one"))
            .or_else(size(b"one")),
            row(
                "Content",
                "/Content/CodeSize",
                content("one"),
                json!({ "S3Bucket": "bundles", "S3Key": "two", "S3ObjectVersion": version }),
                json!({ "S3Bucket": "bundles", "S3Key": "two", "S3ObjectVersion": "none" }),
            )
            .shows(size(b"one"), size(b"number two"))
            .or_else(size(b"one")),
            row(
                "Description",
                "/Description",
                json!("1"),
                json!("2"),
                json!("d".repeat(257)),
            )
            .or_else(json!("")),
            name("LayerName", "/LayerName"),
            row(
                "LicenseInfo",
                "/LicenseInfo",
                json!("MIT"),
                json!("Apache-2.0"),
                json!("l".repeat(513)),
            ),
        ],
        attributes: vec![("LayerVersionArn", "/LayerVersionArn")],
    }
}

pub fn permission() -> Subject {
    let least = json!({ "Action": "lambda:InvokeFunction", "FunctionName": "{id}-one",
        "Principal": "s3.amazonaws.com" });
    let function = "arn:aws:lambda:us-east-1:000000000000:function";
    Subject {
        kind: "AWS::Lambda::Permission",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "Action",
                "/Action",
                json!("lambda:GetFunction"),
                json!("lambda:*"),
                json!("nothing"),
            )
            .or_else(json!("lambda:InvokeFunction")),
            row(
                "EventSourceToken",
                "/Condition/StringEquals/lambda:EventSourceToken",
                json!("one"),
                json!("two"),
                json!("a b"),
            ),
            row(
                "FunctionName",
                "/Resource",
                json!(format!("{function}:{{id}}-one")),
                json!("{id}-two"),
                json!("no such function!"),
            )
            .shows(
                json!(format!("{function}:{{id}}-one")),
                json!(format!("{function}:{{id}}-two")),
            )
            .or_else(json!(format!("{function}:{{id}}-one"))),
            row(
                "Principal",
                "/Principal",
                json!("sns.amazonaws.com"),
                json!("000000000000"),
                json!("no one"),
            )
            .shows(
                json!({ "Service": "sns.amazonaws.com" }),
                json!({ "AWS": "arn:aws:iam::000000000000:root" }),
            )
            .or_else(json!({ "Service": "s3.amazonaws.com" })),
            row(
                "SourceAccount",
                "/Condition/StringEquals/AWS:SourceAccount",
                json!("000000000000"),
                json!("111111111111"),
                json!("1"),
            ),
            row(
                "SourceArn",
                "/Condition/ArnLike/AWS:SourceArn",
                json!("arn:aws:s3:::one"),
                json!("arn:aws:s3:::two"),
                json!("two"),
            ),
        ],
        attributes: vec![("Id", "/Sid")],
    }
}
