//! Functions end with their sandbox, even when it is killed: a second process reads from a pipe which
//! families of processes there are, and kills those that are left when the pipe breaks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Pid;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::family::Family;
use crate::journal::Journal;

/// The arguments with which the program becomes the reaper process.
const ARGUMENTS: [&str; 2] = ["sandbox", "reap"];
/// How long [`Reaper::stop`] waits for the reaper process.
const EXIT_TIMEOUT: Duration = Duration::from_secs(1);

/// The sandbox's side: sends the families to the reaper process.
#[derive(Debug)]
pub struct Reaper {
    journal: Arc<Journal>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Their marks, by the ids of their leaders.
    families: BTreeMap<i32, String>,
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

    pub fn add(&self, family: &Family) {
        let mut state = self.lock();
        let leader = family.leader.as_raw_pid();
        state.families.insert(leader, family.mark.clone());
        if send(&mut state, &format!("+{leader} {}", family.mark)).is_err()
            && let Err(error) = start(&mut state)
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
        pipe.write_all(format!("+{leader} {mark}\n").as_bytes())?;
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

/// Reads lines such as `+123 mark` and `-123` to their end.
fn remaining(lines: impl BufRead) -> Vec<Family> {
    let mut families = BTreeMap::new();
    for line in lines.lines().map_while(Result::ok) {
        // 0 and 1 would signal other processes.
        let leader = |number: &str| number.parse().ok().filter(|leader: &i32| *leader > 1);
        match line.split_at_checked(1) {
            Some(("+", family)) => {
                let (number, mark) = family.split_once(' ').unwrap_or((family, ""));
                families.extend(leader(number).map(|leader| (leader, mark.to_owned())));
            }
            Some(("-", number)) => drop(leader(number).map(|leader| families.remove(&leader))),
            _ => {}
        }
    }
    let left = families.into_iter();
    left.filter_map(|(leader, mark)| {
        let leader = Pid::from_raw(leader)?;
        Some(Family { leader, mark })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_that_are_left_are_killed_and_no_others() {
        let lines =
            "+20 a\n+30 b/c[d] e\n-20\n+40\n-50\n+0\n+1\n+-1\n+-7 x\n+x\n\n+é\n+99999999999\n+60 ";
        let left = remaining(lines.as_bytes()).into_iter();
        let left: Vec<_> = left.map(|it| (it.leader.as_raw_pid(), it.mark)).collect();
        let expected = [(30, "b/c[d] e"), (40, ""), (60, "")];
        assert_eq!(
            left,
            expected.map(|(leader, mark)| (leader, mark.to_owned()))
        );
    }
}
