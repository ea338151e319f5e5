//! Settings that are applied, and those that are refused.

use super::*;
use crate::lambda::Lambda;
use crate::wire::read;

fn applied(settings: Value) -> Result<Function, Fault> {
    let mut function = Function::new("game");
    read::<Settings>(settings, Lambda::DESCRIPTION.protocol)?.apply(&mut function)?;
    Ok(function)
}

#[test]
fn what_is_given_is_taken_and_the_rest_stays() {
    let function = applied(json!({
        "Role": "arn:aws:iam::000000000000:role/path/game-role",
        "MemorySize": "256",
        "Timeout": 15,
        "Environment": { "Variables": { "NUMBER_OF_PLAYERS": 10, "STRICT": true, "NAME": "" } },
        "LoggingConfig": { "LogGroup": "/mine", "LogFormat": "JSON" },
    }))
    .expect("all is well");
    assert_eq!((function.memory_mb, function.timeout_seconds), (256, 15));
    let variables = function.variables.clone().expect("given");
    assert_eq!(variables["NUMBER_OF_PLAYERS"], "10");
    assert_eq!(variables["STRICT"], "true");
    assert_eq!(function.storage_mb, 512);
    let configuration = function.configuration("arn");
    let logging = json!({ "LogGroup": "/mine", "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO" });
    assert_eq!(configuration["LoggingConfig"], logging);
}

#[test]
fn what_lambda_would_not_take_is_refused_by_name() {
    let long = "x".repeat(4096);
    for (settings, named) in [
        (json!({ "MemorySize": 127 }), "memorySize"),
        (json!({ "MemorySize": 10241 }), "128 to 10240"),
        (json!({ "Timeout": 901 }), "timeout"),
        (json!({ "Timeout": 0 }), "timeout"),
        (json!({ "Timeout": -1 }), "-1"),
        (
            json!({ "EphemeralStorage": { "Size": 511 } }),
            "ephemeralStorage",
        ),
        (json!({ "Runtime": "python3.13" }), "bootstrap"),
        (json!({ "Role": "game-role" }), "role"),
        (json!({ "Role": "arn:aws:iam::1:role/x" }), "role"),
        (json!({ "Handler": "a b" }), "handler"),
        (json!({ "Description": "x".repeat(257) }), "description"),
        (json!({ "TracingConfig": { "Mode": "Loud" } }), "Loud"),
        (
            json!({ "LoggingConfig": { "LogGroup": "a b" } }),
            "logGroup",
        ),
        (
            json!({ "Environment": { "Variables": { "AWS_REGION": "x" } } }),
            "AWS_REGION",
        ),
        (
            json!({ "Environment": { "Variables": { "X": "x" } } }),
            "'X'",
        ),
        (
            json!({ "Environment": { "Variables": { "1X": "x" } } }),
            "'1X'",
        ),
        (
            json!({ "Environment": { "Variables": { "XY": "\0" } } }),
            "'XY'",
        ),
        (
            json!({ "Environment": { "Variables": { "XY": [] } } }),
            "XY",
        ),
        (
            json!({ "Environment": { "Variables": { "XY": long } } }),
            "4KB",
        ),
    ] {
        let refused = applied(settings.clone()).expect_err(&settings.to_string());
        assert!(refused.message.contains(named), "{settings}: {refused}");
        assert!(refused.is_client_error());
    }
}

/// Source: "Defined runtime environment variables" in Lambda's developer guide, those that are reserved.
#[test]
fn every_reserved_variable_is_refused_by_name() {
    for name in [
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    ] {
        let variables = json!({ "Environment": { "Variables": { (name): "x", "OWN": "y" } } });
        let refused = applied(variables).expect_err(name).message;
        assert!(
            refused.ends_with(&format!("used in this request: {name}")),
            "{refused}"
        );
    }
}
