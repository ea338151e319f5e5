//! The memory of a function's process, held against its `MemorySize`.

use std::fs;
use std::time::Duration;

use tokio::time::sleep;

/// Between two looks at a process that runs an invocation.
const INTERVAL: Duration = Duration::from_millis(50);

/// What a process has, in bytes, as Linux's `/proc/PID/status` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The most that it has had of all kinds.
    pub peak: u64,
    /// What it has itself: without the pages of files, which the system can take away.
    own: u64,
    of_files: u64,
}

impl Memory {
    /// `None` where the system does not tell.
    pub fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
    }

    fn parse(status: &str) -> Option<Self> {
        let bytes = |name: &str| {
            let mut lines = status.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            let kilobytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kilobytes << 10)
        };
        Some(Self {
            peak: bytes("VmHWM")?,
            own: bytes("RssAnon")? + bytes("RssShmem")?,
            of_files: bytes("RssFile")?,
        })
    }

    /// Whether the process has, or has had, more than `limit` bytes of its own.
    pub fn exceeds(&self, limit: u64) -> bool {
        self.own > limit || self.peak.saturating_sub(self.of_files) > limit
    }
}

/// Returns when the process exceeds `limit` bytes.
pub async fn exceeds(pid: Option<u32>, limit: u64) {
    loop {
        sleep(INTERVAL).await;
        if pid
            .and_then(Memory::of)
            .is_some_and(|memory| memory.exceeds(limit))
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_exceeds_its_memory_now_or_before_but_not_with_files() {
        let status = |peak: u32, own: u32, shared: u32, files: u32| {
            let text = format!(
                "Name:\tbootstrap\nVmPeak:\t  9999 kB\nVmHWM:\t {peak} kB\nVmRSS:\t 1 kB\n\
                 RssAnon:\t {own} kB\nRssFile:\t {files} kB\nRssShmem:\t {shared} kB\n"
            );
            Memory::parse(&text).expect("it says")
        };
        assert_eq!(status(2048, 1, 1, 1).peak, 2 << 20);
        for (memory, exceeds) in [
            (status(1000, 1000, 0, 0), false),
            (status(1025, 1025, 0, 0), true),
            (status(1025, 525, 500, 0), true),
            (status(3000, 500, 0, 2000), false),
            (status(3100, 500, 0, 2000), true),
        ] {
            assert_eq!(memory.exceeds(1 << 20), exceeds, "{memory:?}");
        }
        assert_eq!(Memory::parse("Name:\tkthreadd\n"), None);
    }
}
