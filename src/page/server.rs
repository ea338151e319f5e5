//! The port and its connections.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Pages;
use super::access::Access;
use super::response::answer;
use crate::wording::without_number;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
/// A browser opens six at most for each page.
const MOST_CONNECTIONS: usize = 200;

/// A server that listens.
#[derive(Debug)]
pub struct PageServer {
    listener: TcpListener,
    access: Arc<Access>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot listen on port {port} of 127.0.0.1: {reason}")]
pub struct PageError {
    port: u16,
    reason: String,
}

impl PageServer {
    /// Listens on this machine only; `None` is any free port.
    pub async fn listen(port: Option<u16>) -> Result<Self, PageError> {
        let port = port.unwrap_or(0);
        let failed = |error: io::Error| PageError {
            port,
            reason: without_number(&error.to_string()).to_owned(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self {
            listener,
            access: Arc::new(Access::new(port, new_token())),
        })
    }

    /// The link for a browser, which is a secret.
    pub fn link(&self) -> String {
        self.access.link()
    }

    /// Shows the pages until it is dropped, which closes all connections.
    pub async fn serve(self, pages: impl Pages) -> Infallible {
        let pages: Arc<dyn Pages> = Arc::new(pages);
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            let Ok(place) = room.clone().acquire_owned().await else {
                // Nobody closes it.
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let connection = connection(stream, self.access.clone(), pages.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                // For example too many open files: some will be closed.
                Err(_) => sleep(ACCEPT_RETRY).await,
            }
        }
    }
}

/// 128 random bits.
fn new_token() -> String {
    format!("{:032x}", rand::random::<u128>())
}

async fn connection(stream: TcpStream, access: Arc<Access>, pages: Arc<dyn Pages>) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let answered = answer(&request, &access, &*pages);
        async move { Ok::<_, Infallible>(answered) }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new());
    server.header_read_timeout(HEAD_TIMEOUT);
    // A client that has gone has nobody to tell.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::page::sample::Sample;

    async fn asked(address: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it reads");
        let mut said = String::new();
        stream.read_to_string(&mut said).await.expect("it answers");
        said
    }

    #[tokio::test]
    async fn it_answers_on_this_machine_and_closes_what_it_has_opened() {
        let server = PageServer::listen(None).await.expect("a port is free");
        let address = server.listener.local_addr().expect("it is bound");
        assert!(address.ip().is_loopback());
        let link = server.link();
        let serving = tokio::spawn(server.serve(Sample));

        let (address, path) = link
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
            .expect("a link");
        let page = format!("GET /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        let said = asked(address, &page).await;
        assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}");
        assert!(said.contains("<title>"), "{said}");
        let other = page.replace(&format!("host: {address}"), "host: example.org");
        let said = asked(address, &other).await;
        assert!(said.starts_with("HTTP/1.1 403 Forbidden"), "{said}");

        let mut open = TcpStream::connect(address).await.expect("it listens");
        let endless = format!("GET /{path}endless HTTP/1.1\r\nhost: {address}\r\n\r\n");
        open.write_all(endless.as_bytes()).await.expect("it reads");
        let mut start = [0; 15];
        open.read_exact(&mut start).await.expect("it answers");
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        serving.abort();
        let mut rest = String::new();
        // It may also be reset.
        let _ = open.read_to_string(&mut rest).await;
        assert!(TcpStream::connect(address).await.is_err(), "it is closed");
    }

    #[test]
    fn each_server_has_a_token_of_its_own() {
        let (one, other) = (new_token(), new_token());
        assert_ne!(one, other);
        assert_eq!((one.len(), other.len()), (32, 32));
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_named() {
        let first = PageServer::listen(None).await.expect("a port is free");
        let port = first.listener.local_addr().expect("it is bound").port();
        let refused = PageServer::listen(Some(port))
            .await
            .expect_err("it is taken");
        assert_eq!(refused.port, port);
        let said = refused.to_string();
        assert!(
            said.contains(&format!("port {port} of 127.0.0.1: ")),
            "{said}"
        );
        assert!(!said.contains("os error"), "{said}");
    }
}
