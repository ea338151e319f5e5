//! Roles and policies.

use serde_json::{Value, json};

use super::{Subject, document, name, policy_arn, row, tags, trust};

pub fn role() -> Subject {
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

pub fn managed_policy() -> Subject {
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

pub fn inline_policy() -> Subject {
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
