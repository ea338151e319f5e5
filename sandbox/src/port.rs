//! The port of the server: the one that was asked for or else the last one, so that its clients find it again.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;

use super::error::SandboxError;
use super::io_message::io_message;
use super::state_dir::StateDir;

/// How often the last server's port is tried, and the time in between: a second in all.
const TRIES_TO_BIND: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);
/// The system gives none before it to a server without a port of its own: a file that says so is damaged.
///
/// Source: ip(7), `ip_local_port_range` and `ip_unprivileged_port_start`.
const FIRST_UNPRIVILEGED_PORT: u16 = 1024;
/// Listens on the port that was asked for, or else on the last one.
pub async fn listen(state_dir: &StateDir, port: Option<u16>) -> Result<TcpListener, SandboxError> {
    // So that environment variables exported for the last server stay right.
    let last = state_dir.last_server()?.map(|running| running.port);
    let last = last.filter(|port| *port >= FIRST_UNPRIVILEGED_PORT);
    match (port, last) {
        (Some(port), _) => bind(port).await,
        (None, Some(last)) => match bind_when_free(last).await {
            Ok(listener) => Ok(listener),
            Err(_) => bind(0).await,
        },
        (None, None) => bind(0).await,
    }
}

/// Waits a moment for the port: a server that was just killed lets go of its lock before its port.
async fn bind_when_free(port: u16) -> Result<TcpListener, SandboxError> {
    let mut tries = 1..=TRIES_TO_BIND;
    loop {
        let tried = tries.next();
        match bind(port).await {
            Err(_) if tried.is_some() => sleep(BETWEEN_TRIES).await,
            bound => return bound,
        }
    }
}

async fn bind(port: u16) -> Result<TcpListener, SandboxError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| SandboxError::Port {
            port,
            reason: io_message(&error),
        })
}

pub fn port_of(listener: &TcpListener) -> Result<u16, SandboxError> {
    let address = listener.local_addr();
    address
        .map(|address| address.port())
        .map_err(|error| SandboxError::Port {
            port: 0,
            reason: io_message(&error),
        })
}

#[cfg(test)]
mod tests {
    use super::super::state_dir::RunningServer;
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_free_in_a_moment_is_waited_for() {
        let held = bind(0).await.expect("it listens");
        let port = port_of(&held).expect("it has a port");
        tokio::spawn(async move {
            sleep(BETWEEN_TRIES * 2).await;
            drop(held);
        });
        let listener = bind_when_free(port).await.expect("it listens");
        assert_eq!(port_of(&listener).expect("it has a port"), port);
    }

    #[tokio::test]
    async fn the_last_port_is_taken_again_unless_no_server_gets_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        let listened = async || {
            let listener = listen(&state_dir, None).await.expect("it listens");
            port_of(&listener).expect("it has a port")
        };
        let free = listened().await;
        for (port, is_taken) in [
            (free, true),
            (0, false),
            (1, false),
            (443, false),
            (1023, false),
        ] {
            let running = RunningServer {
                pid: 1,
                port,
                started: 3,
                idle: None,
                built: None,
            };
            state_dir.announce(&running).expect("written");
            assert_eq!(listened().await == port, is_taken, "{port}");
        }
    }
}
