//! Files that another user cannot have put in their place: regular files and folders of this user.

use std::fs::{self, File, FileType, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

/// Opens a regular file of this user. Follows no link, and does not wait for the other end of a pipe.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    // A link, a folder or a pipe may fail to open.
    let file = options.custom_flags(flags).open(path).map_err(|error| {
        let there = fs::symlink_metadata(path);
        match there {
            Ok(there) if !there.is_file() => no_file(),
            _ => error,
        }
    })?;
    let found = file.metadata()?;
    check_kind(found.file_type(), &[FileType::is_file])?;
    check_user(found.uid())?;
    Ok(file)
}

/// Refuses what is no file or folder of this user.
pub fn check(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    check_kind(found.file_type(), &[FileType::is_file, FileType::is_dir])?;
    check_user(found.uid())
}

fn check_kind(found: FileType, allowed: &[fn(&FileType) -> bool]) -> io::Result<()> {
    if allowed.iter().any(|is_allowed| is_allowed(&found)) {
        Ok(())
    } else {
        Err(no_file())
    }
}

fn check_user(user: u32) -> io::Result<()> {
    if user == geteuid().as_raw() {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "it belongs to another user ({user})"
        )))
    }
}

fn no_file() -> io::Error {
    io::Error::other("it is not a file of its own, but a link, a pipe or something else")
}
