//! What the system says when something fails.

use std::io;

/// The message, without the error number.
pub fn io_message(error: &io::Error) -> String {
    let message = error.to_string();
    match message.split_once(" (os error") {
        Some((message, _)) => message.to_owned(),
        None => message,
    }
}
