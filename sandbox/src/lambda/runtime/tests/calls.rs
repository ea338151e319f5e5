//! Calls that go well, and what the function finds.

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::stage::{OBEYS, Played, Stage, ask, ended, soon};
use crate::lambda::runtime::Call;

#[tokio::test]
async fn a_call_reaches_the_function_and_its_answer_the_caller() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let call = Call {
        request_id: "the-id".to_owned(),
        payload: Bytes::from_static(b"{\"a\":1}"),
        client_context: Some("{\"custom\":{\"x\":\"é\"}}".to_owned()),
    };
    let caller = tokio::spawn({
        let (runtime, program) = (stage.runtime.clone(), program.clone());
        async move { runtime.invoke(program, call).await }
    });
    let process = Played::of(&program).await;
    let got = process.next().await;
    assert_eq!(got.payload, "{\"a\":1}");
    assert_eq!(got.id, "the-id");
    let header = |name: &str| String::from_utf8_lossy(got.headers[name].as_bytes()).into_owned();
    assert_eq!(header("lambda-runtime-invoked-function-arn"), program.arn);
    assert!(header("lambda-runtime-trace-id").starts_with("Root=1-"));
    let context = header("lambda-runtime-client-context");
    assert_eq!(context, "{\"custom\":{\"x\":\"é\"}}");
    let deadline: u128 = header("lambda-runtime-deadline-ms")
        .parse()
        .expect("a number");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let left = deadline.saturating_sub(now.expect("a time").as_millis());
    assert!((1..=10_000).contains(&left), "{left}");

    assert!(stage.runtime.is_busy());
    process.respond("the-id", "[1]").await;
    let invoked = ended(caller).await.expect("it was called");
    assert_eq!(
        (&invoked.payload[..], invoked.function_error),
        (&b"[1]"[..], None)
    );
    let lines: Vec<&str> = invoked.log_tail.lines().collect();
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
    assert!(!stage.runtime.is_busy());

    // Warm, it is the same process.
    let warm = stage.echo(&program, &process).await;
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
    let stage = Stage::new().await;
    let mut program = stage.program("f", OBEYS);
    let own = [
        ("OWN", "of the function"),
        ("AWS_REGION", "mars"),
        ("TZ", "CET"),
    ];
    program.variables = own.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let program = Arc::new(program);
    let caller = stage.invoke(&program, "1");
    let mut process = Played::of(&program).await;
    process.obey("/usr/bin/env > found; pwd -P > folder").await;
    let found = fs::read_to_string(process.file("found").await).expect("text");
    // The shell's own are not the runtime's doing.
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
    let folder = program.code.folder().canonicalize().expect("it is there");
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
            "OWN",
            "PATH",
            "TZ",
            "_HANDLER",
        ]
    );
    assert_eq!(value("OWN"), "of the function");
    assert_eq!((value("TZ"), value("AWS_REGION")), ("CET", "us-east-1"));
    assert_eq!(value("_HANDLER"), "the.handler");
    assert!(value("AWS_LAMBDA_LOG_STREAM_NAME").contains("/[$LATEST]"));

    // Its keys are its role's, as long as it lives.
    let id = value("AWS_ACCESS_KEY_ID");
    let (keys, who) = stage.keyring.find(id).expect("they are good");
    assert!(who.arn.ends_with(":assumed-role/the-role/f"), "{}", who.arn);
    assert_eq!(keys.secret_access_key, value("AWS_SECRET_ACCESS_KEY"));
    assert_eq!(
        keys.session_token.as_deref(),
        Some(value("AWS_SESSION_TOKEN"))
    );
    let call = process.next().await;
    process.respond(&call.id, "1").await;
    ended(caller).await.expect("it was called");
    soon(stage.runtime.stop()).await;
    assert_eq!(stage.keyring.find(id), None);
}

#[tokio::test]
async fn what_a_function_wrote_is_in_its_log_before_the_end() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let caller = stage.invoke(&program, "1");
    let mut process = Played::of(&program).await;
    process.obey("echo ready").await;
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
    let call = process.next().await;
    process.obey("echo one; echo two >&2; printf three").await;
    process.respond(&call.id, "1").await;
    let invoked = ended(caller).await.expect("it was called");
    assert_eq!(
        lines(&invoked.log_tail),
        ["ready", "START", "one", "two", "three", "END"]
    );
    for round in 0..20 {
        let caller = stage.invoke(&program, "1");
        let call = process.next().await;
        process
            .obey(&format!("echo out {round}; echo err {round} >&2"))
            .await;
        process.respond(&call.id, "1").await;
        let invoked = ended(caller).await.expect("it was called");
        let wrote = [format!("out {round}"), format!("err {round}")];
        assert_eq!(lines(&invoked.log_tail)[1..3], wrote);
    }
}

#[tokio::test]
async fn a_function_that_writes_more_than_a_pipe_holds_goes_on() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let caller = stage.invoke(&program, "1");
    let mut process = Played::of(&program).await;
    let call = process.next().await;
    process
        .obey("head -c 300000 /dev/zero | tr '\\0' x; echo; echo last")
        .await;
    process.respond(&call.id, "1").await;
    let tail = ended(caller).await.expect("it was called").log_tail;
    assert!(tail.contains("xxx\nlast\nEND"), "{tail}");
    assert!(tail.len() <= 4096);
}

#[tokio::test]
async fn a_call_goes_on_without_its_caller() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let caller = stage.invoke(&program, "1");
    let process = Played::of(&program).await;
    let call = process.next().await;
    caller.abort();
    assert!(caller.await.is_err());
    assert!(stage.runtime.is_busy());
    process.respond(&call.id, "1").await;
    stage.echo(&program, &process).await;
}

#[tokio::test]
async fn the_runtime_api_answers_each_process_only_in_its_turn() {
    let stage = Stage::new().await;
    let program = Arc::new(stage.program("f", OBEYS));
    let other = Arc::new(stage.program("other", OBEYS));
    let callers = [stage.invoke(&program, "1"), stage.invoke(&other, "2")];
    let (process, stranger) = (Played::of(&program).await, Played::of(&other).await);

    let early = process.post("invocation/x/response", "1").await;
    assert_eq!(early.0, StatusCode::BAD_REQUEST);
    let (call, others) = (process.next().await, stranger.next().await);
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

    let (address, _) = process.api.split_once('/').expect("a path");
    for secret in [Uuid::new_v4().to_string(), String::new()] {
        let path = format!("{address}/_runtime/{secret}/2018-06-01/runtime/invocation/next");
        let told = ask(Method::GET, &path, Bytes::new())
            .await
            .expect("an answer");
        assert_eq!(told.0, StatusCode::FORBIDDEN);
    }
    process.respond(&call.id, "1").await;
    let twice = process
        .post(&format!("invocation/{}/response", call.id), "1")
        .await;
    assert_eq!(twice.0, StatusCode::BAD_REQUEST);
    stranger.respond(&others.id, "2").await;
    for (caller, payload) in callers.into_iter().zip(["1", "2"]) {
        assert_eq!(ended(caller).await.expect("it was called").payload, payload);
    }
}
