//! A server that knows its answers by heart: for faces and refusals that need an endpoint, but none
//! that runs anything.
//!
//! It starts as an account in which nothing is deployed; a story gives it further answers. Answers
//! are the same at each run, so what `mafia` makes of them can be compared to the letter.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, server};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::endpoint::Endpoint;
use crate::fault::{Answer, Fault};
use crate::operation::Operation;

/// A request, as far as an answer depends on it.
pub struct Asked {
    /// Such as `lambda:Invoke`.
    pub name: String,
    /// The path and the body, in which names can be looked for.
    pub text: String,
    operation: Operation,
}

impl Asked {
    /// An error as the operation's protocol writes it.
    pub fn refusal(&self, status: u16, code: &'static str, message: &'static str) -> Answer {
        let refusal = Fault::Refuse {
            status,
            code,
            message,
        };
        refusal
            .answer(&self.operation)
            .expect("a refusal is an answer")
    }
}

/// What a story adds: an answer, or nothing where it has none.
type Script = dyn Fn(&Asked) -> Option<Answer> + Send + Sync;

/// A running stub; it stops when dropped.
pub struct Stub {
    endpoint: Endpoint,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Stub {
    /// Starts one that answers as `script` does, and as an empty account where that has no answer.
    pub fn answering(script: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let (ready, listening) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || serve(Arc::new(script), &ready, stopped));
        let address: SocketAddr = listening.recv().expect("the stub's thread listens");
        Self {
            endpoint: Endpoint::on(&format!("http://{address}")),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// An account in which nothing is deployed.
    pub fn empty() -> Self {
        Self::answering(|_| None)
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has shown itself as failed requests already.
            let _ = thread.join();
        }
    }
}

fn serve(script: Arc<Script>, ready: &mpsc::Sender<SocketAddr>, stopped: oneshot::Receiver<()>) {
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
        let accepting = async {
            loop {
                let Ok((connection, _)) = listener.accept().await else {
                    continue;
                };
                let script = Arc::clone(&script);
                let service = service_fn(move |request| answer(request, Arc::clone(&script)));
                let serving = server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(connection), service);
                // Its error is a client that went away, as killed ones do.
                tokio::spawn(async { drop(serving.await) });
            }
        };
        tokio::select! {
            () = accepting => {}
            // Sender dropped or not, the story is over.
            _ = stopped => {}
        }
    });
}

async fn answer(request: Request<Incoming>, script: Arc<Script>) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    // A client that breaks off gets an answer that it will not read.
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let operation = Operation::of(&parts, &body);
    let asked = Asked {
        name: operation.to_string(),
        text: format!("{} {}", parts.uri, String::from_utf8_lossy(&body)),
        operation,
    };
    Ok(script(&asked).unwrap_or_else(|| of_an_empty_account(&asked)))
}

fn of_an_empty_account(asked: &Asked) -> Answer {
    match asked.name.as_str() {
        "sts:GetCallerIdentity" => xml("<GetCallerIdentityResponse><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::123456789012:user/anna</Arn><UserId>AIDA</UserId>\
             <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"),
        "cloudformation:DescribeStacks" if asked.text.contains("StackName=") => asked.refusal(
            400,
            "ValidationError",
            "Stack with id mafia-anna does not exist",
        ),
        "cloudformation:DescribeStacks" => xml(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult>\
             </DescribeStacksResponse>",
        ),
        "lambda:GetFunction" | "lambda:Invoke" => {
            asked.refusal(404, "ResourceNotFoundException", "Function not found")
        }
        _ => asked.refusal(400, "NotByHeart", "this stub has no answer to that"),
    }
}

pub fn xml(text: &str) -> Answer {
    with_type("text/xml", text)
}

pub fn json(value: &serde_json::Value) -> Answer {
    with_type("application/json", &value.to_string())
}

fn with_type(content_type: &'static str, body: &str) -> Answer {
    Response::builder()
        .header("content-type", content_type)
        .body(Full::new(Bytes::from(body.to_owned())))
        .expect("a plain answer is sound")
}
