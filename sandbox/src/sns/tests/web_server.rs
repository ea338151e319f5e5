//! A web server that keeps what is posted to it, and answers as it is told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What does not come within this time never does.
const NEVER: Duration = Duration::from_secs(20);

pub struct Posted {
    pub headers: HeaderMap,
    pub body: String,
}

impl Posted {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn message(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub fn member(&self, name: &str) -> String {
        self.message()[name].as_str().expect(name).to_owned()
    }
}

/// The statuses of answers; when there are no more it is 200.
type Answers = Arc<Mutex<VecDeque<u16>>>;

pub struct WebServer {
    pub url: String,
    answers: Answers,
    posted: mpsc::UnboundedReceiver<Posted>,
}

impl WebServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook?a=b", listener.local_addr().expect("one"));
        let (sender, posted) = mpsc::unbounded_channel();
        let answers = Answers::default();
        tokio::spawn(serve(listener, sender, answers.clone(), url.clone()));
        Self {
            url,
            answers,
            posted,
        }
    }

    pub fn answer(&self, statuses: &[u16]) {
        self.answers.lock().expect("no panic").extend(statuses);
    }

    /// What is posted next.
    pub async fn next(&mut self) -> Posted {
        let next = tokio::time::timeout(NEVER, self.posted.recv()).await;
        next.expect("it comes").expect("it runs")
    }

    pub fn is_empty(&self) -> bool {
        self.posted.is_empty()
    }
}

async fn serve(
    listener: TcpListener,
    sender: mpsc::UnboundedSender<Posted>,
    answers: Answers,
    url: String,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (sender, answers, url) = (sender.clone(), answers.clone(), url.clone());
        let answer = move |request: Request<Incoming>| {
            let (sender, answers, url) = (sender.clone(), answers.clone(), url.clone());
            async move {
                let (parts, body) = request.into_parts();
                assert_eq!(
                    (parts.method.as_str(), &*parts.uri.to_string()),
                    ("POST", "/hook?a=b")
                );
                let body = body.collect().await.expect("read").to_bytes();
                let body = String::from_utf8(body.to_vec()).expect("text");
                let headers = parts.headers;
                // The test may have ended.
                let _ = sender.send(Posted { headers, body });
                let status = answers.lock().expect("no panic").pop_front();
                // Whoever follows a redirect comes back here.
                let answer = Response::builder()
                    .status(status.unwrap_or(200))
                    .header(header::LOCATION, url)
                    .body(Full::new(Bytes::new()));
                Ok::<_, Infallible>(answer.expect("an answer"))
            }
        };
        tokio::spawn(
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)),
        );
    }
}
