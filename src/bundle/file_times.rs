//! The times of files.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// When a file was changed in any way. Nobody can set this time.
#[cfg(unix)]
pub(super) fn changed(file: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let seconds = u64::try_from(file.ctime()).ok()?;
    let nanoseconds = u32::try_from(file.ctime_nsec()).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds))
}

/// Other systems do not say.
#[cfg(not(unix))]
pub(super) fn changed(_file: &Metadata) -> Option<SystemTime> {
    None
}

/// Gives a file another time.
pub(super) fn set_modified(path: &Path, time: SystemTime) -> io::Result<()> {
    File::open(path)?.set_modified(time)
}
