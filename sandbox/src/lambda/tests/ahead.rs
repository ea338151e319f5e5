//! Environments that start ahead of an invocation.

use super::*;

/// And a function that nobody has called is not started.
#[tokio::test]
async fn new_code_of_a_function_that_is_warm_is_started_ahead_of_the_next_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let mut game = game();
    game["Code"]["ZipFile"] = zip(b"#!/bin/sh\nsleep 600\n").into();
    call(&lambda, "CreateFunction", game).await.expect("made");
    let update = |program: &[u8]| value!({ "FunctionName": "game", "ZipFile": zip(program) });
    let program = b"#!/bin/sh\n: > started\nsleep 600\n";
    let started = async |waits: bool| {
        let started = revision(&lambda).code.folder().join("started");
        while waits && !started.exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        started.exists()
    };
    call(&lambda, "UpdateFunctionCode", update(program))
        .await
        .expect("patched");
    assert!(!started(false).await);
    let calling = tokio::spawn({
        let lambda = lambda.clone();
        async move { invoked(&lambda).await }
    });
    assert!(started(true).await);
    let program = b"#!/bin/sh\n: > started\nsleep 601\n";
    call(&lambda, "UpdateFunctionCode", update(program))
        .await
        .expect("patched");
    let soon = tokio::time::timeout(Duration::from_secs(20), started(true));
    assert_eq!(soon.await, Ok(true));
    calling.abort();
    lambda.stop().await;
}
