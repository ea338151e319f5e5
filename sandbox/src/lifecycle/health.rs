//! Checks that a server answers, without an AWS client: it takes about a millisecond.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::paths::{HEALTH, PROCESS};
use crate::state_dir::RunningServer;

/// Long enough on a machine that is busy with a build.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Of the answer, which is shorter.
const MAX_BYTES: u64 = 4096;

/// Whether this server, and not another one, answers at its port: the file that names the port may be
/// damaged, or a copy.
pub fn answers(running: &RunningServer) -> bool {
    ask(running).is_ok_and(|answer| is_ready(&answer, running.pid))
}

fn is_ready(answer: &str, pid: u32) -> bool {
    let process = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case(PROCESS).then_some(value)
    });
    answer.starts_with("HTTP/1.1 200")
        && answer.ends_with("ready\n")
        // Earlier versions do not say it.
        && process.is_none_or(|process| process == pid.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_server_of_the_folder_counts() {
        let answer = |status: &str, header: &str| {
            format!("HTTP/1.1 {status}\r\n{header}content-length: 6\r\n\r\nready\n")
        };
        for (status, header, is_it) in [
            ("200 OK", "X-Sandbox-Process: 7\r\n", true),
            ("200 OK", "", true),
            ("200 OK", "x-sandbox-process: 8\r\n", false),
            ("200 OK", "x-sandbox-process: 77\r\n", false),
            ("403 Forbidden", "x-sandbox-process: 7\r\n", false),
        ] {
            assert_eq!(is_ready(&answer(status, header), 7), is_it, "{header}");
        }
        assert!(!is_ready("SSH-2.0-OpenSSH\n", 7));
    }
}
