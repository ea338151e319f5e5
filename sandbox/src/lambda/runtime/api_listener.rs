//! Where a process reaches its Runtime API: a port of its own, with host and port alone as its address, as
//! on Lambda. Only the function's own processes are answered there.
//!
//! Where the system does not tell to whom a connection belongs, the address has a path with a secret.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::api::ApiRequest;
use super::api_server;
use super::family::Family;
use crate::journal::Journal;
use crate::keys::random_secret;

/// How long a stranger is told so.
const STRANGER_TIMEOUT: Duration = Duration::from_secs(2);
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub struct ApiListener {
    listener: TcpListener,
    address: SocketAddr,
    /// Where peers cannot be checked.
    secret: Option<String>,
}

/// Who is answered.
#[derive(Clone, Debug)]
pub enum Peers {
    Only(Family),
    /// A test sends the requests of its functions itself.
    Anyone,
}

/// Answers until it is dropped.
#[derive(Debug)]
pub struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ApiListener {
    pub fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            secret: (!cfg!(target_os = "linux")).then(random_secret),
        })
    }

    /// As `AWS_LAMBDA_RUNTIME_API` has it, without `http://`.
    pub fn address(&self) -> String {
        match &self.secret {
            None => self.address.to_string(),
            Some(secret) => format!("{}/{secret}", self.address),
        }
    }

    pub fn serve(
        self,
        api: mpsc::Sender<ApiRequest>,
        peers: Peers,
        journal: &Arc<Journal>,
    ) -> io::Result<Serving> {
        let journal = journal.clone();
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let prefix = self
            .secret
            .map_or("/".to_owned(), |secret| format!("/{secret}/"));
        let prefix: Arc<str> = prefix.into();
        let address = self.address;
        Ok(Serving(tokio::spawn(async move {
            // Its connections end with it.
            let mut connections = JoinSet::new();
            loop {
                while connections.try_join_next().is_some() {}
                let Ok((stream, peer)) = listener.accept().await else {
                    sleep(ACCEPT_RETRY).await;
                    continue;
                };
                if peers.include(peer, address) {
                    let api = Some(api.clone());
                    connections.spawn(serve_connection(stream, api, prefix.clone()));
                } else {
                    journal.note(&format!(
                        "refused a stranger's connection to a function's Runtime API: {peer}"
                    ));
                    let refusing = serve_connection(stream, None, prefix.clone());
                    connections.spawn(async { drop(timeout(STRANGER_TIMEOUT, refusing).await) });
                }
            }
        })))
    }
}

impl Peers {
    fn include(&self, peer: SocketAddr, own: SocketAddr) -> bool {
        match self {
            Self::Anyone => true,
            #[cfg(target_os = "linux")]
            Self::Only(family) => family.has_connection(peer, own),
            #[cfg(not(target_os = "linux"))]
            Self::Only(_) => true,
        }
    }
}

/// Without an API, all requests are refused.
async fn serve_connection(
    stream: TcpStream,
    api: Option<mpsc::Sender<ApiRequest>>,
    prefix: Arc<str>,
) {
    // Responses are short: the system is not to wait for more to send.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let (api, prefix) = (api.clone(), prefix.clone());
        async move {
            let path = request.uri().path().strip_prefix(&*prefix);
            let path = path.map(str::to_owned);
            Ok::<_, Infallible>(match (api, path) {
                (Some(api), Some(path)) => api_server::answer(api, &path, request).await,
                _ => api_server::no_api(),
            })
        }
    });
    // When a connection breaks, its process notices.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
