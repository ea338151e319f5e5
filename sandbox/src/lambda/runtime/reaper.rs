//! Functions end with their sandbox, even when that is killed and can do nothing any more: a second
//! process holds the other end of a pipe, and kills what is left when the pipe breaks.

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

/// What `mafia` has to be called with to become the second process.
const ARGUMENTS: [&str; 2] = ["sandbox", "reap"];
/// How long the second process may take to end.
const FAREWELL: Duration = Duration::from_secs(1);

/// The sandbox's side: tells the second process which groups there are.
#[derive(Debug)]
pub struct Reaper {
    journal: Arc<Journal>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeSet<i32>,
    second: Option<Second>,
}

/// The second process, as the sandbox has it.
#[derive(Debug)]
struct Second {
    pipe: File,
    /// Waits for the process, so that it leaves no zombie if it ends first.
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
        if tell(&mut state, '+', group).is_err()
            && let Err(error) = start(&mut state)
        {
            // Functions that wait for a call notice the end by their broken connections.
            let words = "functions may keep running if this sandbox is killed";
            self.journal.note(&format!("{words}: {error}"));
        }
    }

    pub fn remove(&self, group: Pid) {
        let mut state = self.lock();
        let group = group.as_raw_pid();
        state.groups.remove(&group);
        // One that is gone is started again, with what is left, when there is a new group.
        if tell(&mut state, '-', group).is_err() {
            state.second = None;
        }
    }

    /// Ends the second process, which has nothing to do when all functions have ended.
    pub async fn stop(&self) {
        let second = self.lock().second.take();
        if let Some(Second { pipe, ended }) = second {
            drop(pipe);
            // Nothing is lost if it takes longer.
            let _ = timeout(FAREWELL, ended).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(state: &mut State, sign: char, group: i32) -> io::Result<()> {
    match &mut state.second {
        Some(second) => second.pipe.write_all(format!("{sign}{group}\n").as_bytes()),
        None => Err(io::ErrorKind::NotConnected.into()),
    }
}

/// Starts the second process, and tells it of all groups.
fn start(state: &mut State) -> io::Result<()> {
    state.second = None;
    // The executable of a test is no `mafia`.
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
    state.second = Some(Second { pipe, ended });
    Ok(())
}

/// This very program, also where its file was replaced since it was started.
fn executable() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        Ok(PathBuf::from("/proc/self/exe"))
    } else {
        std::env::current_exe()
    }
}

/// The second process: reads from `lines` which groups there are, and kills those that are left at the
/// end. Keeps the thread; nothing but the end of the lines ends it. To be called in a Tokio runtime.
pub fn reap(lines: impl BufRead) {
    // Whoever interrupts the sandbox must not take its functions' reaper away. A signal that is
    // listened for does not kill; nobody needs to hear it.
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let _deaf = kinds.map(signal);
    follow(lines, |group| {
        // It may have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    });
}

/// Reads lines such as `+123` and `-123` to their end.
fn follow(lines: impl BufRead, kill: impl FnMut(Pid)) {
    let mut groups = BTreeSet::new();
    for line in lines.lines().map_while(Result::ok) {
        // 0 and 1 stand for many more processes.
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
        let told = "+20\n+30\n-20\n+40\n-50\n+0\n+1\n+-1\n+-7\n+x\n\n+é\n+99999999999\n+60";
        let mut killed = Vec::new();
        follow(told.as_bytes(), |group| killed.push(group.as_raw_pid()));
        assert_eq!(killed, [30, 40, 60]);
    }
}
