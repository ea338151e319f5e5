//! Finds, starts and stops the server of a folder, from another process.
//!
//! The lock on the folder is the truth: it is held as long as the server's process lives, and tells
//! which one that is. Everything here waits on the thread that calls it, for no longer than said.

mod health;
mod launch;
mod stop;

use std::fs::{self, File};
use std::thread::sleep;
use std::time::{Duration, Instant, UNIX_EPOCH};

pub use launch::{LaunchCommand, Report};
pub use stop::{reset, stop};

use super::error::SandboxError;
use super::state_dir::{Running, StateDir};

/// How long a server may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(5);

/// The server on the folder, if one runs and answers. Its idle clock starts again.
pub fn find(state_dir: &StateDir) -> Result<Option<Running>, SandboxError> {
    Ok(state_dir.running()?.filter(health::answers))
}

/// The server on the folder, started where none runs, and anew where an older build does. However many
/// ask at once, there is one.
pub fn ensure(state_dir: &StateDir, launch: &LaunchCommand) -> Result<Running, SandboxError> {
    let is_of_today = |running: &Running| !is_outdated(running, launch);
    match find(state_dir)?.filter(is_of_today) {
        Some(running) => Ok(running),
        None => {
            state_dir.make()?;
            let _turn = state_dir.turn()?;
            // Somebody else may have replaced it meanwhile.
            if find(state_dir)?.is_some_and(|running| is_outdated(&running, launch)) {
                stop::end(state_dir)?;
            }
            ready(state_dir, launch)
        }
    }
}

/// Whether the program was built since the server was started by a command. A server that somebody
/// started to stay is theirs to end.
fn is_outdated(running: &Running, launch: &LaunchCommand) -> bool {
    let built = fs::metadata(&launch.program).and_then(|program| program.modified());
    let built = built.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    running.idle.is_some() && built.is_some_and(|built| built.as_secs() > running.started)
}

/// Keeps everybody else from starting and stopping until the result is dropped; for a server that
/// this process is about to become.
pub fn turn(state_dir: &StateDir) -> Result<File, SandboxError> {
    state_dir.make()?;
    state_dir.turn()
}

/// Finds or starts the server; nobody else does meanwhile.
fn ready(state_dir: &StateDir, launch: &LaunchCommand) -> Result<Running, SandboxError> {
    let since = Instant::now();
    // Whoever started it may have been killed before it was ready; it may also be ending.
    while let Some(pid) = state_dir.holder()? {
        if let Some(running) = find(state_dir)? {
            return Ok(running);
        }
        if since.elapsed() > PATIENCE {
            let pid = pid.as_raw_pid().unsigned_abs();
            return Err(SandboxError::NoAnswer { pid });
        }
        sleep(GLANCE);
    }
    launch::launch(state_dir, launch, PATIENCE)
}
