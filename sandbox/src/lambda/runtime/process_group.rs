//! A process and its descendants, killed together. A descendant that starts a session or a group of
//! its own is not among them.

use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

use super::reaper::Reaper;

/// Killed when dropped, unless it has ended.
#[derive(Debug)]
pub struct ProcessGroup {
    /// `None` when it has ended: the system may use its id again.
    leader: Option<Pid>,
    reaper: Arc<Reaper>,
}

impl ProcessGroup {
    /// The group of which `child` is the leader.
    pub fn of(child: &Child, reaper: &Arc<Reaper>) -> Self {
        let leader = child
            .id()
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        if let Some(leader) = leader {
            reaper.add(leader);
        }
        Self {
            leader,
            reaper: reaper.clone(),
        }
    }

    pub fn kill(&self) {
        if let Some(leader) = self.leader {
            // It may have ended already.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }

    /// To be called when the leader has ended and was waited for: kills what is left of the group.
    pub fn ended(&mut self) {
        self.kill();
        if let Some(leader) = self.leader.take() {
            self.reaper.remove(leader);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.ended();
    }
}
