//! Finds, starts and stops the server of a folder, from another process.
//!
//! The lock on the folder is the truth: it is held as long as the server's process lives, and tells
//! which one that is. Everything here waits on the thread that calls it, for no longer than said.

mod health;
mod launch;
mod stop;

use std::fs::File;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use launch::{LaunchCommand, Report};
pub use stop::{reset, stop};

use super::error::SandboxError;
use super::home::{Home, Running};

/// How long a server may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(5);

/// The server on the folder, if one runs and answers. Its idle clock starts again.
pub fn find(home: &Home) -> Result<Option<Running>, SandboxError> {
    Ok(home.running()?.filter(health::answers))
}

/// The server on the folder, started where none runs. However many ask at once, there is one.
pub fn ensure(home: &Home, launch: &LaunchCommand) -> Result<Running, SandboxError> {
    match find(home)? {
        Some(running) => Ok(running),
        None => {
            home.make()?;
            let _turn = home.turn()?;
            ready(home, launch)
        }
    }
}

/// Keeps everybody else from starting and stopping until the result is dropped; for a server that
/// this process is about to become.
pub fn turn(home: &Home) -> Result<File, SandboxError> {
    home.make()?;
    home.turn()
}

/// Finds or starts the server; nobody else does meanwhile.
fn ready(home: &Home, launch: &LaunchCommand) -> Result<Running, SandboxError> {
    let since = Instant::now();
    // Whoever started it may have been killed before it was ready; it may also be ending.
    while let Some(pid) = home.holder()? {
        if let Some(running) = find(home)? {
            return Ok(running);
        }
        if since.elapsed() > PATIENCE {
            let pid = pid.as_raw_pid().unsigned_abs();
            return Err(SandboxError::NoAnswer { pid });
        }
        sleep(GLANCE);
    }
    launch::launch(home, launch, PATIENCE)
}
