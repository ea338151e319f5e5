//! Signals to other processes, sent without the program `kill`, which a bare machine lacks.

use std::sync::Once;

use rustix::process::{Pid, kill_process, kill_process_group};
use tokio::signal::unix::{SignalKind, signal};

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

/// Lets Ctrl-C reach the programs that this process starts, where it was told to ignore Ctrl-C itself, as
/// a script's job in the background is. A program inherits that, and a shell then sets no trap; but what
/// is handled here, it does not inherit.
pub fn let_programs_be_interrupted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if is_ignored(SignalKind::interrupt()) {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().expect("a runtime");
            let _inside = runtime.enter();
            // The handler stays when this is dropped.
            drop(signal(SignalKind::interrupt()).expect("a handler can be set"));
        }
    });
}

fn is_ignored(signal: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut ignored = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored
        .next()
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal.as_raw_value() - 1) & 1 == 1)
}

fn process(pid: u64) -> Pid {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.expect("the number of a process")
}
