//! Ends a server, whatever state it is in.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::GLANCE;
use crate::error::SandboxError;
use crate::state_dir::StateDir;

/// Longer than a server takes for its farewell.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long the system may take to end a process that was killed.
const END: Duration = Duration::from_secs(5);

/// Stops the server on the folder; says whether one ran.
pub fn stop(state_dir: &StateDir) -> Result<bool, SandboxError> {
    if !state_dir.folder().is_dir() || state_dir.holder()?.is_none() {
        return Ok(false);
    }
    let _turn = state_dir.turn()?;
    end(state_dir)
}

/// Stops the server and takes away all that it kept, whatever that is and of whatever version. A
/// folder that is not a sandbox's is left alone; one that is not there is as good as empty.
pub fn reset(state_dir: &StateDir) -> Result<(), SandboxError> {
    if !state_dir.folder().exists() {
        return Ok(());
    }
    state_dir.make()?;
    let _turn = state_dir.turn()?;
    end(state_dir)?;
    state_dir.empty()
}

pub(super) fn end(state_dir: &StateDir) -> Result<bool, SandboxError> {
    let Some(pid) = state_dir.holder()? else {
        return Ok(false);
    };
    for (signal, patience) in [(Signal::TERM, FAREWELL), (Signal::KILL, END)] {
        // It may have ended by itself.
        let _ = kill_process(pid, signal);
        if has_ended(state_dir, pid, patience)? {
            return Ok(true);
        }
    }
    Err(SandboxError::NotStopped {
        pid: pid.as_raw_pid().unsigned_abs(),
    })
}

fn has_ended(state_dir: &StateDir, pid: Pid, patience: Duration) -> Result<bool, SandboxError> {
    let since = Instant::now();
    while since.elapsed() < patience {
        if state_dir.holder()? != Some(pid) {
            return Ok(true);
        }
        sleep(GLANCE);
    }
    Ok(false)
}
