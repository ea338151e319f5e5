//! Finds, starts and stops the server of a folder, from another process.
//!
//! The lock on the folder decides whether a server is running: its process holds it until it ends. All
//! functions here block, for no longer than the timeouts.

mod health;
mod launch;
mod stop;

use std::fs::{self, File};
use std::thread::sleep;
use std::time::{Duration, Instant, UNIX_EPOCH};

pub use launch::{LaunchCommand, Report};
pub use stop::{reset, stop};

use super::error::SandboxError;
use super::state_dir::{RunningServer, StateDir};

/// How long a server may take to become ready.
const START_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The server on the folder, if one is running and answers. Restarts its idle timer.
pub fn find(state_dir: &StateDir) -> Result<Option<RunningServer>, SandboxError> {
    Ok(state_dir.running()?.filter(health::answers))
}

/// The server on the folder, started if none is running, and restarted if the program is newer. Started
/// once, however many processes call this at the same time.
pub fn ensure(state_dir: &StateDir, launch: &LaunchCommand) -> Result<RunningServer, SandboxError> {
    let is_current = |running: &RunningServer| !is_outdated(running, launch);
    match find(state_dir)?.filter(is_current) {
        Some(running) => Ok(running),
        None => {
            state_dir.make()?;
            let _lock = state_dir.start_lock()?;
            // Another process may have replaced it since then.
            if find(state_dir)?.is_some_and(|running| is_outdated(&running, launch)) {
                stop::end(state_dir)?;
            }
            ready(state_dir, launch)
        }
    }
}

/// Whether the program was built after the server was started. Not of a server that its user started to
/// run for ever: they stop it themselves.
fn is_outdated(running: &RunningServer, launch: &LaunchCommand) -> bool {
    let built = fs::metadata(&launch.program).and_then(|program| program.modified());
    let built = built.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    running.idle.is_some() && built.is_some_and(|built| built.as_secs() > running.started)
}

/// Keeps other processes from starting or stopping the server until the result is dropped; for a process
/// that is about to become the server.
pub fn start_lock(state_dir: &StateDir) -> Result<File, SandboxError> {
    state_dir.make()?;
    state_dir.start_lock()
}

/// Finds or starts the server. To be called with the start lock.
fn ready(state_dir: &StateDir, launch: &LaunchCommand) -> Result<RunningServer, SandboxError> {
    let since = Instant::now();
    // Who started it may have been killed before it was ready; or the server is ending.
    while let Some(pid) = state_dir.holder()? {
        if let Some(running) = find(state_dir)? {
            return Ok(running);
        }
        if since.elapsed() > START_TIMEOUT {
            let pid = pid.as_raw_pid().unsigned_abs();
            return Err(SandboxError::NoAnswer { pid });
        }
        sleep(POLL_INTERVAL);
    }
    launch::launch(state_dir, launch, START_TIMEOUT)
}
