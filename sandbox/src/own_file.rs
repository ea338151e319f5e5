//! Files that another user cannot have put in their place: regular files and folders of this user.

use std::fs::{self, File, FileType, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

/// What stands in a place where something else has to be.
pub const NOT_A_FILE: &str = "it is not a file of its own, but a link, a folder or something else";
pub const NOT_A_FOLDER: &str =
    "it is not a folder of its own, but a link, a file or something else";

/// What its owner needs to use a file, and a folder.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Opens a regular file of this user. Follows no link, and does not wait for the other end of a pipe.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let options = options.custom_flags(flags);
    // A link, a folder or a pipe may fail to open, and a file that its owner may not read.
    let file = options.open(path).or_else(|error| match check_file(path) {
        Ok(()) => options.open(path),
        Err(refused) if refused.kind() == io::ErrorKind::Other => Err(refused),
        Err(_) => Err(error),
    })?;
    let found = file.metadata()?;
    check_kind(found.file_type(), FileType::is_file, NOT_A_FILE)?;
    check_user(found.uid())?;
    Ok(file)
}

/// Refuses what is no file of this user, and lets this user read and write it.
pub fn check_file(path: &Path) -> io::Result<()> {
    check(path, FileType::is_file, NOT_A_FILE, FILE_MODE)
}

/// The same of a folder.
pub fn check_folder(path: &Path) -> io::Result<()> {
    check(path, FileType::is_dir, NOT_A_FOLDER, FOLDER_MODE)
}

fn check(
    path: &Path,
    is_kind: fn(&FileType) -> bool,
    refusal: &str,
    needed: u32,
) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    check_kind(found.file_type(), is_kind, refusal)?;
    check_user(found.uid())?;
    let mode = found.permissions().mode();
    if mode & needed == needed {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode((mode | needed) & 0o7777))
}

fn check_kind(found: FileType, is_kind: fn(&FileType) -> bool, refusal: &str) -> io::Result<()> {
    if is_kind(&found) {
        Ok(())
    } else {
        Err(io::Error::other(refusal))
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
