//! Functions created, changed and deleted through Lambda's operations.

mod layers;
mod refusals;
mod versions;

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json as value};

use super::bundle_cache::zipped_program;
use super::runtime::{InvocationRequest, Revision};
use super::*;
use crate::authorise::{AllowAll, Authority};
use crate::caller::Caller;
use crate::clock::SystemClock;
use crate::dynamodb::DynamoDb;
use crate::keys::Keys;
use crate::service;
use crate::state_dir::StateDir;

fn allow_all() -> Arc<dyn Authority> {
    Arc::new(AllowAll)
}

fn opened(folder: &Path) -> Arc<Lambda> {
    opened_with(folder, Arc::new(SystemClock))
}

pub fn opened_with(folder: &Path, clock: Arc<dyn Clock>) -> Arc<Lambda> {
    let state_dir = StateDir::new(folder);
    state_dir.make().expect("a folder");
    let store = Arc::new(Store::open(&state_dir.path("state")).expect("it opens"));
    let blobs = Blobs::open(&state_dir.path("blobs"), &store).expect("it opens");
    let keyring = Arc::new(Keyring::new(Keys::long_term()));
    let journal = Arc::new(Journal::open(&state_dir).expect("it opens"));
    let deliveries = DeliveryQueue::new(&store, &journal, Arc::new(SystemClock));
    Lambda::open(Dependencies {
        code: state_dir.path("code"),
        sandbox: rand::random(),
        was_killed: false,
        url: "http://127.0.0.1:1".to_owned(),
        authority: allow_all(),
        sqs: Sqs::open(&store, "http://127.0.0.1:1", clock.clone()).expect("it opens"),
        streams: Arc::new(Streams::new(&Arc::new(
            DynamoDb::open(&state_dir.path("tables")).expect("it opens"),
        ))),
        clock,
        logs: Arc::new(Logs::new(&store)),
        iam: Arc::new(Iam::open(&store, &keyring).expect("it opens")),
        s3: Arc::new(S3::new(&store, &blobs, &keyring, &allow_all(), &deliveries)),
        deliveries,
        store,
        blobs,
        keyring,
        journal,
    })
    .expect("it opens")
}

pub async fn call(
    lambda: &Lambda,
    operation: &'static str,
    parameters: Value,
) -> Result<Value, Fault> {
    let caller = Caller {
        id: "id".to_owned(),
        arn: "arn".to_owned(),
        ..Caller::default()
    };
    service::call(lambda, operation, parameters, &caller).await
}

fn zip(program: &[u8]) -> String {
    BASE64_STANDARD.encode(zipped_program(program))
}

fn game() -> Value {
    value!({
        "FunctionName": "game",
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": "arn:aws:iam::000000000000:role/game",
        "Code": { "ZipFile": zip(b"one") },
        "Environment": { "Variables": { "TABLE": "players" } },
        "Tags": { "class": "first" },
    })
}

fn named(name: &str) -> Value {
    value!({ "FunctionName": name })
}

/// How many zips are stored, and how many are unpacked.
fn stored(folder: &Path) -> (usize, usize) {
    let count = |name| std::fs::read_dir(folder.join(name)).map_or(0, Iterator::count);
    (count("blobs"), count("code"))
}

fn revision(lambda: &Lambda) -> Arc<Revision> {
    lambda
        .revisions
        .get("game", "$LATEST")
        .expect("it is at hand")
}

#[tokio::test]
async fn a_function_lives_from_creation_to_deletion() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let missing = call(&lambda, "GetFunction", named("game")).await;
    let missing = missing.expect_err("not there yet");
    assert_eq!(missing.code, "ResourceNotFoundException");
    assert!(missing.message.ends_with(":function:game"), "{missing}");

    let made = call(&lambda, "CreateFunction", game()).await.expect("made");
    assert_eq!(made["State"], "Active");
    assert_eq!(made["Version"], "$LATEST");
    assert_eq!(stored(folder.path()), (1, 1));
    let bootstrap = revision(&lambda).code.folder().join("bootstrap");
    assert_eq!(std::fs::read(bootstrap).expect("unpacked"), b"one");
    let again = call(&lambda, "CreateFunction", game()).await;
    let again = again.expect_err("it is there");
    assert_eq!(again.message, "Function already exist: game");

    let answer = call(&lambda, "GetFunction", named("function:game"))
        .await
        .expect("there");
    assert_eq!(answer["Configuration"], made);
    assert_eq!(answer["Tags"], value!({ "class": "first" }));
    let qualified = call(&lambda, "GetFunctionConfiguration", named("game:$LATEST"))
        .await
        .expect("there");
    let arn = qualified["FunctionArn"].as_str().expect("an ARN");
    assert!(arn.ends_with(":function:game:$LATEST"));
    let published = call(&lambda, "GetFunction", named("game:1")).await;
    assert_eq!(published.expect_err("none").status, 404);

    call(&lambda, "DeleteFunction", named("game"))
        .await
        .expect("deleted");
    assert_eq!(stored(folder.path()), (0, 0));
    assert!(lambda.revisions.get("game", "$LATEST").is_none());
    let gone = call(&lambda, "DeleteFunction", named("game")).await;
    assert_eq!(gone.expect_err("gone").status, 404);
}

#[tokio::test]
async fn new_code_takes_the_place_of_the_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let made = call(&lambda, "CreateFunction", game()).await.expect("made");
    let before = revision(&lambda);
    let update = |zip: &str, revision: &Value| value!({ "FunctionName": "game", "ZipFile": zip, "RevisionId": revision });
    let seen = &made["RevisionId"];

    let mut trial = update(&zip(b"two"), seen);
    trial["DryRun"] = value!(true);
    let tried = call(&lambda, "UpdateFunctionCode", trial)
        .await
        .expect("ok");
    assert_eq!(tried["RevisionId"], *seen);
    assert_ne!(tried["CodeSha256"], made["CodeSha256"]);
    assert_eq!(stored(folder.path()), (1, 1));

    let patched = call(&lambda, "UpdateFunctionCode", update(&zip(b"two"), seen))
        .await
        .expect("patched");
    assert_ne!(patched["RevisionId"], *seen);
    assert_eq!(patched["CodeSha256"], tried["CodeSha256"]);
    assert_ne!(revision(&lambda).id, before.id);
    // What uses a revision keeps its folder.
    assert_eq!(stored(folder.path()), (1, 2));
    drop(before);
    assert_eq!(stored(folder.path()), (1, 1));

    let late = call(&lambda, "UpdateFunctionCode", update(&zip(b"three"), seen)).await;
    let late = late.expect_err("it was changed");
    assert_eq!(late.code, "PreconditionFailedException");
    let broken = update("bm8gemlw", &patched["RevisionId"]);
    let broken = call(&lambda, "UpdateFunctionCode", broken).await;
    assert_eq!(
        broken.expect_err("no zip").code,
        "InvalidParameterValueException"
    );
    assert_eq!(stored(folder.path()), (1, 1));
}

async fn invoked(lambda: &Lambda) -> InvocationResponse {
    let function = FunctionRef::parse("game", None).expect("a name");
    let request = InvocationRequest {
        id: "1".to_owned(),
        payload: "{}".into(),
        client_context: None,
    };
    let invoked = lambda.run(&function, request).await;
    invoked.expect("it was invoked")
}

#[tokio::test]
async fn code_that_is_lost_while_the_sandbox_runs_is_unpacked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let mut game = game();
    game["Code"]["ZipFile"] = zip(b"#!/bin/sh\nexit 3\n").into();
    call(&lambda, "CreateFunction", game).await.expect("made");
    for lose in [
        (|bootstrap: &Path| std::fs::remove_file(bootstrap)) as fn(&Path) -> std::io::Result<()>,
        |bootstrap| {
            std::fs::remove_file(bootstrap)?;
            std::fs::write(bootstrap, "#!/bin/sh\nexit 4\n")
        },
        |bootstrap| std::fs::remove_dir_all(bootstrap.ancestors().nth(2).expect("a folder")),
    ] {
        lose(&revision(&lambda).code.bootstrap()).expect("lost");
        let response = invoked(&lambda).await;
        let payload = String::from_utf8_lossy(&response.payload);
        assert!(payload.contains("exit status 3"), "{payload}");
    }
}

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

#[tokio::test]
async fn functions_survive_a_restart_and_are_unpacked_when_they_are_called() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let made = call(&lambda, "CreateFunction", game()).await.expect("made");
    drop(lambda);
    let lambda = opened(folder.path());
    assert_eq!(stored(folder.path()), (1, 0));
    let function_ref = FunctionRef::parse("game", None).expect("a name");
    let revision = lambda.revision(&function_ref).await.expect("it is there");
    assert_eq!(revision.variables["TABLE"], "players");
    assert_eq!(revision.id, made["RevisionId"]);
    assert_eq!(stored(folder.path()), (1, 1));
}

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
async fn what_cannot_run_here_is_refused_at_creation() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let other = match this_machines_architecture() {
        "arm64" => "x86_64",
        _ => "arm64",
    };
    for (member, given, said) in [
        ("Architectures", value!([other]), "this machine"),
        ("Architectures", value!(["z80"]), "z80"),
        ("PackageType", value!("Image"), "container images"),
        ("Code", value!({ "ImageUri": "x" }), "container images"),
        ("Code", value!({}), "source for function code"),
        ("Code", value!({ "S3Bucket": "b" }), "S3Key"),
        ("Code", value!({ "ZipFile": "?" }), "Base64"),
        ("Runtime", value!("nodejs22.x"), "bootstrap"),
        ("Runtime", Value::Null, "mandatory"),
        ("Role", Value::Null, "role"),
        ("Layers", value!(["arn"]), "layer version"),
        ("FunctionName", value!("a/b"), "a/b"),
        ("FunctionName", value!(7), "string"),
    ] {
        let mut request = game();
        request[member] = given.clone();
        let refused = call(&lambda, "CreateFunction", request).await;
        let refused = refused.expect_err(&format!("{member}: {given}"));
        assert!(refused.is_client_error(), "{refused}");
        assert!(refused.message.contains(said), "{refused}");
    }
    assert_eq!(stored(folder.path()), (0, 0));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    for name in ["b", "a", "c"] {
        let mut request = game();
        request["FunctionName"] = value!(name);
        call(&lambda, "CreateFunction", request)
            .await
            .expect("made");
    }
    let mut names = Vec::new();
    let mut marker = Value::Null;
    loop {
        let request = value!({ "MaxItems": "2", "Marker": marker });
        let page = call(&lambda, "ListFunctions", request)
            .await
            .expect("a page");
        let functions = page["Functions"].as_array().expect("a list");
        names.extend(functions.iter().map(|one| one["FunctionName"].clone()));
        marker = page["NextMarker"].clone();
        if marker.is_null() {
            break;
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
    // The three have the same code.
    assert_eq!(stored(folder.path()), (1, 1));
    let versions = call(&lambda, "ListVersionsByFunction", named("a")).await;
    let versions = versions.expect("listed");
    assert_eq!(versions["Versions"][0]["Version"], "$LATEST");
}

#[tokio::test]
async fn permissions_tags_and_concurrency_are_stored_with_the_function() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    call(&lambda, "CreateFunction", game()).await.expect("made");
    let none = call(&lambda, "GetPolicy", named("game")).await;
    assert_eq!(none.expect_err("none yet").status, 404);
    let allow = value!({
        "FunctionName": "game", "StatementId": "api", "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com", "SourceArn": "arn:aws:execute-api:us-east-1:000000000000:x",
    });
    call(&lambda, "AddPermission", allow.clone())
        .await
        .expect("added");
    let twice = call(&lambda, "AddPermission", allow).await;
    assert_eq!(twice.expect_err("twice").code, "ResourceConflictException");
    let policy = call(&lambda, "GetPolicy", named("game"))
        .await
        .expect("one");
    let document: Value =
        serde_json::from_str(policy["Policy"].as_str().expect("a text")).expect("JSON");
    let statement = &document["Statement"][0];
    let service = value!({ "Service": "apigateway.amazonaws.com" });
    assert_eq!(statement["Principal"], service);
    let condition =
        value!({ "ArnLike": { "AWS:SourceArn": "arn:aws:execute-api:us-east-1:000000000000:x" } });
    assert_eq!(statement["Condition"], condition);
    let remove = value!({ "FunctionName": "game", "StatementId": "api" });
    call(&lambda, "RemovePermission", remove.clone())
        .await
        .expect("removed");
    let gone = call(&lambda, "RemovePermission", remove).await;
    assert_eq!(gone.expect_err("gone").status, 404);

    let arn = function_ref::arn("game");
    let tags = value!({ "Resource": arn, "Tags": { "a": "1", "class": "second" } });
    call(&lambda, "TagResource", tags).await.expect("tagged");
    let keys = value!({ "Resource": arn, "TagKeys": ["a"] });
    call(&lambda, "UntagResource", keys)
        .await
        .expect("untagged");
    let tags = call(&lambda, "ListTags", value!({ "Resource": arn })).await;
    assert_eq!(tags.expect("answer")["Tags"], value!({ "class": "second" }));

    let reserve =
        |count: u32| value!({ "FunctionName": "game", "ReservedConcurrentExecutions": count });
    call(&lambda, "PutFunctionConcurrency", reserve(5))
        .await
        .expect("reserved");
    let function_ref = FunctionRef::parse("game", None).expect("a name");
    let revision = lambda.revision(&function_ref).await.expect("it is there");
    assert_eq!(revision.reserved_concurrency, Some(5));
    let all = call(&lambda, "PutFunctionConcurrency", reserve(901)).await;
    assert!(all.is_err(), "the others need some");
    call(&lambda, "DeleteFunctionConcurrency", named("game"))
        .await
        .expect("freed");
    let free = call(&lambda, "GetFunctionConcurrency", named("game")).await;
    assert_eq!(free.expect("answer"), value!({}));
}

#[tokio::test]
async fn what_is_for_functions_alone_takes_no_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    call(&lambda, "CreateFunction", game()).await.expect("made");
    let arn = format!("{}:live", function_ref::arn("game"));
    for (operation, parameters) in [
        (
            "PutFunctionConcurrency",
            value!({ "FunctionName": "game:$LATEST", "ReservedConcurrentExecutions": 1 }),
        ),
        ("GetFunctionConcurrency", named("game:$LATEST")),
        ("DeleteFunctionConcurrency", named("game:$LATEST")),
        (
            "TagResource",
            value!({ "Resource": arn, "Tags": { "a": "1" } }),
        ),
        (
            "UntagResource",
            value!({ "Resource": arn, "TagKeys": ["a"] }),
        ),
        ("ListTags", value!({ "Resource": arn })),
    ] {
        let refused = call(&lambda, operation, parameters).await;
        let code = refused.expect_err(operation).code;
        assert_eq!(code, "InvalidParameterValueException", "{operation}");
    }
    let list = async |versions: &str| {
        call(
            &lambda,
            "ListFunctions",
            value!({ "FunctionVersion": versions }),
        )
        .await
    };
    let refused = list("invalid").await.expect_err("there is only ALL");
    assert_eq!(refused.code, "ValidationException");
    let listed = list("ALL").await.expect("listed");
    let arn = listed["Functions"][0]["FunctionArn"].as_str();
    assert!(
        arn.is_some_and(|arn| arn.ends_with(":game:$LATEST")),
        "{arn:?}"
    );
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
