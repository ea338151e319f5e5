//! Functions end with their sandbox, even when it is killed: a second process reads from a pipe which
//! families of processes there are, and kills those that are left when the pipe breaks. Where that one is
//! killed too, the next start of the sandbox finds what is left.
//!
//! Orphans, whose parents have ended, become children of the sandbox, which waits for them: not every first
//! process of a system does, such as that of a container.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Pid;
#[cfg(target_os = "linux")]
use rustix::process::{Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::family::Family;
use super::mark::{self, Mark, Marks};
#[cfg(target_os = "linux")]
use super::proc;
use crate::journal::Journal;

/// The arguments with which the program becomes the reaper process.
const ARGUMENTS: [&str; 2] = ["sandbox", "reap"];
/// How long [`Reaper::stop`] waits for the reaper process.
const EXIT_TIMEOUT: Duration = Duration::from_secs(1);

/// The sandbox's side: sends the families to the reaper process.
#[derive(Debug)]
pub struct Reaper {
    pub marks: Marks,
    journal: Arc<Journal>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Their marks, by the ids of their leaders.
    families: BTreeMap<i32, Mark>,
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
    pub fn new(journal: &Arc<Journal>, marks: Marks) -> Self {
        Self {
            marks,
            journal: journal.clone(),
            state: Mutex::default(),
        }
    }

    /// Starts the first process of a family. No orphans are waited for until it is known as one that
    /// somebody else waits for.
    pub fn start(&self, command: &mut Command, mark: Mark) -> io::Result<(Child, Option<Family>)> {
        let mut state = self.lock();
        let child = mark::with(mark, || command.spawn())?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        let leader = pid.and_then(Pid::from_raw);
        let family = leader.map(|leader| Family { leader, mark });
        if let Some(family) = &family {
            self.add(&mut state, family);
        }
        Ok((child, family))
    }

    fn add(&self, state: &mut State, family: &Family) {
        let (leader, mark) = (family.leader.as_raw_pid(), family.mark);
        state.families.insert(leader, mark);
        if send(state, &added(leader, mark)).is_err()
            && let Err(error) = start(state)
        {
            // Functions that wait for an invocation still exit by themselves when their connections break.
            let words = "functions may keep running if this sandbox is killed";
            self.journal.note(&format!("{words}: {error}"));
        }
    }

    pub fn remove(&self, family: &Family) {
        let mut state = self.lock();
        let leader = family.leader.as_raw_pid();
        state.families.remove(&leader);
        // A reaper process that is gone is started again with the next family.
        if send(&mut state, &format!("-{leader}")).is_err() {
            state.process = None;
        }
    }

    /// Kills the processes that an earlier sandbox of this folder has left.
    #[cfg(target_os = "linux")]
    pub fn kill_left_behind(&self) {
        for (pid, mark) in proc::marked() {
            if self.marks.include(mark) && kill_process(pid, Signal::KILL).is_ok() {
                let pid = pid.as_raw_pid();
                let words = "ended a process that a function of the last sandbox had left";
                self.journal.note(&format!("{words}: {pid}"));
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub fn kill_left_behind(&self) {}

    /// Makes orphans children of this process, and waits for each, as long as this is polled.
    #[cfg(target_os = "linux")]
    pub async fn adopt_orphans(&self) {
        // Elsewhere they go to the first process of the system.
        let _ = set_child_subreaper(Some(getpid()));
        let Ok(mut child_ended) = signal(SignalKind::child()) else {
            return;
        };
        while child_ended.recv().await.is_some() {
            self.wait_for_orphans();
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub async fn adopt_orphans(&self) {}

    #[cfg(target_os = "linux")]
    fn wait_for_orphans(&self) {
        let state = self.lock();
        let ours = proc::marked().into_iter();
        let ours = ours.filter(|(pid, mark)| {
            self.marks.include(*mark) && !state.families.contains_key(&pid.as_raw_pid())
        });
        for (pid, _) in ours {
            // It may run, or be the child of another.
            let _ = waitpid(Some(pid), WaitOptions::NOHANG);
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

fn added(leader: i32, mark: Mark) -> String {
    format!("+{leader} {}", mark.0)
}

fn send(state: &mut State, line: &str) -> io::Result<()> {
    match &mut state.process {
        Some(process) => process.pipe.write_all(format!("{line}\n").as_bytes()),
        None => Err(io::ErrorKind::NotConnected.into()),
    }
}

/// Starts the reaper process, and sends it all families.
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
    for (leader, mark) in &state.families {
        pipe.write_all(format!("{}\n", added(*leader, *mark)).as_bytes())?;
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

/// The reaper process: reads from `lines` which families there are, and kills those that are left when the
/// lines end. Blocks until then. To be called in a Tokio runtime.
pub fn reap(lines: impl BufRead) {
    // A signal that is meant for the sandbox may be sent to this process too, and must not end it first.
    // A signal that is listened for does not kill.
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let _ignored = kinds.map(signal);
    remaining(lines).iter().for_each(Family::kill);
}

/// Reads lines such as `+123 456` (a leader and its mark) and `-123` to their end.
fn remaining(lines: impl BufRead) -> Vec<Family> {
    let mut families = BTreeMap::new();
    for line in lines.lines().map_while(Result::ok) {
        // 0 and 1 would signal other processes.
        let leader = |number: &str| number.parse().ok().filter(|leader: &i32| *leader > 1);
        match line.split_at_checked(1) {
            Some(("+", family)) => {
                let family = family.split_once(' ');
                families.extend(
                    family.and_then(|(number, mark)| Some((leader(number)?, mark.parse().ok()?))),
                );
            }
            Some(("-", number)) => drop(leader(number).map(|leader| families.remove(&leader))),
            _ => {}
        }
    }
    let left = families.into_iter();
    left.filter_map(|(leader, mark)| {
        let leader = Pid::from_raw(leader)?;
        let mark = Mark(mark);
        Some(Family { leader, mark })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_that_are_left_are_killed_and_no_others() {
        let lines = "+20 1\n+30 2\n-20\n+40 18446744073709551614\n-50\n+0 3\n+1 3\n+-1 3\n+-7 3\n\
                     +x 3\n+8 x\n+9 -3\n+9\n\n+\u{e9}\n+99999999999 3\n+60 4";
        let left = remaining(lines.as_bytes()).into_iter();
        let left: Vec<_> = left.map(|it| (it.leader.as_raw_pid(), it.mark.0)).collect();
        assert_eq!(left, [(30, 2), (40, u64::MAX - 1), (60, 4)]);
    }
}
