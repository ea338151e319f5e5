//! The mark by which the processes of a function are known, whatever they do: a resource limit. A process
//! inherits it from the one that starts it, also in a session of its own, with another environment or as
//! another program. It limits what no function has, the time of real-time scheduling, to more than 100,000
//! years.
//!
//! Source: getrlimit(2), `RLIMIT_RTTIME`.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// Of one execution environment. In microseconds, as a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(pub u64);

/// All marks of one sandbox.
#[derive(Debug)]
pub struct Marks {
    first: u64,
    drawn: AtomicU64,
}

/// More than a limit that anybody sets, less than none.
const LEAST: u64 = 1 << 62;
/// Of the number of an environment; before it comes that of the sandbox.
const NUMBER_BITS: u32 = 22;

impl Marks {
    /// `sandbox` differs for each sandbox on this machine, and stays the same when it starts again.
    pub fn of(sandbox: u64) -> Self {
        Self {
            first: LEAST | (sandbox << NUMBER_BITS & (LEAST - 1)),
            // The reaper of one that was killed may still be ending those that it has drawn.
            drawn: AtomicU64::new(rand::random()),
        }
    }

    /// The mark of a new environment.
    pub fn draw(&self) -> Mark {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed) % (1 << NUMBER_BITS);
        Mark(self.first | number)
    }

    pub fn include(&self, mark: Mark) -> bool {
        mark.0 >> NUMBER_BITS == self.first >> NUMBER_BITS
    }
}

/// What `start` starts has the mark. This process has it too during that, and starts nothing else.
#[cfg(target_os = "linux")]
pub fn with<T>(mark: Mark, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use std::sync::{Mutex, PoisonError};

    static STARTING: Mutex<()> = Mutex::new(());
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let before = getrlimit(Resource::Rttime);
    let marked = Rlimit {
        current: Some(mark.0),
        ..before
    };
    // Where a lower limit is set already, the process group is all there is of a family.
    let _ = setrlimit(Resource::Rttime, marked);
    let started = start();
    // A lower limit than the highest can always be set.
    let _ = setrlimit(Resource::Rttime, before);
    started
}

#[cfg(not(target_os = "linux"))]
pub fn with<T>(_: Mark, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_environment_has_a_mark_of_its_own_that_says_whose_it_is() {
        for sandbox in [0, 1, u64::MAX] {
            let (ours, others) = (Marks::of(sandbox), Marks::of(sandbox ^ 1));
            let (first, second) = (ours.draw(), ours.draw());
            assert_ne!(first, second);
            for mark in [first, second] {
                assert!(ours.include(mark) && !others.include(mark));
                assert!((LEAST..u64::MAX).contains(&mark.0));
            }
        }
        // One that starts again draws others.
        assert_ne!(Marks::of(7).draw(), Marks::of(7).draw());
        assert!(!Marks::of(7).include(Mark(u64::MAX)));
        assert!(!Marks::of(0).include(Mark(200_000)));
    }
}
