//! The function's log: Lambda keeps every line of the standard output.
//!
//! Students read the log, so nothing secret belongs in it, such as who is in the mafia.

/// Writes one line to the log.
#[expect(
    clippy::print_stdout,
    reason = "the standard output is a function's log"
)]
pub fn log_line(text: &str) {
    println!("{text}");
}
