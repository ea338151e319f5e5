//! Sets the clock of a running server forward, without an AWS client.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::REGION;
use crate::error::SandboxError;
use crate::io_message::io_message;
use crate::keys::Keys;
use crate::state_dir::{RunningServer, StateDir};
use crate::wire::TARGET;

/// Longer than the server waits for what runs, at a time and in all.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Of a server that only says what time it has.
const SHORT_TIMEOUT: Duration = Duration::from_secs(2);
const SERVICE: &str = "clock";
const OPERATION: &str = "SandboxClock.AdvanceClock";

/// The clock of a sandbox, after it was set forward. Times are in milliseconds since 1970.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub struct Advanced {
    pub now: i64,
    /// How far it is ahead of the system's, in milliseconds.
    pub ahead: i64,
    /// What happened on the way, in the order of the times.
    pub fired: Vec<Fired>,
    /// False if so much happened that it went less far.
    pub is_whole: bool,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub struct Fired {
    /// Such as `rule nightly`.
    pub what: String,
    pub at: i64,
}

/// Sets the clock of this server forward. By zero, it only waits for what runs.
pub fn advance(
    state_dir: &StateDir,
    running: &RunningServer,
    by: Duration,
) -> Result<Advanced, SandboxError> {
    let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    answer(state_dir, running, &json!({ "By": by }), TIMEOUT)
}

/// What time this server has, at once.
pub fn clock(state_dir: &StateDir, running: &RunningServer) -> Result<Advanced, SandboxError> {
    let request = json!({ "By": 0, "OnlyLook": true });
    answer(state_dir, running, &request, SHORT_TIMEOUT)
}

fn answer(
    state_dir: &StateDir,
    running: &RunningServer,
    request: &Value,
    timeout: Duration,
) -> Result<Advanced, SandboxError> {
    let body = request.to_string();
    let keys = state_dir.keys()?;
    let refused = |reason: String| SandboxError::Clock { reason };
    let answer =
        ask(running, &keys, &body, timeout).map_err(|error| refused(io_message(&error)))?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| refused("it did not answer".to_owned()))?;
    if head.starts_with("HTTP/1.1 200") {
        return serde_json::from_str(body).map_err(|error| refused(error.to_string()));
    }
    let fault: Value = serde_json::from_str(body).unwrap_or_default();
    let message = fault["message"].as_str().unwrap_or(body);
    Err(refused(message.to_owned()))
}

fn ask(running: &RunningServer, keys: &Keys, body: &str, timeout: Duration) -> io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, running.port));
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    let mut request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\n{TARGET}: {OPERATION}\r\nContent-Length: {}\r\n\
         Connection: close\r\n",
        body.len()
    );
    for (name, value) in signature(&format!("http://{address}/"), keys, body)? {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The headers that sign a request.
fn signature(url: &str, keys: &Keys, body: &str) -> io::Result<Vec<(String, String)>> {
    let identity = Credentials::new(
        &keys.access_key_id,
        &keys.secret_access_key,
        keys.session_token.clone(),
        None,
        "sandbox",
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(SERVICE)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(io::Error::other)?
        .into();
    let headers = [(TARGET, OPERATION)];
    let signable = SignableRequest::new(
        "POST",
        url,
        headers.into_iter(),
        SignableBody::Bytes(body.as_bytes()),
    );
    let signed = sign(signable.map_err(io::Error::other)?, &params).map_err(io::Error::other)?;
    let (instructions, _) = signed.into_parts();
    let headers = instructions.headers();
    Ok(headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}
