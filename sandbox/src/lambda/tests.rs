//! Functions created, changed and deleted through Lambda's operations.

mod ahead;
mod code;
mod configuration;
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
