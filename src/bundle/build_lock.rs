//! Cargo's lock on the folder that it builds into.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Child;
use tokio::time::sleep;

/// In the folder with the programs.
const LOCK: &str = ".cargo-lock";
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// Waits until a Cargo that has built everything lets go of its lock on `folder`, the one with the programs: then all
/// is written. Cargo goes on for a while, to clear its memory, which nobody has to wait for.
///
/// Where it ends before, or has no lock, its status is returned.
pub(super) async fn release(
    mut cargo: Child,
    folder: Option<&Path>,
) -> io::Result<Option<ExitStatus>> {
    let lock = folder.and_then(|folder| File::open(folder.join(LOCK)).ok());
    let Some(lock) = lock.filter(is_used) else {
        return cargo.wait().await.map(Some);
    };
    tokio::select! {
        status = cargo.wait() => return status.map(Some),
        true = is_released(lock) => {}
    }
    tokio::spawn(async move { cargo.wait().await });
    Ok(None)
}

/// Whether the lock is released in the end; not if there is no telling.
async fn is_released(lock: File) -> bool {
    loop {
        // Newer versions of Cargo share the lock among themselves.
        match lock.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) => sleep(BETWEEN_LOOKS).await,
            Err(TryLockError::Error(_)) => return false,
        }
    }
}

/// Cargo locks nothing on NFS.
#[cfg(target_os = "linux")]
fn is_used(lock: &File) -> bool {
    rustix::fs::fstatfs(lock).is_ok_and(|system| system.f_type != rustix::fs::NFS_SUPER_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn is_used(_lock: &File) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use futures_util::poll;
    use std::pin::pin;
    use tokio::process::Command;

    use super::*;

    fn program(command: &str) -> Child {
        let mut shell = Command::new("sh");
        let started = shell.args(["-c", command]).kill_on_drop(true).spawn();
        started.expect("a shell starts")
    }

    #[tokio::test]
    async fn all_is_built_when_the_lock_is_free_and_not_before() {
        for held in [File::lock, File::lock_shared] {
            let folder = tempfile::tempdir().expect("a folder");
            let lock = File::create(folder.path().join(LOCK)).expect("created");
            held(&lock).expect("locked");
            let mut released = pin!(release(program("exec sleep 600"), Some(folder.path())));
            for _ in 0..10 {
                assert!(poll!(&mut released).is_pending());
                sleep(BETWEEN_LOOKS).await;
            }
            lock.unlock().expect("unlocked");
            assert_eq!(released.await.expect("no error"), None);
        }
    }

    #[tokio::test]
    async fn without_a_lock_or_with_somebody_elses_the_end_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        for folder in [None, Some(folder.path())] {
            let status = release(program("exit 3"), folder).await.expect("no error");
            assert_eq!(status.and_then(|status| status.code()), Some(3));
        }
        let lock = File::create(folder.path().join(LOCK)).expect("created");
        lock.lock().expect("locked");
        let status = release(program("exit 3"), Some(folder.path())).await;
        let status = status.expect("no error");
        assert_eq!(status.and_then(|status| status.code()), Some(3));
    }
}
