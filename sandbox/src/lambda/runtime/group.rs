//! A process and all that it starts, which end together.

use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

use super::reaper::Reaper;

/// Killed when dropped, unless it has ended.
#[derive(Debug)]
pub struct Group {
    /// `None` when it has ended: its number may be another's then.
    leader: Option<Pid>,
    reaper: Arc<Reaper>,
}

impl Group {
    /// The group that `child`, just started, leads.
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
            // It may have ended by itself.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }

    /// The leader has ended and was waited for: what it left behind goes too.
    pub fn ended(&mut self) {
        self.kill();
        if let Some(leader) = self.leader.take() {
            self.reaper.remove(leader);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.ended();
    }
}
