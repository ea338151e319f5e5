//! Stops a server, whatever state it is in.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::POLL_INTERVAL;
use crate::error::SandboxError;
use crate::state_dir::{Holder, StateDir};

/// Longer than a server takes to end in order.
const TERM_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a process may take to end after it was killed.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// Stops the server on the folder; says whether one was running.
pub fn stop(state_dir: &StateDir) -> Result<bool, SandboxError> {
    if !state_dir.folder().is_dir() || state_dir.holder()?.is_none() {
        return Ok(false);
    }
    let _lock = state_dir.start_lock()?;
    end(state_dir)
}

/// Stops the server and deletes its state, of whatever version it is. A folder that is not a sandbox's is
/// refused; a missing one counts as empty.
pub fn reset(state_dir: &StateDir) -> Result<(), SandboxError> {
    if !state_dir.folder().exists() {
        return Ok(());
    }
    state_dir.remove_obstacles()?;
    state_dir.make()?;
    let _lock = state_dir.start_lock()?;
    end(state_dir)?;
    state_dir.empty()
}

pub(super) fn end(state_dir: &StateDir) -> Result<bool, SandboxError> {
    let pid = match state_dir.holder()? {
        None => return Ok(false),
        Some(Holder::Process(pid)) => pid,
        Some(Holder::Elsewhere) => {
            return Err(SandboxError::RunsElsewhere {
                folder: state_dir.folder().to_owned(),
            });
        }
    };
    // One that somebody has frozen has to go on before it can end.
    let in_order = &[Signal::TERM, Signal::CONT][..];
    for (signals, timeout) in [(in_order, TERM_TIMEOUT), (&[Signal::KILL], KILL_TIMEOUT)] {
        for signal in signals {
            // It may have ended already.
            let _ = kill_process(pid, *signal);
        }
        if has_ended(state_dir, pid, timeout)? {
            return Ok(true);
        }
    }
    Err(SandboxError::NotStopped {
        pid: pid.as_raw_pid().unsigned_abs(),
    })
}

fn has_ended(state_dir: &StateDir, pid: Pid, timeout: Duration) -> Result<bool, SandboxError> {
    let since = Instant::now();
    while since.elapsed() < timeout {
        if state_dir.holder()? != Some(Holder::Process(pid)) {
            return Ok(true);
        }
        sleep(POLL_INTERVAL);
    }
    Ok(false)
}
