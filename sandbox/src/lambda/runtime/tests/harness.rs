//! Functions whose processes do what a test tells them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::future::Future;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rustix::process::{Pid, test_kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::fault::Fault;
use crate::journal::Journal;
use crate::keys::{Keyring, Keys};
use crate::lambda::bundle_cache::UnpackedBundle;
use crate::lambda::runtime::{
    InvocationRequest, InvocationResponse, Limits, NotRun, Revision, Runtime,
};
use crate::logs::Logs;
use crate::state_dir::StateDir;
use crate::store::Store;

/// A `bootstrap` that writes its process's Runtime API address to a file, then runs each line that it is
/// sent.
pub const SCRIPTED: &str = r#"#!/bin/sh
mkfifo commands.$$
exec 3<> commands.$$
printf %s "$AWS_LAMBDA_RUNTIME_API" > new.$$
mv new.$$ api.$$
while read -r command <&3; do eval "$command"; done
"#;

/// What does not happen within this time never does.
const NEVER: Duration = Duration::from_secs(20);

pub struct Harness {
    pub runtime: Arc<Runtime>,
    pub keyring: Arc<Keyring>,
    pub logs: Arc<Logs>,
    folder: TempDir,
}

impl Harness {
    pub async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub async fn with_limits(limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(&folder.path().join("state")).expect("it opens"));
        let journal = Arc::new(Journal::open(&StateDir::new(folder.path())).expect("it opens"));
        let keyring = Arc::new(Keyring::new(Keys::long_term()));
        let logs = Arc::new(Logs::new(&store));
        let url = "http://127.0.0.1:1";
        let runtime = Runtime::with_limits(limits, rand::random(), url, &keyring, &logs, &journal);
        Self {
            runtime,
            keyring,
            logs,
            folder,
        }
    }

    /// A function whose `bootstrap` is this script.
    pub fn revision(&self, function: &str, bootstrap: &str) -> Revision {
        let folder = TempDir::new_in(self.folder.path()).expect("a folder");
        let path = folder.path().join("bootstrap");
        fs::write(&path, bootstrap).expect("it can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be set");
        Revision {
            id: Uuid::new_v4().to_string(),
            function: function.to_owned(),
            arn: format!("arn:aws:lambda:us-east-1:000000000000:function:{function}"),
            version: "$LATEST".to_owned(),
            layers: Vec::new(),
            code: Arc::new(UnpackedBundle::of(folder)),
            handler: "the.handler".to_owned(),
            runtime: "provided.al2023".to_owned(),
            variables: BTreeMap::new(),
            memory_mb: 128,
            timeout: Duration::from_secs(10),
            role: "arn:aws:iam::000000000000:role/path/the-role".to_owned(),
            role_id: "AROATHEROLE".to_owned(),
            log_group: format!("/aws/lambda/{function}"),
            reserved_concurrency: None,
            is_outdated: AtomicBool::default(),
        }
    }

    /// Invokes the function, in a task of its own.
    pub fn invoke(&self, revision: &Arc<Revision>, payload: &str) -> Invocation {
        let (runtime, revision) = (self.runtime.clone(), revision.clone());
        let request = InvocationRequest {
            id: Uuid::new_v4().to_string(),
            payload: Bytes::from(payload.to_owned()),
            client_context: None,
        };
        tokio::spawn(async move { runtime.invoke(revision, request).await })
    }

    /// A whole invocation, answered by `process` with the request's payload.
    pub async fn echo(
        &self,
        revision: &Arc<Revision>,
        process: &ScriptedProcess,
    ) -> InvocationResponse {
        let invocation = self.invoke(revision, "\"echo\"");
        let request = process.next().await;
        process.respond(&request.id, request.payload).await;
        ended(invocation).await.expect("it was invoked")
    }
}

pub type Invocation = JoinHandle<Result<InvocationResponse, NotRun>>;

pub async fn ended(invocation: Invocation) -> Result<InvocationResponse, Fault> {
    let ended = timeout(NEVER, invocation).await;
    let ended = ended.expect("it ends").expect("it doesn't panic");
    ended.map_err(|error| match error {
        NotRun::Fault(fault) => fault,
        NotRun::CodeLost(_) => panic!("nobody changes its files"),
    })
}

/// One process of a function, for which the test sends requests to the Runtime API.
pub struct ScriptedProcess {
    pub pid: i32,
    pub api: String,
    commands: File,
    folder: PathBuf,
}

pub struct ReceivedRequest {
    pub id: String,
    pub headers: HeaderMap,
    pub payload: Bytes,
}

impl ScriptedProcess {
    /// The revision's first process.
    pub async fn of(revision: &Revision) -> Self {
        Self::others(revision, &[]).await
    }

    /// A process of the revision that is none of those `known`.
    pub async fn others(revision: &Revision, known: &[&Self]) -> Self {
        let folder = revision.code.folder();
        let known: BTreeSet<i32> = known.iter().map(|process| process.pid).collect();
        let is_new = |pid: &i32| !known.contains(pid);
        let pid = found(|| pids(folder).into_iter().find(is_new)).await;
        let commands = folder.join(format!("commands.{pid}"));
        let commands = OpenOptions::new().read(true).write(true).open(commands);
        Self {
            pid,
            api: fs::read_to_string(folder.join(format!("api.{pid}"))).expect("it was written"),
            commands: commands.expect("it was made"),
            folder: folder.to_owned(),
        }
    }

    /// Has the process run a command of the shell, which may never end.
    pub fn send(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("it is read");
    }

    /// Has the process run a command of the shell, and waits until it has.
    pub async fn run(&mut self, command: &str) {
        let done = format!("done.{}", self.pid);
        self.send(&format!("{command}; : > {done}"));
        self.file(&done).await;
        fs::remove_file(self.folder.join(done)).expect("it was made");
    }

    /// Waits for a file in the revision's folder.
    pub async fn file(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        until(|| path.exists()).await;
        path
    }

    pub async fn next(&self) -> ReceivedRequest {
        let (status, headers, payload) = self
            .ask(Method::GET, "invocation/next", Bytes::new())
            .await
            .expect("the process lives");
        assert_eq!(status, StatusCode::OK, "{payload:?}");
        let id = headers["lambda-runtime-aws-request-id"].to_str();
        ReceivedRequest {
            id: id.expect("a text").to_owned(),
            headers,
            payload,
        }
    }

    pub async fn respond(&self, id: &str, payload: impl Into<Bytes>) {
        let answer = self
            .post(&format!("invocation/{id}/response"), payload)
            .await;
        assert_eq!(answer.0, StatusCode::ACCEPTED, "{}", answer.1);
    }

    /// The status, and the answer as JSON.
    pub async fn post(&self, path: &str, payload: impl Into<Bytes>) -> (StatusCode, Value) {
        let answer = self.ask(Method::POST, path, payload.into()).await;
        let (status, _, body) = answer.expect("an answer");
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    /// `None` when the connection is closed instead.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        payload: Bytes,
    ) -> Option<(StatusCode, HeaderMap, Bytes)> {
        let path = format!("{}/2018-06-01/runtime/{path}", self.api);
        timeout(NEVER, ask(method, &path, payload))
            .await
            .expect("an answer")
    }

    pub async fn is_gone(&self) {
        until(|| is_gone(self.pid)).await;
    }
}

/// Whether there is no such process, not even a zombie.
pub fn is_gone(pid: i32) -> bool {
    let pid = Pid::from_raw(pid).expect("no zero");
    test_kill_process(pid).is_err()
}

pub async fn until(condition: impl Fn() -> bool) {
    found(|| condition().then_some(())).await;
}

pub async fn found<T>(look: impl Fn() -> Option<T>) -> T {
    let search = async {
        loop {
            match look() {
                Some(found) => return found,
                None => sleep(Duration::from_millis(1)).await,
            }
        }
    };
    timeout(NEVER, search).await.expect("it comes")
}

/// Waits for a future, but not for ever.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(NEVER, future).await.expect("it ends")
}

fn pids(folder: &Path) -> Vec<i32> {
    let files = fs::read_dir(folder).expect("a folder");
    let names = files.map(|file| file.expect("a file").file_name());
    names
        .filter_map(|name| name.to_str()?.strip_prefix("api.")?.parse().ok())
        .collect()
}

/// `path` begins with the address.
pub async fn ask(
    method: Method,
    path: &str,
    payload: Bytes,
) -> Option<(StatusCode, HeaderMap, Bytes)> {
    let (address, path) = path.split_once('/').expect("an address and a path");
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .expect("HTTP");
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(format!("/{path}"))
        .header("host", address)
        .body(Full::new(payload))
        .expect("a request");
    let (parts, body) = sender.send_request(request).await.ok()?.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    Some((parts.status, parts.headers, body))
}
