//! The proxy's own thread: accepts, records, forwards, answers.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response, client, server};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::gate::Moment;
use super::{Interference, Ledger, Recorded};
use crate::fault::{Answer, Fault};
use crate::operation::Operation;

/// How late a late answer is.
const LATE: Duration = Duration::from_millis(300);

/// Why a client's connection closes without an answer.
#[derive(Debug, thiserror::Error)]
enum Closed {
    #[error("a story asked for it")]
    Injected,
    #[error("cannot reach the endpoint")]
    Unreachable(#[from] std::io::Error),
    #[error("the endpoint or the client broke off")]
    BrokenOff(#[from] hyper::Error),
}

/// Reports the address that it listens on, then serves until `stopped` resolves.
pub fn serve(
    server: SocketAddr,
    ledger: Ledger,
    ready: &mpsc::Sender<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the operating system gives an event loop");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        ready
            .send(address)
            .expect("the story waits for the address");
        tokio::select! {
            never = accept(listener, server, ledger) => match never {},
            // Sender dropped or not, the story is over.
            _ = stopped => {}
        }
    });
}

async fn accept(listener: TcpListener, server: SocketAddr, ledger: Ledger) -> Infallible {
    loop {
        // A connection that is gone before it was accepted is the client's own affair.
        let Ok((connection, _)) = listener.accept().await else {
            continue;
        };
        let ledger = ledger.clone();
        let service = service_fn(move |request| {
            // In a task of its own: what a client sent is carried out even if it dies meanwhile.
            let handling = tokio::spawn(handle(request, server, ledger.clone()));
            async { handling.await.unwrap_or(Err(Closed::Injected)) }
        });
        let serving = server::conn::http1::Builder::new()
            .preserve_header_case(true)
            .serve_connection(TokioIo::new(connection), service);
        // Its error is the closed connection that the client sees, often on a story's request.
        tokio::spawn(async { drop(serving.await) });
    }
}

async fn handle(
    request: Request<Incoming>,
    server: SocketAddr,
    ledger: Ledger,
) -> Result<Answer, Closed> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let operation = Operation::of(&parts, &body);
    let (number, interference) = ledger.record(recorded(&parts, &body, operation.clone()));
    let forward = || async {
        ledger.amend(number, |request| request.forwarded = true);
        forward(server, parts, body).await
    };
    let answer = match interference {
        None => forward().await?,
        Some(Interference::Fault(Fault::DropAfter)) => {
            forward().await?;
            return Err(Closed::Injected);
        }
        Some(Interference::Fault(Fault::Late)) => {
            let answer = forward().await?;
            tokio::time::sleep(LATE).await;
            answer
        }
        Some(Interference::Fault(fault)) => fault.answer(&operation).ok_or(Closed::Injected)?,
        Some(Interference::Gate(keeper)) => match keeper.moment() {
            Moment::BeforeForwarding => {
                pass(keeper.wait().await)?;
                forward().await?
            }
            Moment::BeforeAnswering => {
                let answer = forward().await?;
                pass(keeper.wait().await)?;
                answer
            }
        },
    };
    ledger.amend(number, |request| {
        request.status = Some(answer.status().as_u16())
    });
    Ok(answer)
}

fn pass(opened: bool) -> Result<(), Closed> {
    if opened {
        Ok(())
    } else {
        Err(Closed::Injected)
    }
}

fn recorded(parts: &Parts, body: &Bytes, operation: Operation) -> Recorded {
    Recorded {
        number: 0,
        operation,
        method: parts.method.clone(),
        path: parts.uri.to_string(),
        headers: parameters(&parts.headers),
        body: body.clone(),
        status: None,
        forwarded: false,
        fault: None,
    }
}

/// The headers that carry parameters, by their names in small letters.
fn parameters(headers: &HeaderMap) -> BTreeMap<String, String> {
    const OF_SIGNATURES: [&str; 3] = ["x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
    let carries = |name: &str| {
        name == "content-type" || (name.starts_with("x-amz-") && !OF_SIGNATURES.contains(&name))
    };
    let headers = headers.iter().filter(|(name, _)| carries(name.as_str()));
    headers
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}

/// One connection per request: slower than a pool, and never a stale connection in a story.
async fn forward(server: SocketAddr, parts: Parts, body: Bytes) -> Result<Answer, Closed> {
    let connection = TcpStream::connect(server).await?;
    let (mut sender, connection) = client::conn::http1::Builder::new()
        .preserve_header_case(true)
        .handshake(TokioIo::new(connection))
        .await?;
    tokio::spawn(connection);
    let answer = sender
        .send_request(Request::from_parts(parts, Full::new(body)))
        .await?;
    let (parts, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Response::from_parts(parts, Full::new(body)))
}
