//! Signals to other processes, sent without the program `kill`, which a bare machine lacks.

use rustix::process::{Pid, kill_process, kill_process_group};

pub use rustix::process::Signal;

/// Sends `signal` to a process that is there.
#[track_caller]
pub fn send(signal: Signal, pid: u64) {
    kill_process(process(pid), signal).expect("the process is there, and ours");
}

/// Sends `signal` to the group that a process leads, unless it has ended already.
pub fn send_to_group(signal: Signal, leader: u64) {
    let _ = kill_process_group(process(leader), signal);
}

fn process(pid: u64) -> Pid {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.expect("the number of a process")
}
