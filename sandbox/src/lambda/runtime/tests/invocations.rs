//! Invocations that succeed, and the environment in which functions run.

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::json;

use super::harness::{Harness, SCRIPTED, ScriptedProcess, ended, soon};
use crate::lambda::runtime::InvocationRequest;
use crate::lambda::runtime::Limits;

#[tokio::test]
async fn an_invocation_reaches_the_function_and_its_response_the_client() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let request = InvocationRequest {
        id: "the-id".to_owned(),
        payload: Bytes::from_static(b"{\"a\":1}"),
        client_context: Some("{\"custom\":{\"x\":\"é\"}}".to_owned()),
    };
    let invocation = tokio::spawn({
        let (runtime, revision) = (harness.runtime.clone(), revision.clone());
        async move { runtime.invoke(revision, request).await }
    });
    let process = ScriptedProcess::of(&revision).await;
    let request = process.next().await;
    assert_eq!(request.payload, "{\"a\":1}");
    assert_eq!(request.id, "the-id");
    let header =
        |name: &str| String::from_utf8_lossy(request.headers[name].as_bytes()).into_owned();
    assert_eq!(header("lambda-runtime-invoked-function-arn"), revision.arn);
    assert!(header("lambda-runtime-trace-id").starts_with("Root=1-"));
    let context = header("lambda-runtime-client-context");
    assert_eq!(context, "{\"custom\":{\"x\":\"é\"}}");
    let deadline: u128 = header("lambda-runtime-deadline-ms")
        .parse()
        .expect("a number");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let left = deadline.saturating_sub(now.expect("a time").as_millis());
    assert!((1..=10_000).contains(&left), "{left}");

    assert!(harness.runtime.is_busy());
    process.respond("the-id", "[1]").await;
    let response = ended(invocation).await.expect("it was invoked");
    assert_eq!(
        (&response.payload[..], response.function_error),
        (&b"[1]"[..], None)
    );
    let lines: Vec<&str> = response.log_tail.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "START RequestId: the-id Version: $LATEST",
            "END RequestId: the-id"
        ]
    );
    assert!(lines[2].starts_with("REPORT RequestId: the-id\tDuration: "));
    assert!(
        lines[2].contains(" ms\tMemory Size: 128 MB\t"),
        "{}",
        lines[2]
    );
    assert!(lines[2].contains("\tInit Duration: "), "{}", lines[2]);
    assert_eq!(lines.len(), 3);
    assert!(!harness.runtime.is_busy());

    // The warm invocation is in the same process.
    let warm = harness.echo(&revision, &process).await;
    assert_eq!(warm.payload, "\"echo\"");
    assert!(
        !warm.log_tail.contains("Init Duration"),
        "{}",
        warm.log_tail
    );
    assert!(!warm.log_tail.contains("the-id"), "{}", warm.log_tail);
}

#[tokio::test]
async fn a_function_finds_lambdas_environment_and_no_other() {
    let harness = Harness::new().await;
    let mut revision = harness.revision("f", SCRIPTED);
    let own = [
        ("OWN", "of the function"),
        ("AWS_REGION", "mars"),
        ("TZ", "CET"),
    ];
    revision.variables = own.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let revision = Arc::new(revision);
    let invocation = harness.invoke(&revision, "1");
    let mut process = ScriptedProcess::of(&revision).await;
    process.run("/usr/bin/env > found; pwd -P > folder").await;
    let found = fs::read_to_string(process.file("found").await).expect("text");
    // The shell sets some itself.
    let shells = ["PWD=", "OLDPWD=", "SHLVL=", "_="];
    let mut found: Vec<&str> = found
        .lines()
        .filter(|line| !shells.iter().any(|name| line.starts_with(name)))
        .collect();
    found.sort_unstable();
    let value = |name: &str| {
        let line = found.iter().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.strip_prefix('='))
            .unwrap_or_default()
    };
    let folder = revision.code.folder().canonicalize().expect("it is there");
    assert_eq!(
        fs::read_to_string(process.file("folder").await)
            .expect("text")
            .trim_end(),
        folder.to_str().expect("text")
    );
    let names: Vec<&str> = found
        .iter()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    assert_eq!(
        names,
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_INITIALIZATION_TYPE",
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "LAMBDA_RUNTIME_DIR",
            "LAMBDA_TASK_ROOT",
            "LANG",
            "LD_LIBRARY_PATH",
            "OWN",
            "PATH",
            "TMPDIR",
            "TZ",
            "_HANDLER",
        ]
    );
    assert_eq!(value("OWN"), "of the function");
    let temporary = std::path::Path::new(value("TMPDIR")).to_owned();
    assert!(temporary.is_dir() && !temporary.starts_with(&folder));
    assert_eq!((value("TZ"), value("AWS_REGION")), ("CET", "us-east-1"));
    assert_eq!(value("_HANDLER"), "the.handler");
    assert!(value("AWS_LAMBDA_LOG_STREAM_NAME").contains("/[$LATEST]"));

    // Its keys are its role's, and are revoked when it ends.
    let id = value("AWS_ACCESS_KEY_ID");
    let (keys, who) = harness.keyring.find(id).expect("they are good");
    assert!(
        who.arn
            .ends_with(":assumed-role/the-role/f@lambda_function"),
        "{}",
        who.arn
    );
    assert_eq!(keys.secret_access_key, value("AWS_SECRET_ACCESS_KEY"));
    assert_eq!(
        keys.session_token.as_deref(),
        Some(value("AWS_SESSION_TOKEN"))
    );
    let request = process.next().await;
    process.respond(&request.id, "1").await;
    ended(invocation).await.expect("it was invoked");
    soon(harness.runtime.stop()).await;
    assert_eq!(harness.keyring.find(id), None);
    assert!(!temporary.exists());
}

#[tokio::test]
async fn what_a_function_wrote_is_in_its_log_before_the_end() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let mut process = ScriptedProcess::of(&revision).await;
    process.run("echo ready").await;
    let lines = |tail: &str| -> Vec<String> {
        let own = |line: &&str| !line.starts_with("REPORT");
        let words = |line: &str| {
            line.split(" RequestId")
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        tail.lines().filter(own).map(words).collect()
    };
    let request = process.next().await;
    process.run("echo one; echo two >&2; printf three").await;
    process.respond(&request.id, "1").await;
    let response = ended(invocation).await.expect("it was invoked");
    assert_eq!(
        lines(&response.log_tail),
        ["ready", "START", "one", "two", "three", "END"]
    );
    for round in 0..20 {
        let invocation = harness.invoke(&revision, "1");
        let request = process.next().await;
        process
            .run(&format!("echo out {round}; echo err {round} >&2"))
            .await;
        process.respond(&request.id, "1").await;
        let response = ended(invocation).await.expect("it was invoked");
        let wrote = [format!("out {round}"), format!("err {round}")];
        assert_eq!(lines(&response.log_tail)[1..3], wrote);
    }
}

#[tokio::test]
async fn a_function_that_writes_more_than_a_pipe_holds_goes_on() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let mut process = ScriptedProcess::of(&revision).await;
    let request = process.next().await;
    process
        .run("head -c 300000 /dev/zero | tr '\\0' x; echo; echo last")
        .await;
    process.respond(&request.id, "1").await;
    let tail = ended(invocation).await.expect("it was invoked").log_tail;
    assert!(tail.contains("xxx\nlast\nEND"), "{tail}");
    assert!(tail.len() <= 4096);
}

#[tokio::test]
async fn an_invocation_goes_on_without_its_client() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let process = ScriptedProcess::of(&revision).await;
    let request = process.next().await;
    invocation.abort();
    assert!(invocation.await.is_err());
    assert!(harness.runtime.is_busy());
    process.respond(&request.id, "1").await;
    harness.echo(&revision, &process).await;
}

#[tokio::test]
async fn the_runtime_api_answers_each_process_only_in_its_turn() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let other = Arc::new(harness.revision("other", SCRIPTED));
    let invocations = [harness.invoke(&revision, "1"), harness.invoke(&other, "2")];
    let (process, stranger) = (
        ScriptedProcess::of(&revision).await,
        ScriptedProcess::of(&other).await,
    );

    let early = process.post("invocation/x/response", "1").await;
    assert_eq!(early.0, StatusCode::BAD_REQUEST);
    let (request, others) = (process.next().await, stranger.next().await);
    let of_another = process
        .post(&format!("invocation/{}/response", others.id), "1")
        .await;
    assert_eq!(
        of_another,
        (
            StatusCode::BAD_REQUEST,
            json!({ "errorMessage": "Invalid request ID", "errorType": "InvalidRequestID" })
        )
    );
    let second = process
        .ask(Method::GET, "invocation/next", Bytes::new())
        .await;
    assert_eq!(second.map(|answer| answer.0), Some(StatusCode::FORBIDDEN));
    let late = process.post("init/error", "{}").await;
    assert_eq!(late.0, StatusCode::FORBIDDEN);
    let unknown = process.post("exit/error", "{}").await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);

    process.respond(&request.id, "1").await;
    let twice = process
        .post(&format!("invocation/{}/response", request.id), "1")
        .await;
    assert_eq!(twice.0, StatusCode::BAD_REQUEST);
    stranger.respond(&others.id, "2").await;
    for (invocation, payload) in invocations.into_iter().zip(["1", "2"]) {
        assert_eq!(
            ended(invocation).await.expect("it was invoked").payload,
            payload
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn only_the_functions_own_processes_are_answered_at_host_and_port_alone() {
    let harness = Harness::with_limits(Limits {
        checks_peers: true,
        ..Limits::default()
    })
    .await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let process = ScriptedProcess::of(&revision).await;
    let address: std::net::SocketAddr = process.api.parse().expect("host and port");
    assert!(address.ip().is_loopback());
    let stolen = process
        .ask(Method::GET, "invocation/next", Bytes::new())
        .await;
    let stolen = stolen.expect("an answer").0;
    assert_eq!(
        stolen,
        StatusCode::FORBIDDEN,
        "this process is none of the function's"
    );
    invocation.abort();
    soon(harness.runtime.stop()).await;
}
