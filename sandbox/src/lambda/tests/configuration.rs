//! The configuration of functions.

use super::*;

#[tokio::test]
async fn settings_are_changed_one_by_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let made = call(&lambda, "CreateFunction", game()).await.expect("made");
    let change =
        value!({ "FunctionName": "game", "Timeout": 20, "RevisionId": made["RevisionId"] });
    let changed = call(&lambda, "UpdateFunctionConfiguration", change.clone())
        .await
        .expect("changed");
    assert_eq!(changed["Timeout"], 20);
    assert_eq!(changed["Environment"], made["Environment"]);
    assert_eq!(revision(&lambda).timeout, Duration::from_secs(20));
    let stale = call(&lambda, "UpdateFunctionConfiguration", change).await;
    assert_eq!(stale.expect_err("stale").status, 412);
    let wrong = value!({ "FunctionName": "game", "Description": "new", "Timeout": 0 });
    let wrong = call(&lambda, "UpdateFunctionConfiguration", wrong).await;
    assert!(wrong.is_err());
    let answer = call(&lambda, "GetFunctionConfiguration", named("game")).await;
    assert_eq!(answer.expect("there"), changed);
}

#[tokio::test]
async fn logging_has_the_levels_and_formats_that_lambda_knows() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let with = |logging: Value| {
        let mut function = game();
        function["LoggingConfig"] = logging;
        function
    };
    for logging in [
        value!({ "LogFormat": "XML" }),
        value!({ "LogFormat": "JSON", "ApplicationLogLevel": "LOUD" }),
        value!({ "LogFormat": "JSON", "SystemLogLevel": "TRACE" }),
        value!({ "LogFormat": "Text", "SystemLogLevel": "INFO" }),
        value!({ "ApplicationLogLevel": "INFO" }),
    ] {
        let refused = call(&lambda, "CreateFunction", with(logging.clone())).await;
        assert!(refused.is_err(), "{logging}");
    }
    let logging = value!({ "LogFormat": "JSON", "ApplicationLogLevel": "FATAL" });
    let made = call(&lambda, "CreateFunction", with(logging))
        .await
        .expect("made");
    assert_eq!(made["LoggingConfig"]["ApplicationLogLevel"], "FATAL");
    assert_eq!(made["LoggingConfig"]["SystemLogLevel"], "INFO");
}
