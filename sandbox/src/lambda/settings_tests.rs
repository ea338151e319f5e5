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
        "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] },
    }))
    .expect("all is well");
    assert_eq!((function.memory_mb, function.timeout_seconds), (256, 15));
    let variables = function.variables.clone().expect("given");
    assert_eq!(variables["NUMBER_OF_PLAYERS"], "10");
    assert_eq!(variables["STRICT"], "true");
    assert_eq!((function.storage_mb, function.network.clone()), (512, None));
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

#[test]
fn what_the_sandbox_does_not_have_is_refused_unless_it_is_empty() {
    for harmless in [
        json!({ "Layers": [] }),
        json!({ "SnapStart": { "ApplyOn": "None" } }),
        json!({ "DeadLetterConfig": { "TargetArn": "" }, "KMSKeyArn": "" }),
        json!({ "ImageConfig": null }),
    ] {
        assert!(refuse_unsupported(&harmless).is_ok(), "{harmless}");
    }
    for (parameters, named) in [
        (json!({ "Layers": ["arn"] }), "Layers"),
        (
            json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } }),
            "SnapStart",
        ),
        (
            json!({ "DeadLetterConfig": { "TargetArn": "arn" } }),
            "DeadLetterConfig",
        ),
    ] {
        let refused = refuse_unsupported(&parameters).expect_err("not here");
        assert!(refused.message.contains(named), "{refused}");
    }
}
