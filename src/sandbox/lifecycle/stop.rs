//! Ends a server, whatever state it is in.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::GLANCE;
use crate::sandbox::error::SandboxError;
use crate::sandbox::home::Home;

/// Longer than a server takes for its farewell.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long the system may take to end a process that was killed.
const END: Duration = Duration::from_secs(5);

/// Stops the server on the folder; says whether one ran.
pub fn stop(home: &Home) -> Result<bool, SandboxError> {
    if !home.folder().is_dir() || home.holder()?.is_none() {
        return Ok(false);
    }
    let _turn = home.turn()?;
    end(home)
}

/// Stops the server and takes away all that it kept, whatever that is and of whatever version. A
/// folder that is not a sandbox's is left alone; one that is not there is as good as empty.
pub fn reset(home: &Home) -> Result<(), SandboxError> {
    if !home.folder().exists() {
        return Ok(());
    }
    home.make()?;
    let _turn = home.turn()?;
    end(home)?;
    home.empty()
}

pub(super) fn end(home: &Home) -> Result<bool, SandboxError> {
    let Some(pid) = home.holder()? else {
        return Ok(false);
    };
    for (signal, patience) in [(Signal::TERM, FAREWELL), (Signal::KILL, END)] {
        // It may have ended by itself.
        let _ = kill_process(pid, signal);
        if has_ended(home, pid, patience)? {
            return Ok(true);
        }
    }
    Err(SandboxError::NotStopped {
        pid: pid.as_raw_pid().unsigned_abs(),
    })
}

fn has_ended(home: &Home, pid: Pid, patience: Duration) -> Result<bool, SandboxError> {
    let since = Instant::now();
    while since.elapsed() < patience {
        if home.holder()? != Some(pid) {
            return Ok(true);
        }
        sleep(GLANCE);
    }
    Ok(false)
}
