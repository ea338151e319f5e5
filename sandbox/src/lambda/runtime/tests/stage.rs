//! A server for the Runtime API, programs whose processes obey, and hands to play them.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs::{self, File, OpenOptions};
use std::future::Future;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::process::{Pid, test_kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::fault::Fault;
use crate::journal::Journal;
use crate::keys::{Keyring, Keys};
use crate::lambda::code::Unpacked;
use crate::lambda::runtime::{Call, Invoked, Limits, Program, Runtime};
use crate::logs::Logs;
use crate::paths::RUNTIME;
use crate::state_dir::StateDir;
use crate::store::Store;

/// Tells where its Runtime API is, then does each line that it is sent.
pub const OBEYS: &str = r#"#!/bin/sh
mkfifo orders.$$
exec 3<> orders.$$
printf %s "$AWS_LAMBDA_RUNTIME_API" > new.$$
mv new.$$ api.$$
while read -r order <&3; do eval "$order"; done
"#;

/// What does not happen within this time never does.
const NEVER: Duration = Duration::from_secs(20);

pub struct Stage {
    pub runtime: Arc<Runtime>,
    pub keyring: Arc<Keyring>,
    pub logs: Arc<Logs>,
    folder: TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        Self::within(Limits::default()).await
    }

    pub async fn within(limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(&folder.path().join("state")).expect("it opens"));
        let journal = Arc::new(Journal::open(&StateDir::new(folder.path())).expect("it opens"));
        let keyring = Arc::new(Keyring::new(Keys::lasting()));
        let logs = Arc::new(Logs::new(&store));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let runtime = Runtime::within(limits, &url, &keyring, &logs, &journal);
        tokio::spawn(serve(listener, runtime.clone()));
        Self {
            runtime,
            keyring,
            logs,
            folder,
        }
    }

    /// A function whose `bootstrap` is this script.
    pub fn program(&self, function: &str, bootstrap: &str) -> Program {
        let folder = TempDir::new_in(self.folder.path()).expect("a folder");
        let path = folder.path().join("bootstrap");
        fs::write(&path, bootstrap).expect("it can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be set");
        Program {
            function: function.to_owned(),
            arn: format!("arn:aws:lambda:us-east-1:000000000000:function:{function}"),
            version: "$LATEST".to_owned(),
            revision: Uuid::new_v4().to_string(),
            code: Arc::new(Unpacked::of(folder)),
            handler: "the.handler".to_owned(),
            runtime: "provided.al2023".to_owned(),
            variables: BTreeMap::new(),
            memory_mb: 128,
            timeout: Duration::from_secs(10),
            role: "arn:aws:iam::000000000000:role/path/the-role".to_owned(),
            log_group: format!("/aws/lambda/{function}"),
            reserved_concurrency: None,
        }
    }

    /// Calls the function, in a task of its own.
    pub fn invoke(&self, program: &Arc<Program>, payload: &str) -> Invocation {
        let (runtime, program) = (self.runtime.clone(), program.clone());
        let call = Call {
            request_id: Uuid::new_v4().to_string(),
            payload: Bytes::from(payload.to_owned()),
            client_context: None,
        };
        tokio::spawn(async move { runtime.invoke(program, call).await })
    }

    /// A call from beginning to end, answered by `process` with what it was sent.
    pub async fn echo(&self, program: &Arc<Program>, process: &Played) -> Invoked {
        let invocation = self.invoke(program, "\"echo\"");
        let call = process.next().await;
        process.respond(&call.id, call.payload).await;
        ended(invocation).await.expect("it was called")
    }
}

pub type Invocation = JoinHandle<Result<Invoked, Fault>>;

pub async fn ended(invocation: Invocation) -> Result<Invoked, Fault> {
    let ended = timeout(NEVER, invocation).await;
    ended.expect("it ends").expect("it doesn't panic")
}

/// One process of a program, for which the test asks and answers.
pub struct Played {
    pub pid: i32,
    pub api: String,
    orders: File,
    folder: PathBuf,
}

pub struct Got {
    pub id: String,
    pub headers: HeaderMap,
    pub payload: Bytes,
}

impl Played {
    /// The program's first process.
    pub async fn of(program: &Program) -> Self {
        Self::others(program, &[]).await
    }

    /// A process of the program that is none of those `known`.
    pub async fn others(program: &Program, known: &[&Self]) -> Self {
        let folder = program.code.folder();
        let known: BTreeSet<i32> = known.iter().map(|process| process.pid).collect();
        let is_new = |pid: &i32| !known.contains(pid);
        let pid = found(|| pids(folder).into_iter().find(is_new)).await;
        let orders = folder.join(format!("orders.{pid}"));
        let orders = OpenOptions::new().read(true).write(true).open(orders);
        Self {
            pid,
            api: fs::read_to_string(folder.join(format!("api.{pid}"))).expect("it was written"),
            orders: orders.expect("it was made"),
            folder: folder.to_owned(),
        }
    }

    /// Has the process do `order`, which may never end.
    pub fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").expect("it is read");
    }

    /// Has the process do `order`, and waits until it has.
    pub async fn obey(&mut self, order: &str) {
        let done = format!("done.{}", self.pid);
        self.order(&format!("{order}; : > {done}"));
        self.file(&done).await;
        fs::remove_file(self.folder.join(done)).expect("it was made");
    }

    /// Waits for a file in the program's folder.
    pub async fn file(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        until(|| path.exists()).await;
        path
    }

    pub async fn next(&self) -> Got {
        let (status, headers, payload) = self
            .ask(Method::GET, "invocation/next", Bytes::new())
            .await
            .expect("the process lives");
        assert_eq!(status, StatusCode::OK, "{payload:?}");
        let id = headers["lambda-runtime-aws-request-id"].to_str();
        Got {
            id: id.expect("a text").to_owned(),
            headers,
            payload,
        }
    }

    pub async fn respond(&self, id: &str, payload: impl Into<Bytes>) {
        let told = self
            .post(&format!("invocation/{id}/response"), payload)
            .await;
        assert_eq!(told.0, StatusCode::ACCEPTED, "{}", told.1);
    }

    /// The status, and the answer as JSON.
    pub async fn post(&self, path: &str, payload: impl Into<Bytes>) -> (StatusCode, Value) {
        let told = self.ask(Method::POST, path, payload.into()).await;
        let (status, _, body) = told.expect("an answer");
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

/// Whether there is no such process, not even one that nobody has waited for.
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

/// Waits for what a future gives, but not for ever.
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

async fn serve(listener: TcpListener, runtime: Arc<Runtime>) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let runtime = runtime.clone();
        let service = service_fn(move |request: Request<hyper::body::Incoming>| {
            let runtime = runtime.clone();
            async move {
                let path = request.uri().path().strip_prefix(RUNTIME);
                let path = path.expect("a path of the Runtime API").to_owned();
                Ok::<_, Infallible>(runtime.answer(&path, request).await)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// `path` begins with the address.
pub async fn ask(
    method: Method,
    path: &str,
    payload: Bytes,
) -> Option<(StatusCode, HeaderMap, Bytes)> {
    let (address, path) = path.split_once('/').expect("an address and a path");
    let stream = TcpStream::connect(address).await.expect("a connection");
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
