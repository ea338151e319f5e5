//! The family of a running function, which ends with it.

use std::io;
use std::sync::Arc;

use tokio::process::{Child, Command};

use super::family::Family;
use super::mark::Mark;
use super::reaper::Reaper;

/// Killed when dropped, unless it has ended.
#[derive(Debug)]
pub struct RunningFamily {
    /// `None` when it has ended: the system may use the ids again.
    family: Option<Family>,
    reaper: Arc<Reaper>,
}

impl RunningFamily {
    /// That of the process which `command` starts with this mark, and which leads a process group.
    pub fn start(
        command: &mut Command,
        mark: Mark,
        reaper: &Arc<Reaper>,
    ) -> io::Result<(Child, Self)> {
        let (child, family) = reaper.start(command, mark)?;
        let reaper = reaper.clone();
        Ok((child, Self { family, reaper }))
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
