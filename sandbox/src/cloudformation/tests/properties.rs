//! For each property of each resource type: two values, what the service shows of them and of none, and
//! a value that it refuses. `{id}` stands for a name of the resource's own.

use serde_json::{Value, json};

use super::{Sandbox, ask};
use crate::lambda::zipped_program;

pub struct Subject {
    pub kind: &'static str,
    /// The properties that it cannot be without.
    pub least: Value,
    /// All properties that its attributes depend on.
    pub full: Value,
    pub rows: Vec<Row>,
    /// Where the service shows each attribute, or what it is; `{ref}` is the physical id.
    pub attributes: Vec<(&'static str, &'static str)>,
}

pub struct Row {
    pub property: &'static str,
    /// Where the service shows it.
    pub at: &'static str,
    pub one: Value,
    pub two: Value,
    pub wrong: Value,
    pub shows_one: Value,
    pub shows_two: Value,
    /// `None` for a value that nobody knows before.
    pub shows_nothing: Option<Value>,
    /// Properties that each of the values needs: one, two, wrong.
    pub along: [Value; 3],
    /// Whether it can only be given at the creation.
    pub is_fixed: bool,
}

/// Shown as it is given, and nothing without it.
fn row(property: &'static str, at: &'static str, one: Value, two: Value, wrong: Value) -> Row {
    Row {
        property,
        at,
        shows_one: one.clone(),
        shows_two: two.clone(),
        one,
        two,
        wrong,
        shows_nothing: Some(Value::Null),
        along: [json!({}), json!({}), json!({})],
        is_fixed: false,
    }
}

impl Row {
    fn along(self, one: Value, two: Value, wrong: Value) -> Self {
        Self {
            along: [one, two, wrong],
            ..self
        }
    }

    fn fixed(self) -> Self {
        Self {
            is_fixed: true,
            ..self
        }
    }

    fn shows(mut self, one: Value, two: Value) -> Self {
        (self.shows_one, self.shows_two) = (one, two);
        self
    }

    fn or_else(self, nothing: Value) -> Self {
        Self {
            shows_nothing: Some(nothing),
            ..self
        }
    }

    fn or_any(self) -> Self {
        Self {
            shows_nothing: None,
            ..self
        }
    }
}

fn name(property: &'static str, at: &'static str) -> Row {
    row(
        property,
        at,
        json!("{id}-one"),
        json!("{id}-two"),
        json!("a b"),
    )
    .or_any()
}

fn tags(at: &'static str) -> Row {
    let tag = |key: &str, value: &str| json!([{ "Key": key, "Value": value }]);
    let row = row(
        "Tags",
        at,
        tag("a", "1"),
        tag("b", "2"),
        tag(&"k".repeat(129), "1"),
    );
    row.shows(json!({ "a": "1" }), json!({ "b": "2" }))
        .or_else(json!({}))
}

fn trust(service: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": service }, "Action": "sts:AssumeRole" }] })
}

fn document(action: &str) -> Value {
    json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] })
}

fn policy_arn(name: &str) -> String {
    format!("arn:aws:iam::000000000000:policy/{name}")
}

/// Makes what the resource with this id needs.
pub async fn prepare(sandbox: &Sandbox, kind: &str, id: &str) {
    let id = id.to_lowercase();
    let (iam, lambda, s3) = (
        &*sandbox.platform.iam,
        &*sandbox.platform.lambda,
        &sandbox.platform.s3,
    );
    for end in ["one", "two"] {
        let name = format!("{id}-{end}");
        match kind {
            "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" => {
                let role = json!({ "RoleName": name,
                    "AssumeRolePolicyDocument": trust("lambda.amazonaws.com") });
                ask(iam, "CreateRole", role).await.expect("made");
            }
            "AWS::IAM::Role" => {
                let policy = json!({ "PolicyName": name, "PolicyDocument": document("s3:*") });
                ask(iam, "CreatePolicy", policy).await.expect("made");
            }
            "AWS::Lambda::Permission" => {
                let code = json!({ "S3Bucket": "bundles", "S3Key": "one" });
                let function = json!({ "FunctionName": name, "Code": code, "Handler": "bootstrap",
                    "Runtime": "provided.al2023",
                    "Role": "arn:aws:iam::000000000000:role/r" });
                ask(lambda, "CreateFunction", function).await.expect("made");
            }
            "AWS::S3::BucketPolicy" => s3.create_bucket(&name).expect("made"),
            _ => {}
        }
    }
}

/// Objects called `one`, and `two` in two versions, of which the first one's id is returned.
fn with_bundles(sandbox: &Sandbox) -> String {
    let s3 = &sandbox.platform.s3;
    s3.create_bucket("bundles").expect("made");
    let versions = json!({ "Status": "Enabled" });
    s3.configure_bucket("bundles", "VersioningConfiguration", Some(versions))
        .expect("set");
    s3.keep("bundles", "one", &zipped_program(b"one"));
    let first = s3.keep("bundles", "two", &zipped_program(b"number two"));
    s3.keep("bundles", "two", &zipped_program(b"a later number two"));
    first.version_id.expect("a version")
}

pub fn subject(kind: &str, sandbox: &Sandbox) -> Subject {
    match kind {
        "AWS::CDK::Metadata" => cdk_metadata(),
        "AWS::CloudFormation::WaitConditionHandle" => wait_condition_handle(),
        "AWS::DynamoDB::Table" => table(),
        "AWS::IAM::ManagedPolicy" => managed_policy(),
        "AWS::IAM::Policy" => inline_policy(),
        "AWS::IAM::Role" => role(),
        "AWS::Lambda::Function" => function(&with_bundles(sandbox)),
        "AWS::Lambda::Permission" => {
            with_bundles(sandbox);
            permission()
        }
        "AWS::Logs::LogGroup" => log_group(),
        "AWS::S3::Bucket" => bucket(),
        "AWS::S3::BucketPolicy" => bucket_policy(),
        other => panic!("there are no rows for {other}"),
    }
}

fn cdk_metadata() -> Subject {
    Subject {
        kind: "AWS::CDK::Metadata",
        least: json!({}),
        full: json!({}),
        rows: vec![
            row("Analytics", "/None", json!("a"), json!("b"), json!([]))
                .shows(Value::Null, Value::Null),
            row("Modules", "/None", json!("a"), json!("b"), json!([]))
                .shows(Value::Null, Value::Null),
        ],
        attributes: Vec::new(),
    }
}

fn wait_condition_handle() -> Subject {
    Subject {
        kind: "AWS::CloudFormation::WaitConditionHandle",
        least: json!({}),
        full: json!({}),
        rows: Vec::new(),
        attributes: Vec::new(),
    }
}

fn log_group() -> Subject {
    Subject {
        kind: "AWS::Logs::LogGroup",
        least: json!({}),
        full: json!({}),
        rows: vec![
            name("LogGroupName", "/logGroupName"),
            row(
                "RetentionInDays",
                "/retentionInDays",
                json!(1),
                json!(3),
                json!(2),
            ),
            tags("/tags"),
        ],
        attributes: vec![("Arn", "/arn")],
    }
}

fn role() -> Subject {
    let [one, two] = ["{id}-one", "{id}-two"].map(policy_arn);
    let missing = policy_arn("missing");
    let inline =
        |name: &str, document: Value| json!([{ "PolicyName": name, "PolicyDocument": document }]);
    Subject {
        kind: "AWS::IAM::Role",
        least: json!({ "AssumeRolePolicyDocument": trust("lambda.amazonaws.com") }),
        full: json!({ "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"), "Path": "/a/" }),
        rows: vec![
            row(
                "AssumeRolePolicyDocument",
                "/AssumeRolePolicyDocument",
                trust("ec2.amazonaws.com"),
                trust("events.amazonaws.com"),
                json!({ "Statement": [] }),
            )
            .or_else(trust("lambda.amazonaws.com")),
            row(
                "Description",
                "/Description",
                json!("1"),
                json!("2"),
                json!("d".repeat(1001)),
            ),
            row(
                "ManagedPolicyArns",
                "/Attached",
                json!([one]),
                json!([two]),
                json!([missing]),
            )
            .or_else(json!([])),
            row(
                "MaxSessionDuration",
                "/MaxSessionDuration",
                json!(3601),
                json!(43200),
                json!(1),
            )
            .or_else(json!(3600)),
            row("Path", "/Path", json!("/a/"), json!("/b/"), json!("a")).or_else(json!("/")),
            row(
                "PermissionsBoundary",
                "/PermissionsBoundary/PermissionsBoundaryArn",
                json!(one),
                json!(two),
                json!(missing),
            ),
            row(
                "Policies",
                "/Inline",
                inline("a", document("s3:*")),
                inline("b", document("sqs:*")),
                inline("c", json!({ "Statement": [] })),
            )
            .shows(
                json!({ "a": document("s3:*") }),
                json!({ "b": document("sqs:*") }),
            )
            .or_else(json!({})),
            name("RoleName", "/RoleName"),
            tags("/Tags"),
        ],
        attributes: vec![("Arn", "/Arn"), ("RoleId", "/RoleId")],
    }
}

fn managed_policy() -> Subject {
    Subject {
        kind: "AWS::IAM::ManagedPolicy",
        least: json!({ "PolicyDocument": document("s3:*") }),
        full: json!({ "PolicyDocument": document("s3:*"), "Path": "/a/" }),
        rows: vec![
            row(
                "Description",
                "/Description",
                json!("1"),
                json!("2"),
                json!("d".repeat(1001)),
            ),
            name("ManagedPolicyName", "/PolicyName"),
            row("Path", "/Path", json!("/a/"), json!("/b/"), json!("a")).or_else(json!("/")),
            row(
                "PolicyDocument",
                "/Document",
                document("sqs:*"),
                document("sns:*"),
                json!({ "Statement": [] }),
            )
            .or_else(document("s3:*")),
            row(
                "Roles",
                "/Roles",
                json!(["{id}-one"]),
                json!(["{id}-two"]),
                json!(["missing"]),
            )
            .or_else(json!([])),
        ],
        attributes: vec![("PolicyArn", "/Arn")],
    }
}

fn inline_policy() -> Subject {
    Subject {
        kind: "AWS::IAM::Policy",
        least: json!({ "PolicyName": "p", "PolicyDocument": document("s3:*"),
            "Roles": ["{id}-one"] }),
        full: json!({ "PolicyName": "p", "PolicyDocument": document("s3:*"),
            "Roles": ["row0-one"] }),
        rows: vec![
            row(
                "PolicyDocument",
                "/{id}-one/p",
                document("sqs:*"),
                document("sns:*"),
                json!({ "Statement": [] }),
            )
            .or_else(document("s3:*")),
            row(
                "PolicyName",
                "/{id}-one",
                json!("a"),
                json!("b"),
                json!("a b"),
            )
            .shows(
                json!({ "a": document("s3:*") }),
                json!({ "b": document("s3:*") }),
            )
            .or_else(json!({ "p": document("s3:*") })),
            row(
                "Roles",
                "/{id}-two/p",
                json!(["{id}-one", "{id}-two"]),
                json!(["{id}-two"]),
                json!(["{id}-one", "missing"]),
            )
            .shows(document("s3:*"), document("s3:*")),
        ],
        attributes: Vec::new(),
    }
}

fn permission() -> Subject {
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

fn bucket_policy() -> Subject {
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

fn function(version: &str) -> Subject {
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

fn table() -> Subject {
    let attribute = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let key = |name: &str| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
    let with_b = || json!({ "AttributeDefinitions": [attribute("a"), attribute("b")] });
    let with_range = || {
        json!({
            "AttributeDefinitions": [attribute("a"), attribute("b"), attribute("c")],
            "KeySchema": [
                { "AttributeName": "a", "KeyType": "HASH" },
                { "AttributeName": "b", "KeyType": "RANGE" },
            ],
        })
    };
    let local = |projection: Value| {
        json!({
            "IndexName": "Local",
            "KeySchema": [
                { "AttributeName": "a", "KeyType": "HASH" },
                { "AttributeName": "c", "KeyType": "RANGE" },
            ],
            "Projection": projection,
        })
    };
    let units = |units: u8| json!({ "ReadCapacityUnits": units, "WriteCapacityUnits": units });
    let provisioned = |count: u8| json!({ "ProvisionedThroughput": units(count) });
    let with_all = |count: u8| {
        let mut all = with_b();
        all["BillingMode"] = json!("PROVISIONED");
        all["ProvisionedThroughput"] = units(count);
        all
    };
    let index = |name: &str, by: &str, projection: &str| {
        json!({ "IndexName": name, "KeySchema": key(by),
            "Projection": { "ProjectionType": projection } })
    };
    let with_units = |count: u8| {
        let mut index = index("One", "b", "KEYS_ONLY");
        index["ProvisionedThroughput"] = units(count);
        index
    };
    let least = json!({
        "AttributeDefinitions": [attribute("a")],
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key("a"),
    });
    Subject {
        kind: "AWS::DynamoDB::Table",
        full: json!({
            "AttributeDefinitions": [attribute("a")],
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": key("a"),
            "StreamSpecification": { "StreamViewType": "KEYS_ONLY" },
        }),
        least,
        rows: vec![
            row(
                "AttributeDefinitions",
                "/AttributeDefinitions",
                json!([{ "AttributeName": "a", "AttributeType": "N" }]),
                json!([{ "AttributeName": "a", "AttributeType": "B" }]),
                json!([{ "AttributeName": "a", "AttributeType": "X" }]),
            )
            .or_else(json!([attribute("a")])),
            row(
                "BillingMode",
                "/ProvisionedThroughput/ReadCapacityUnits",
                json!("PROVISIONED"),
                json!("PAY_PER_REQUEST"),
                json!("FREE"),
            )
            .along(provisioned(1), json!({}), json!({}))
            .shows(json!(1), json!(0))
            .or_else(json!(0)),
            row(
                "DeletionProtectionEnabled",
                "/DeletionProtectionEnabled",
                json!(true),
                json!(false),
                json!("maybe"),
            )
            .or_else(json!(false)),
            row(
                "GlobalSecondaryIndexes",
                "/GlobalSecondaryIndexes/0/IndexName",
                json!([index("One", "b", "ALL")]),
                json!([{
                    "IndexName": "Two",
                    "KeySchema": key("b"),
                    "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["c"] },
                }]),
                json!([index("Two", "missing", "ALL")]),
            )
            .along(with_b(), with_b(), json!({}))
            .shows(json!("One"), json!("Two")),
            row(
                "GlobalSecondaryIndexes",
                "/GlobalSecondaryIndexes/0/ProvisionedThroughput/ReadCapacityUnits",
                json!([with_units(1)]),
                json!([with_units(2)]),
                json!([with_units(0)]),
            )
            .along(with_all(1), with_all(1), with_all(1))
            .shows(json!(1), json!(2))
            .fixed(),
            row(
                "KeySchema",
                "/KeySchema",
                key("b"),
                json!([
                    { "AttributeName": "a", "KeyType": "HASH" },
                    { "AttributeName": "b", "KeyType": "RANGE" },
                ]),
                key("missing"),
            )
            .along(
                json!({ "AttributeDefinitions": [attribute("b")] }),
                with_b(),
                json!({}),
            )
            .or_else(key("a")),
            row(
                "LocalSecondaryIndexes",
                "/LocalSecondaryIndexes/0/Projection",
                json!([local(json!({ "ProjectionType": "ALL" }))]),
                json!([local(
                    json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["d"] })
                )]),
                json!([local(json!({ "ProjectionType": "SOME" }))]),
            )
            .along(with_range(), with_range(), with_range())
            .shows(
                json!({ "ProjectionType": "ALL" }),
                json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["d"] }),
            ),
            row(
                "OnDemandThroughput",
                "/OnDemandThroughput/MaxReadRequestUnits",
                json!({ "MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5 }),
                json!({ "MaxReadRequestUnits": 6 }),
                json!({ "MaxReadRequestUnits": 0 }),
            )
            .shows(json!(5), json!(6)),
            row(
                "PointInTimeRecoverySpecification",
                "/Backups/PointInTimeRecoveryDescription/PointInTimeRecoveryStatus",
                json!({ "PointInTimeRecoveryEnabled": false }),
                json!({ "PointInTimeRecoveryEnabled": false }),
                json!({ "PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 1 }),
            )
            .shows(json!("DISABLED"), json!("DISABLED"))
            .or_else(json!("DISABLED")),
            row(
                "ProvisionedThroughput",
                "/ProvisionedThroughput/WriteCapacityUnits",
                json!({ "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 }),
                json!({ "ReadCapacityUnits": 2, "WriteCapacityUnits": 2 }),
                json!({ "ReadCapacityUnits": 0, "WriteCapacityUnits": 0 }),
            )
            .along(
                json!({ "BillingMode": "PROVISIONED" }),
                json!({ "BillingMode": "PROVISIONED" }),
                json!({ "BillingMode": "PROVISIONED" }),
            )
            .shows(json!(1), json!(2))
            .or_else(json!(0)),
            row(
                "SSESpecification",
                "/SSEDescription/Status",
                json!({ "SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": "alias/a" }),
                json!({ "SSEEnabled": false }),
                json!({ "SSEEnabled": true, "SSEType": "none" }),
            )
            .shows(json!("ENABLED"), Value::Null)
            .fixed(),
            row(
                "SSESpecification",
                "/SSEDescription/Status",
                json!({ "SSEEnabled": true, "KMSMasterKeyId": "alias/a" }),
                json!({ "SSEEnabled": true, "KMSMasterKeyId": "alias/b" }),
                json!({ "SSEEnabled": "maybe" }),
            )
            .shows(json!("ENABLED"), Value::Null)
            .fixed(),
            row(
                "StreamSpecification",
                "/StreamSpecification/StreamViewType",
                json!({ "StreamViewType": "NEW_IMAGE" }),
                json!({ "StreamViewType": "KEYS_ONLY" }),
                json!({ "StreamViewType": "SOME" }),
            )
            .shows(json!("NEW_IMAGE"), json!("KEYS_ONLY")),
            row(
                "TableClass",
                "/TableClassSummary/TableClass",
                json!("STANDARD"),
                json!("STANDARD_INFREQUENT_ACCESS"),
                json!("CHEAP"),
            )
            .or_else(json!("STANDARD")),
            name("TableName", "/TableName"),
            tags("/Tags"),
            row(
                "TimeToLiveSpecification",
                "/TimeToLive/AttributeName",
                json!({ "AttributeName": "one", "Enabled": true }),
                json!({ "AttributeName": "one", "Enabled": false }),
                json!({ "AttributeName": "", "Enabled": true }),
            )
            .shows(json!("one"), Value::Null),
        ],
        attributes: vec![("Arn", "/TableArn"), ("StreamArn", "/LatestStreamArn")],
    }
}

fn bucket() -> Subject {
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
