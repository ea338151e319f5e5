//! Asks a server whether it is there, in a millisecond and without a client of AWS's.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::paths::HEALTH;
use crate::state_dir::Running;

/// On a machine that is busy with a build.
const ANSWER: Duration = Duration::from_secs(2);
/// Longer than the answer is.
const LONGEST: u64 = 4096;

pub fn answers(running: &Running) -> bool {
    ask(running)
        .is_ok_and(|answer| answer.starts_with("HTTP/1.1 200") && answer.ends_with("ready\n"))
}

fn ask(running: &Running) -> io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, running.port));
    let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    let request = format!("GET {HEALTH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer)?;
    Ok(answer)
}
