//! The family of a running function, which ends with it.

use std::sync::Arc;

use rustix::process::Pid;
use tokio::process::Child;

use super::family::Family;
use super::reaper::Reaper;

/// Killed when dropped, unless it has ended.
#[derive(Debug)]
pub struct RunningFamily {
    /// `None` when it has ended: the system may use the ids again.
    family: Option<Family>,
    reaper: Arc<Reaper>,
}

impl RunningFamily {
    /// That of `child`, which leads a process group.
    pub fn of(child: &Child, mark: &str, reaper: &Arc<Reaper>) -> Self {
        let leader = child
            .id()
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        let family = leader.map(|leader| Family {
            leader,
            mark: mark.to_owned(),
        });
        if let Some(family) = &family {
            reaper.add(family);
        }
        Self {
            family,
            reaper: reaper.clone(),
        }
    }

    pub fn family(&self) -> Option<&Family> {
        self.family.as_ref()
    }

    pub fn kill(&self) {
        if let Some(family) = &self.family {
            family.kill();
        }
    }

    /// To be called when all were killed and the leader was waited for.
    pub fn ended(&mut self) {
        if let Some(family) = self.family.take() {
            self.reaper.remove(&family);
        }
    }
}

impl Drop for RunningFamily {
    fn drop(&mut self) {
        self.kill();
        self.ended();
    }
}
