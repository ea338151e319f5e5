//! The proxy in front of a server that says what it got.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response, server};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::{At, Moment, Proxy};
use crate::endpoint::Endpoint;
use crate::fault::Fault;

const PATIENCE: Duration = Duration::from_secs(10);
const SIGNED: &str = "Credential=test/20261122/us-east-1/lambda/aws4_request, Signature=0";

/// Answers 201 with what it got, and keeps it.
struct Echo {
    endpoint: Endpoint,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener
            .set_nonblocking(true)
            .expect("a listener for tokio");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn({
            let seen = Arc::clone(&seen);
            move || serve(listener, seen)
        });
        Self {
            endpoint: Endpoint::on(&format!("http://{address}")),
            seen,
        }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no echo panics").clone()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve(listener: std::net::TcpListener, seen: Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::from_std(listener).expect("a listener for tokio");
    loop {
        let Ok((connection, _)) = listener.accept().await else {
            return;
        };
        let seen = Arc::clone(&seen);
        let service = service_fn(move |request: Request<hyper::body::Incoming>| {
            let seen = Arc::clone(&seen);
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await?.to_bytes();
                let host = parts.headers["host"].to_str().unwrap_or_default();
                let line = format!("{} {} {host} {} bytes", parts.method, parts.uri, body.len());
                seen.lock().expect("no echo panics").push(line);
                let mut answer = Response::new(http_body_util::Full::new(body));
                *answer.status_mut() = hyper::StatusCode::CREATED;
                answer
                    .headers_mut()
                    .insert("x-echo", "yes".parse().expect("a header"));
                Ok::<_, hyper::Error>(answer)
            }
        });
        tokio::spawn(
            server::conn::http1::Builder::new().serve_connection(TokioIo::new(connection), service),
        );
    }
}

/// Sends one request by hand; what came back, empty when the connection was closed instead.
fn send(proxy: &Proxy, line: &str, body: &[u8]) -> String {
    let mut connection = connect(proxy);
    write(&mut connection, line, body);
    let mut answer = Vec::new();
    // A reset connection is a closed one.
    let _ = connection.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn connect(proxy: &Proxy) -> TcpStream {
    let address = proxy
        .endpoint()
        .url()
        .strip_prefix("http://")
        .expect("plain HTTP");
    let connection = TcpStream::connect(address).expect("the proxy listens");
    connection
        .set_read_timeout(Some(PATIENCE))
        .expect("a timeout");
    connection
}

fn write(connection: &mut TcpStream, line: &str, body: &[u8]) {
    let head = format!(
        "{line} HTTP/1.1\r\nHost: lambda.example:1\r\nAuthorization: AWS4-HMAC-SHA256 {SIGNED}\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection
        .write_all(head.as_bytes())
        .expect("the proxy reads");
    connection.write_all(body).expect("the proxy reads");
}

const UPDATE: &str = "PUT /2015-03-31/functions/a%3Ab/code?x=1";
const READ: &str = "GET /2015-03-31/functions/f";

#[test]
fn passes_requests_and_answers_on_unchanged_and_names_them() {
    let echo = Echo::start();
    let proxy = Proxy::in_front_of(&echo.endpoint);
    let body: Vec<u8> = (0..=255).cycle().take(300_000).collect();

    let answer = send(&proxy, UPDATE, &body);
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.contains("x-echo: yes"), "{answer}");
    send(&proxy, READ, b"");

    let update = "PUT /2015-03-31/functions/a%3Ab/code?x=1 lambda.example:1 300000 bytes";
    let read = "GET /2015-03-31/functions/f lambda.example:1 0 bytes";
    assert_eq!(echo.seen(), [update, read]);
    assert_eq!(
        proxy.transcript(),
        "   1 lambda:UpdateFunctionCode 201 \n   2 lambda:GetFunction 201 "
    );
    let recorded = proxy.requests().remove(0);
    assert_eq!(format!("{} {}", recorded.method, recorded.path), UPDATE);
    assert_eq!(recorded.body, Bytes::from(body));
    assert_eq!(proxy.count("lambda:UpdateFunctionCode"), 1);
    let writes = proxy.writes();
    assert_eq!(writes.len(), 1, "reading is no write: {writes:?}");
    assert!(writes[0].forwarded);
}

#[test]
fn faults_happen_at_the_request_they_were_asked_for_and_nowhere_else() {
    let echo = Echo::start();
    let proxy = Proxy::in_front_of(&echo.endpoint);
    proxy.inject(At::request(2), Fault::Throttle);
    proxy.inject(
        At::nth(2, "lambda:UpdateFunctionCode"),
        Fault::ServerError(500),
    );

    assert!(send(&proxy, READ, b"").starts_with("HTTP/1.1 201"));
    let throttled = send(&proxy, UPDATE, b"");
    assert!(throttled.starts_with("HTTP/1.1 429"), "{throttled}");
    assert!(
        throttled.contains("TooManyRequestsException"),
        "{throttled}"
    );
    let failed = send(&proxy, UPDATE, b"");
    assert!(failed.starts_with("HTTP/1.1 500"), "{failed}");
    assert!(send(&proxy, UPDATE, b"").starts_with("HTTP/1.1 201"));
    assert_eq!(
        echo.seen().len(),
        2,
        "a refused request never reaches the endpoint"
    );

    proxy.clear();
    proxy.inject(At::every("lambda:GetFunction"), Fault::Html(200));
    for _ in 0..2 {
        assert!(send(&proxy, READ, b"").contains("<h1>Welcome"));
    }
    assert!(send(&proxy, UPDATE, b"").starts_with("HTTP/1.1 201"));
}

#[test]
fn a_connection_drops_before_or_after_the_endpoint_did_its_work() {
    let echo = Echo::start();
    let proxy = Proxy::in_front_of(&echo.endpoint);
    proxy.inject(At::request(1), Fault::DropBefore);
    proxy.inject(At::request(2), Fault::DropAfter);

    assert_eq!(send(&proxy, UPDATE, b"first"), "");
    assert_eq!(echo.seen().len(), 0);
    assert_eq!(send(&proxy, UPDATE, b"second"), "");
    assert_eq!(echo.seen().len(), 1);
    let dropped: Vec<_> = proxy
        .requests()
        .iter()
        .map(|r| (r.forwarded, r.status))
        .collect();
    assert_eq!(dropped, [(false, None), (true, None)]);
}

#[test]
fn a_held_request_waits_for_the_story() {
    let echo = Echo::start();
    let proxy = Proxy::in_front_of(&echo.endpoint);

    for (moment, forwarded) in [(Moment::BeforeForwarding, 0), (Moment::BeforeAnswering, 1)] {
        let before = echo.seen().len();
        proxy.clear();
        let gate = proxy.hold(At::ALL, moment);
        let mut client = connect(&proxy);
        write(&mut client, UPDATE, b"");
        assert!(gate.reached_within(PATIENCE));
        assert_eq!(echo.seen().len() - before, forwarded, "{moment}");
        gate.open();
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("the gate opened");
        assert!(answer.starts_with("HTTP/1.1 201"), "{moment}: {answer}");
    }
}

#[test]
fn a_dropped_gate_cuts_the_request_off() {
    let echo = Echo::start();
    let proxy = Proxy::in_front_of(&echo.endpoint);
    let gate = proxy.hold(
        At::nth(1, "lambda:UpdateFunctionCode"),
        Moment::BeforeForwarding,
    );
    let mut client = connect(&proxy);
    write(&mut client, UPDATE, b"");
    assert!(gate.reached_within(PATIENCE));
    drop(gate);
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer);
    assert!(answer.is_empty());
    assert!(echo.seen().is_empty());
    assert!(
        send(&proxy, UPDATE, b"").starts_with("HTTP/1.1 201"),
        "only that one"
    );
}

#[test]
fn an_endpoint_that_is_gone_looks_like_a_closed_connection() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = gone.local_addr().expect("an address");
    drop(gone);
    let proxy = Proxy::in_front_of(&Endpoint::on(&format!("http://{address}")));
    assert_eq!(send(&proxy, READ, b""), "");
}
