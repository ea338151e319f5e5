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

/// A file with a new time. It keeps that if Cargo does not compile it, so that the next build does.
#[derive(Debug)]
pub(super) struct NewTime {
    name: String,
    file: File,
    own: SystemTime,
    new: SystemTime,
}

impl NewTime {
    pub fn of(name: &str, path: &Path, new: SystemTime) -> io::Result<Self> {
        let file = File::open(path)?;
        let own = file.metadata()?.modified()?;
        file.set_modified(new)?;
        // As the file system keeps it.
        let new = file.metadata()?.modified()?;
        let name = name.to_owned();
        Ok(Self {
            name,
            file,
            own,
            new,
        })
    }

    /// Gives the file its own time again, unless it was saved since. Returns its name, and when that changed it.
    pub fn restore(self) -> Option<(String, SystemTime)> {
        let now = self.file.metadata().and_then(|it| it.modified()).ok()?;
        if now != self.new {
            return None;
        }
        self.file.set_modified(self.own).ok()?;
        Some((self.name, changed(&self.file.metadata().ok()?)?))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn modified(path: &Path) -> SystemTime {
        let file = fs::metadata(path).expect("it is there");
        file.modified().expect("a time")
    }

    #[test]
    fn a_file_has_its_own_time_again_unless_it_is_saved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.rs");
        fs::write(&path, "a").expect("written");
        let own = modified(&path);
        let shown = NewTime::of("a.rs", &path, at(1)).expect("its time can be set");
        assert_eq!(modified(&path), at(1));
        shown.restore();
        assert_eq!(modified(&path), own);

        let shown = NewTime::of("a.rs", &path, at(1)).expect("its time can be set");
        fs::write(&path, "b").expect("written");
        let saved = modified(&path);
        shown.restore();
        assert_eq!(modified(&path), saved);
    }
}
