//! Finds, starts and stops the server of a folder, from another process.
//!
//! The lock on the folder decides whether a server is running: its process holds it until it ends. All
//! functions here block, for no longer than the timeouts.

mod advance;
mod health;
mod launch;
mod stop;

use std::fs::{self, File};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, UNIX_EPOCH};

pub use advance::{Advanced, Fired, advance, clock};
pub use launch::{LaunchCommand, Report};
pub use stop::{reset, stop};

use super::error::SandboxError;
use super::state_dir::{Holder, RunningServer, StateDir};

/// How long a server may take to become ready.
const START_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for one that runs elsewhere: it may listen where it cannot be reached from here.
const ELSEWHERE_TIMEOUT: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The server on the folder, if one is running and answers. Restarts its idle timer.
pub fn find(state_dir: &StateDir) -> Result<Option<RunningServer>, SandboxError> {
    Ok(state_dir.running()?.filter(health::answers))
}

/// The server on the folder, started if none is running, and restarted if the program is newer. Started
/// once, however many processes call this at the same time.
pub fn ensure(state_dir: &StateDir, launch: &LaunchCommand) -> Result<RunningServer, SandboxError> {
    let built = built(&launch.program);
    match find(state_dir)?.filter(|running| !is_outdated(running, built)) {
        Some(running) => Ok(running),
        None => {
            state_dir.make()?;
            let _lock = state_dir.start_lock()?;
            // Another process may have replaced it since then.
            let is_here = matches!(state_dir.holder()?, Some(Holder::Process(_)));
            if is_here && find(state_dir)?.is_some_and(|running| is_outdated(&running, built)) {
                stop::end(state_dir)?;
            }
            ready(state_dir, launch)
        }
    }
}

/// When the program was built: the time of its file, in milliseconds since 1970.
pub fn built(program: &Path) -> Option<u64> {
    let modified = fs::metadata(program).and_then(|program| program.modified());
    let since = modified.ok()?.duration_since(UNIX_EPOCH).ok()?;
    since.as_millis().try_into().ok()
}

/// Whether the server is of an earlier build of the program. Both times are of files: the clock may have
/// been wrong when they were written. Not of a server that its user started to run for ever: they stop it
/// themselves.
fn is_outdated(running: &RunningServer, built: Option<u64>) -> bool {
    running.idle.is_some() && running.built < built
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
    while let Some(holder) = state_dir.holder()? {
        if let Some(running) = find(state_dir)? {
            return Ok(running);
        }
        match holder {
            Holder::Process(pid) if since.elapsed() > START_TIMEOUT => {
                let pid = pid.as_raw_pid().unsigned_abs();
                return Err(SandboxError::NoAnswer { pid: Some(pid) });
            }
            Holder::Elsewhere if since.elapsed() > ELSEWHERE_TIMEOUT => {
                return Err(SandboxError::RunsElsewhere {
                    folder: state_dir.folder().to_owned(),
                });
            }
            _ => sleep(POLL_INTERVAL),
        }
    }
    launch::launch(state_dir, launch, START_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_outdated_when_its_program_is_older_whatever_the_time_is() {
        let server = |built: Option<u64>, idle| RunningServer {
            pid: 1,
            port: 2,
            started: 1_000,
            idle,
            built,
        };
        let future = Some(u64::MAX);
        for (of_server, of_program, outdated) in [
            (Some(1), Some(2), true),
            (None, Some(2), true),
            (Some(2), Some(2), false),
            (Some(3), Some(2), false),
            (future, future, false),
            (Some(2), None, false),
        ] {
            let is_outdated = |idle| is_outdated(&server(of_server, idle), of_program);
            assert_eq!(
                is_outdated(Some(60)),
                outdated,
                "{of_server:?} {of_program:?}"
            );
            assert!(!is_outdated(None));
        }
    }
}
