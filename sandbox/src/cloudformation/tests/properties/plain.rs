//! Types with little to say.

use serde_json::{Value, json};

use super::{Subject, name, row, tags};

pub fn cdk_metadata() -> Subject {
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

pub fn wait_condition_handle() -> Subject {
    Subject {
        kind: "AWS::CloudFormation::WaitConditionHandle",
        least: json!({}),
        full: json!({}),
        rows: Vec::new(),
        attributes: Vec::new(),
    }
}

pub fn log_group() -> Subject {
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
