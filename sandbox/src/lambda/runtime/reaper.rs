//! Functions end with their sandbox, even when it is killed: a second process reads from a pipe which
//! process groups there are, and kills those that are left when the pipe breaks.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::journal::Journal;

/// The arguments with which the program becomes the reaper process.
const ARGUMENTS: [&str; 2] = ["sandbox", "reap"];
/// How long [`Reaper::stop`] waits for the reaper process.
const EXIT_TIMEOUT: Duration = Duration::from_secs(1);

/// The sandbox's side: sends the groups to the reaper process.
#[derive(Debug)]
pub struct Reaper {
    journal: Arc<Journal>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeSet<i32>,
    process: Option<ReaperProcess>,
}

/// The reaper process, as the sandbox sees it.
#[derive(Debug)]
struct ReaperProcess {
    pipe: File,
    /// Waits for the process, so that it leaves no zombie if it exits first.
    ended: JoinHandle<()>,
}

impl Reaper {
    pub fn new(journal: &Arc<Journal>) -> Self {
        Self {
            journal: journal.clone(),
            state: Mutex::default(),
        }
    }

    pub fn add(&self, group: Pid) {
        let mut state = self.lock();
        let group = group.as_raw_pid();
        state.groups.insert(group);
        if send(&mut state, '+', group).is_err()
            && let Err(error) = start(&mut state)
        {
            // Functions that wait for an invocation still exit by themselves when their connections break.
            let words = "functions may keep running if this sandbox is killed";
            self.journal.note(&format!("{words}: {error}"));
        }
    }

    pub fn remove(&self, group: Pid) {
        let mut state = self.lock();
        let group = group.as_raw_pid();
        state.groups.remove(&group);
        // A reaper process that is gone is started again with the next group.
        if send(&mut state, '-', group).is_err() {
            state.process = None;
        }
    }

    /// Ends the reaper process. To be called when all functions have ended.
    pub async fn stop(&self) {
        let process = self.lock().process.take();
        if let Some(ReaperProcess { pipe, ended }) = process {
            drop(pipe);
            // It has nothing left to do if it takes longer.
            let _ = timeout(EXIT_TIMEOUT, ended).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn send(state: &mut State, sign: char, group: i32) -> io::Result<()> {
    match &mut state.process {
        Some(process) => process
            .pipe
            .write_all(format!("{sign}{group}\n").as_bytes()),
        None => Err(io::ErrorKind::NotConnected.into()),
    }
}

/// Starts the reaper process, and sends it all groups.
fn start(state: &mut State) -> io::Result<()> {
    state.process = None;
    // The executable of a test cannot become a reaper process.
    if cfg!(test) {
        return Ok(());
    }
    let mut child = Command::new(executable()?)
        .arg0("mafia")
        .args(ARGUMENTS)
        .env_clear()
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let Some(stdin) = child.stdin.take() else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let mut pipe = File::from(stdin.into_owned_fd()?);
    let ended = tokio::spawn(async move { drop(child.wait().await) });
    for group in &state.groups {
        pipe.write_all(format!("+{group}\n").as_bytes())?;
    }
    state.process = Some(ReaperProcess { pipe, ended });
    Ok(())
}

/// This program, also where its file was replaced after it was started.
fn executable() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        Ok(PathBuf::from("/proc/self/exe"))
    } else {
        std::env::current_exe()
    }
}

/// The reaper process: reads from `lines` which groups there are, and kills those that are left when
/// the lines end. Blocks until then. To be called in a Tokio runtime.
pub fn reap(lines: impl BufRead) {
    // A signal that is meant for the sandbox may be sent to this process too, and must not end it first.
    // A signal that is listened for does not kill.
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let _ignored = kinds.map(signal);
    kill_remaining(lines, |group| {
        // It may have ended already.
        let _ = kill_process_group(group, Signal::KILL);
    });
}

/// Reads lines such as `+123` and `-123` to their end.
fn kill_remaining(lines: impl BufRead, kill: impl FnMut(Pid)) {
    let mut groups = BTreeSet::new();
    for line in lines.lines().map_while(Result::ok) {
        // 0 and 1 would signal other processes.
        let group = |number: &str| number.parse().ok().filter(|group: &i32| *group > 1);
        match line.split_at_checked(1) {
            Some(("+", number)) => groups.extend(group(number)),
            Some(("-", number)) => drop(group(number).map(|group| groups.remove(&group))),
            _ => {}
        }
    }
    let left = groups.into_iter().filter_map(Pid::from_raw);
    left.for_each(kill);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_are_left_are_killed_and_no_others() {
        let lines = "+20\n+30\n-20\n+40\n-50\n+0\n+1\n+-1\n+-7\n+x\n\n+é\n+99999999999\n+60";
        let mut killed = Vec::new();
        kill_remaining(lines.as_bytes(), |group| killed.push(group.as_raw_pid()));
        assert_eq!(killed, [30, 40, 60]);
    }
}
