//! Web servers on this machine that subscribe to topics.
//!
//! The sandbox is a tool for one machine: what is published in it does not leave it. So an endpoint is named by a
//! loopback address, or by `localhost` or a name under it, which stand for one (RFC 6761). No name is looked up,
//! and no answer is followed to another place.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::fault::invalid;
use crate::delivery::Outcome;
use crate::fault::Fault;

/// Source: "Step 1: Make sure your endpoint is ready to process Amazon SNS messages".
const TIMEOUT: Duration = Duration::from_secs(15);
const AGENT: &str = "Amazon Simple Notification Service Agent";
const PORT: u16 = 80;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// With the port, as the URL has it.
    host: String,
    addresses: Vec<SocketAddr>,
    /// With the query.
    path: String,
}

impl Endpoint {
    pub fn read(url: &str) -> Result<Self, Fault> {
        if !url.starts_with("http://") {
            return Err(invalid("Endpoint must match the specified protocol"));
        }
        let wrong = || invalid("HTTP Endpoint URL");
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let authority = uri.authority().ok_or_else(wrong)?;
        if authority.as_str().contains('@') {
            return Err(invalid(
                "Endpoint Reason: the sandbox does not support names and passwords in endpoints",
            ));
        }
        let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
        let port = authority.as_str().strip_prefix(authority.host());
        if port.is_some_and(|port| !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port))
        {
            return Err(wrong());
        }
        let port = authority.port_u16().unwrap_or(PORT);
        let addresses = loopback(authority.host())?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            host: authority.to_string(),
            addresses: addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, port))
                .collect(),
            path: path.to_owned(),
        })
    }

    /// Posts a message, and says what came of it.
    pub async fn post(&self, headers: Vec<(HeaderName, String)>, body: String) -> Outcome {
        let posted = self.answer(headers, body);
        match tokio::time::timeout(TIMEOUT, posted).await {
            Ok(Ok(status)) => self.outcome(status),
            Ok(Err(reason)) => Outcome::Failed(format!("{}: {reason}", self.host)),
            Err(_) => Outcome::Failed(format!(
                "{} did not answer within {} seconds",
                self.host,
                TIMEOUT.as_secs()
            )),
        }
    }

    async fn answer(
        &self,
        headers: Vec<(HeaderName, String)>,
        body: String,
    ) -> Result<StatusCode, String> {
        let stream = self.connect().await.map_err(|error| error.to_string())?;
        let text = |error: hyper::Error| error.to_string();
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
        let mut request = Request::post(&self.path)
            .header(header::HOST, &self.host)
            .header(header::USER_AGENT, AGENT);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body)));
        let request = request.map_err(|error| error.to_string())?;
        let mut answer = pin!(sender.send_request(request));
        // Nothing of the answer but its status is read: the connection ends with this. Where the server ends it, the
        // answer may have come before.
        let answer = tokio::select! {
            answer = &mut answer => answer,
            _ = connection => answer.await,
        };
        answer.map(|answer| answer.status()).map_err(text)
    }

    async fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(&*self.addresses).await
    }

    /// What the endpoint's fault is, is not tried again, unless it was asked too much.
    ///
    /// Source: "Amazon SNS message delivery retries", "Client-side errors".
    fn outcome(&self, status: StatusCode) -> Outcome {
        let reason = format!("{} answered {status}", self.host);
        match status.as_u16() {
            200..300 => Outcome::Succeeded,
            429 | 500.. => Outcome::Failed(reason),
            _ => Outcome::Rejected(reason),
        }
    }
}

/// The addresses of a host of this machine.
fn loopback(host: &str) -> Result<Vec<IpAddr>, Fault> {
    let name = host.to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let address: Option<IpAddr> = match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        None => name.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    };
    match address {
        Some(address) if address.is_loopback() => Ok(vec![address]),
        _ => Err(invalid(format!(
            "Endpoint Reason: the sandbox sends messages to this machine only, at http://localhost, names \
             under localhost, 127.0.0.1 and [::1], and not to {host}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_an_endpoint() {
        for url in [
            "http://localhost",
            "http://LOCALHOST:1/a?b=c",
            "http://api.execute-api.localhost:1/",
            "http://127.0.0.1:65535/",
            "http://127.8.9.1/",
            "http://[::1]:8080/x",
        ] {
            let endpoint = Endpoint::read(url).expect(url);
            let mut addresses = endpoint.addresses.iter();
            assert!(addresses.all(|address| address.ip().is_loopback()), "{url}");
        }
        for url in [
            "",
            "http://",
            "http:///a",
            "https://localhost/",
            "ftp://localhost/",
            "http://example.org/",
            "http://localhost.example.org/",
            "http://127.0.0.1.nip.io/",
            "http://localtest.me/",
            "http://localhost./",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://169.254.169.254/latest/meta-data",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://localhost@example.org/",
            "http://a:b@localhost/",
            "http://localhost:0/",
            "http://localhost:x/",
            "http://localhost:65536/",
            "http://localhost /",
            "http://localhost\\@example.org/",
        ] {
            assert!(Endpoint::read(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_endpoint_keeps_its_host_and_path() {
        let endpoint = Endpoint::read("http://localhost:81/a/b?c=d").expect("right");
        assert_eq!(
            (&*endpoint.host, &*endpoint.path),
            ("localhost:81", "/a/b?c=d")
        );
        assert_eq!(endpoint.addresses[0].to_string(), "127.0.0.1:81");
        let plain = Endpoint::read("http://127.0.0.1").expect("right");
        assert_eq!(plain.path, "/");
        assert_eq!(plain.addresses[0].port(), 80);
    }

    #[test]
    fn servers_that_fail_are_tried_again_and_clients_faults_are_not() {
        let endpoint = Endpoint::read("http://localhost").expect("right");
        let outcome = |status: u16| endpoint.outcome(StatusCode::from_u16(status).expect("one"));
        assert_eq!(outcome(204), Outcome::Succeeded);
        for status in [301, 302, 307, 400, 403, 404, 410] {
            assert!(matches!(outcome(status), Outcome::Rejected(_)), "{status}");
        }
        for status in [429, 500, 503, 599] {
            assert!(matches!(outcome(status), Outcome::Failed(_)), "{status}");
        }
    }
}
