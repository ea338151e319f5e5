//! Each file of a state folder, damaged in each way: the sandbox starts with all that was in it, or says what
//! is the matter with which file, changes nothing, and starts after a reset.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::caller::Caller;
use crate::lambda::zipped_program;
use crate::platform::Platform;
use crate::service;
use base64::Engine;

const GARBAGE: &str = "long enough to be read, and nothing that a sandbox writes\n";

type Damage = (&'static str, fn(&Path));

/// Ways to damage a file that is there.
const WAYS: [Damage; 9] = [
    ("missing", remove),
    ("emptied", |path| write(path, b"")),
    ("garbage", |path| {
        write(path, GARBAGE.repeat(100).as_bytes())
    }),
    ("closed to its owner", |path| set_mode(path, 0)),
    ("read-only", |path| set_mode(path, 0o400)),
    ("a folder", |path| {
        remove(path);
        fs::create_dir(path).expect("made");
    }),
    ("a link", |path| {
        let target = path.with_extension("elsewhere");
        let target = path
            .parent()
            .expect("a folder")
            .join("..")
            .join(target.file_name().expect("a name"));
        fs::rename(path, &target).expect("moved");
        symlink(&target, path).expect("made");
    }),
    ("a pipe", |path| {
        remove(path);
        let mode = Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).expect("made");
    }),
    ("of a later version", |path| {
        let mut bytes = if path.is_file() {
            fs::read(path).expect("read")
        } else {
            Vec::new()
        };
        if bytes.starts_with(b"SQLite format 3") {
            bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
            write(path, &bytes);
        }
    }),
];

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).expect("removed");
    } else {
        fs::remove_file(path).expect("removed");
    }
}

fn write(path: &Path, contents: &[u8]) {
    if path.is_dir() {
        remove(path);
    }
    fs::write(path, contents).expect("written");
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

fn start(state_dir: &StateDir) -> Result<(), SandboxError> {
    state_dir.make()?;
    drop(state_dir.lock()?);
    let journal = Arc::new(Journal::open(state_dir)?);
    open(state_dir, &journal, "http://127.0.0.1:1".to_owned()).map(|_| ())
}

fn opened(state_dir: &StateDir) -> (Base, Platform, databases::Open) {
    let journal = Arc::new(Journal::open(state_dir).expect("it opens"));
    let url = "http://127.0.0.1:1".to_owned();
    let (base, _, opened) = open(state_dir, &journal, url).expect("it opens");
    let platform = Platform::open(&base).expect("it opens");
    (base, platform, opened)
}

async fn call(service: &dyn service::Service, operation: &'static str, parameters: Value) -> Value {
    let caller = Caller {
        id: "id".to_owned(),
        arn: "arn".to_owned(),
        ..Caller::default()
    };
    let answer = service::call(service, operation, parameters, &caller).await;
    answer.unwrap_or_else(|fault| json!({ "fault": fault.to_string() }))
}

/// Of each service something.
async fn fill(platform: &Platform) {
    let table = json!({
        "TableName": "Players",
        "KeySchema": [{ "AttributeName": "Name", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "Name", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    call(&*platform.dynamodb, "CreateTable", table).await;
    let item = json!({ "TableName": "Players", "Item": { "Name": { "S": "Łukasz" } } });
    call(&*platform.dynamodb, "PutItem", item).await;
    let program = zipped_program(b"program");
    let function = json!({
        "FunctionName": "game",
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": "arn:aws:iam::000000000000:role/game",
        "Code": { "ZipFile": base64::prelude::BASE64_STANDARD.encode(program) },
    });
    call(&*platform.lambda, "CreateFunction", function).await;
    call(
        &*platform.logs,
        "CreateLogGroup",
        json!({ "logGroupName": "group" }),
    )
    .await;
}

async fn contents(state_dir: &StateDir) -> Value {
    let (base, platform, opened) = opened(state_dir);
    let function = call(
        &*platform.lambda,
        "GetFunction",
        json!({ "FunctionName": "game" }),
    )
    .await;
    let found = json!({
        "items": call(&*platform.dynamodb, "Scan", json!({ "TableName": "Players" })).await,
        "function": function["Configuration"]["CodeSha256"],
        "groups": call(&*platform.logs, "DescribeLogGroups", json!({})).await,
    });
    databases::leave(opened, &base.store).expect("left");
    found
}

/// A folder as it is after a stop or, if it is copied while it is in use, after a kill.
async fn left(folder: &Path, is_killed: bool) -> TempDir {
    let copy = tempfile::tempdir_in(folder).expect("a folder");
    let state_dir = StateDir::new(&folder.join("original"));
    state_dir.make().expect("made");
    drop(state_dir.lock().expect("made"));
    drop(state_dir.start_lock().expect("made"));
    let (base, platform, opened) = opened(&state_dir);
    let running = RunningServer {
        pid: 1,
        port: 2,
        started: 3,
        idle: None,
        built: None,
    };
    state_dir.announce(&running).expect("written");
    fill(&platform).await;
    if is_killed {
        copy_all(state_dir.folder(), &copy.path().join("state"));
    }
    databases::leave(opened, &base.store).expect("left");
    drop((base, platform));
    if !is_killed {
        copy_all(state_dir.folder(), &copy.path().join("state"));
    }
    fs::remove_dir_all(state_dir.folder()).expect("removed");
    copy
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir(to).expect("made");
    for entry in fs::read_dir(from).expect("read") {
        let path = entry.expect("read").path();
        let copy = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_all(&path, &copy);
        } else {
            fs::copy(&path, &copy).expect("copied");
        }
    }
}

/// Starts a copy of `original` with `damage` in the file, and looks at what comes of it.
async fn try_one(original: &Path, name: &str, what: &str, damage: impl Fn(&Path), before: &Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let state_dir = StateDir::new(&folder.path().join("state"));
    copy_all(original, state_dir.folder());
    let path = state_dir.path(name);
    damage(&path);
    let damaged = fs::metadata(&path).ok().filter(fs::Metadata::is_file);
    let damaged = damaged.and_then(|_| fs::read(&path).ok());
    let what = format!("{name}: {what}");
    let Err(error) = start(&state_dir) else {
        assert_eq!(contents(&state_dir).await, *before, "{what}");
        return;
    };
    let said = error.to_string();
    assert!(said.contains(&*path.to_string_lossy()), "{what}: {said}");
    for sql in [
        "SELECT", "PRAGMA", "CREATE", "INSERT", "sqlite_", "os error",
    ] {
        assert!(!said.contains(sql), "{what}: {said}");
    }
    let is_file = path.is_file() && !path.is_symlink();
    if let (true, Some(damaged)) = (is_file, damaged) {
        let is_kept = fs::read(&path).is_ok_and(|it| it == damaged);
        assert!(is_kept, "{what}: it was changed");
    }
    lifecycle::reset(&state_dir).unwrap_or_else(|error| panic!("{what}: {error}"));
    start(&state_dir).unwrap_or_else(|error| panic!("{what}: after a reset: {error}"));
}

#[tokio::test]
async fn whatever_happens_to_a_file_is_repaired_or_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for is_killed in [false, true] {
        let copy = left(folder.path(), is_killed).await;
        let original = copy.path().join("state");
        let whole = tempfile::tempdir().expect("a folder");
        copy_all(&original, &whole.path().join("state"));
        let before = contents(&StateDir::new(&whole.path().join("state"))).await;
        assert!(!before.to_string().contains("fault"), "{before}");
        let entries = fs::read_dir(&original).expect("read").flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().expect("text"))
            .collect();
        names.sort();
        assert!(names.len() > 8, "{names:?}");
        let is_database = |name: &&String| name.contains(".sqlite");
        for name in names.iter().filter(|name| !is_killed || is_database(name)) {
            for (what, damage) in WAYS {
                try_one(&original, name, what, damage, &before).await;
            }
        }
        // Any byte of a database at rest, and of the log of one that was killed.
        let bytes_of = |name: &&String| {
            let is_log = name.ends_with("-wal");
            if is_killed {
                is_log
            } else {
                name.ends_with(".sqlite")
            }
        };
        for name in names.iter().filter(bytes_of) {
            let length = original.join(name).metadata().expect("it is there").len();
            for at in (0..length).step_by(usize::try_from(length / 16 + 1).expect("it is short")) {
                let flip = |path: &Path| {
                    let mut bytes = fs::read(path).expect("read");
                    bytes[usize::try_from(at).expect("it is short")] ^= 1;
                    write(path, &bytes);
                };
                try_one(&original, name, &format!("byte {at}"), flip, &before).await;
            }
        }
    }
}
