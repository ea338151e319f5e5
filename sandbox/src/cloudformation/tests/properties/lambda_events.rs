//! What invokes functions: event source mappings, and what becomes of asynchronous invocations.

use serde_json::json;

use super::{Row, Subject, row, tags};

pub fn event_invoke_config() -> Subject {
    let function = |end: &str| json!(format!("{{id}}-{end}"));
    let arn = |end: &str| {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function";
        json!(format!("{arn}:{{id}}-{end}:$LATEST"))
    };
    let to = |end: &str, arn: &str| json!({ end: { "Destination": arn } });
    let least = json!({ "FunctionName": function("one"), "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 1 });
    let (queue, topic) = (
        "arn:aws:sqs:us-east-1:000000000000:q",
        "arn:aws:sns:us-east-1:000000000000:t",
    );
    Subject {
        kind: "AWS::Lambda::EventInvokeConfig",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "DestinationConfig",
                "/DestinationConfig",
                to("OnFailure", queue),
                to("OnSuccess", topic),
                to("OnFailure", "q"),
            )
            .shows(
                json!({ "OnFailure": { "Destination": queue }, "OnSuccess": {} }),
                json!({ "OnFailure": {}, "OnSuccess": { "Destination": topic } }),
            )
            .or_else(json!({ "OnFailure": {}, "OnSuccess": {} })),
            row(
                "FunctionName",
                "/FunctionArn",
                function("two"),
                function("one"),
                function("none"),
            )
            .shows(arn("two"), arn("one"))
            .or_else(arn("one")),
            row(
                "MaximumEventAgeInSeconds",
                "/MaximumEventAgeInSeconds",
                json!(60),
                json!(21_600),
                json!(59),
            ),
            row(
                "MaximumRetryAttempts",
                "/MaximumRetryAttempts",
                json!(0),
                json!(2),
                json!(3),
            )
            .or_else(json!(1)),
            row(
                "Qualifier",
                "/FunctionArn",
                json!("$LATEST"),
                json!("$LATEST"),
                json!("2"),
            )
            .shows(arn("one"), arn("one"))
            .or_else(arn("one")),
        ],
        attributes: vec![],
    }
}

pub fn event_source_mapping() -> Subject {
    let queue = |end: &str| json!(format!("arn:aws:sqs:us-east-1:000000000000:{{id}}-{end}"));
    let function = |end: &str| {
        json!(format!(
            "arn:aws:lambda:us-east-1:000000000000:function:{{id}}-{end}"
        ))
    };
    let least = json!({ "EventSourceArn": queue("one"), "FunctionName": "{id}-one" });
    let filter = |pattern: &str| json!({ "Filters": [{ "Pattern": pattern }] });
    let window = || json!({ "MaximumBatchingWindowInSeconds": 1 });
    let stream = json!(
        "arn:aws:dynamodb:us-east-1:000000000000:table/{id}-one/stream/1970-01-01T00:00:01.000"
    );
    let told = |end: &str| json!({ "OnFailure": { "Destination": queue(end) } });
    // What a queue does not have.
    let of_stream = |row: Row| {
        let along = || json!({ "EventSourceArn": stream, "StartingPosition": "LATEST" });
        row.along(along(), along(), along())
    };
    Subject {
        kind: "AWS::Lambda::EventSourceMapping",
        full: least.clone(),
        least,
        rows: vec![
            row(
                "BatchSize",
                "/BatchSize",
                json!(1),
                json!(100),
                json!(10_001),
            )
            .along(json!({}), window(), window())
            .or_else(json!(10)),
            of_stream(row(
                "BisectBatchOnFunctionError",
                "/BisectBatchOnFunctionError",
                json!(true),
                json!(false),
                json!("maybe"),
            )),
            of_stream(row(
                "DestinationConfig",
                "/DestinationConfig",
                told("one"),
                told("two"),
                json!({ "OnFailure": { "Destination": "a" } }),
            )),
            row("Enabled", "/State", json!(false), json!(true), json!(true))
                .shows(json!("Disabled"), json!("Enabled"))
                .along(json!({}), json!({}), json!({ "BatchSize": 0 }))
                .or_else(json!("Enabled")),
            row(
                "EventSourceArn",
                "/EventSourceArn",
                queue("two"),
                queue("one"),
                queue("none"),
            )
            .or_else(queue("one")),
            row(
                "FilterCriteria",
                "/FilterCriteria",
                filter(r#"{"body":["a"]}"#),
                filter(r#"{"body":["b"]}"#),
                filter("a"),
            ),
            row(
                "FunctionName",
                "/FunctionArn",
                function("two"),
                json!("{id}-one"),
                json!("none"),
            )
            .shows(function("two"), function("one"))
            .or_else(function("one")),
            row(
                "FunctionResponseTypes",
                "/FunctionResponseTypes",
                json!(["ReportBatchItemFailures"]),
                json!([]),
                json!(["Everything"]),
            )
            .or_else(json!([])),
            row(
                "MaximumBatchingWindowInSeconds",
                "/MaximumBatchingWindowInSeconds",
                json!(1),
                json!(300),
                json!(301),
            )
            .or_else(json!(0)),
            of_stream(row(
                "MaximumRecordAgeInSeconds",
                "/MaximumRecordAgeInSeconds",
                json!(60),
                json!(-1),
                json!(59),
            )),
            of_stream(row(
                "MaximumRetryAttempts",
                "/MaximumRetryAttempts",
                json!(0),
                json!(10_000),
                json!(10_001),
            )),
            of_stream(row(
                "ParallelizationFactor",
                "/ParallelizationFactor",
                json!(1),
                json!(10),
                json!(11),
            )),
            row(
                "ScalingConfig",
                "/ScalingConfig",
                json!({ "MaximumConcurrency": 2 }),
                json!({ "MaximumConcurrency": 1000 }),
                json!({ "MaximumConcurrency": 1 }),
            ),
            row(
                "StartingPosition",
                "/StartingPosition",
                json!("LATEST"),
                json!("TRIM_HORIZON"),
                json!("AT_TIMESTAMP"),
            )
            .along(
                json!({ "EventSourceArn": stream }),
                // A function has one mapping of a stream, so it is another function.
                json!({ "EventSourceArn": stream, "FunctionName": "{id}-two" }),
                json!({ "EventSourceArn": stream }),
            ),
            tags("/Tags"),
            of_stream(row(
                "TumblingWindowInSeconds",
                "/TumblingWindowInSeconds",
                json!(1),
                json!(900),
                json!(901),
            )),
        ],
        attributes: vec![
            ("EventSourceMappingArn", "/EventSourceMappingArn"),
            ("Id", "{ref}"),
        ],
    }
}
