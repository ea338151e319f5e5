//! Checks that a server answers, without an AWS client: it takes about a millisecond.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::paths::HEALTH;
use crate::state_dir::RunningServer;

/// Long enough on a machine that is busy with a build.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Of the answer, which is shorter.
const MAX_BYTES: u64 = 4096;

pub fn answers(running: &RunningServer) -> bool {
    ask(running)
        .is_ok_and(|answer| answer.starts_with("HTTP/1.1 200") && answer.ends_with("ready\n"))
}

fn ask(running: &RunningServer) -> io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, running.port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET {HEALTH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(MAX_BYTES).read_to_string(&mut answer)?;
    Ok(answer)
}
