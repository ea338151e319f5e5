//! Log lines, each with the time of day and, among several functions, whose it is.

use super::style::dim;
use crate::commands::logs::Line;

/// The time is UTC, as everywhere in CloudWatch Logs.
pub fn log_line(line: &Line, several: bool) -> String {
    let seconds = line.time / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    let time = format!(
        "{hours:02}:{minutes:02}:{:02}.{:03}",
        seconds % 60,
        line.time % 1000
    );
    match several {
        true => format!("{} {} {}", dim(time), dim(&line.function), line.message),
        false => format!("{} {}", dim(time), line.message),
    }
}
