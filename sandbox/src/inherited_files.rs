//! Files that the process got open from the one that started it.

use std::fs;
use std::os::fd::{BorrowedFd, RawFd};

use rustix::io::{FdFlags, fcntl_getfd};

/// Closes the files that a script has opened beside the standard three, such as a lock or a pipe: a server
/// would hold them until it ends.
pub fn close_inherited_files() {
    // Also on macOS.
    let Ok(entries) = fs::read_dir("/dev/fd") else {
        return;
    };
    let numbers: Vec<RawFd> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        close_if_inherited(number);
    }
}

/// Rust's library opens all files so that programs that are executed do not get them. One without that
/// flag was there before.
#[allow(unsafe_code)]
fn close_if_inherited(number: RawFd) {
    // SAFETY: it is looked at only while it is open, or fails as closed.
    let flags = fcntl_getfd(unsafe { BorrowedFd::borrow_raw(number) });
    if flags.is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC)) {
        // SAFETY: nothing here has it, as nothing here opens files without the flag.
        unsafe { rustix::io::close(number) };
    }
}
