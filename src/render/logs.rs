//! Log lines, each with the time of day and, among several functions, whose it is.

use serde::Serialize;

use super::style::dim;
use crate::game::is_lambdas_own;
use crate::names::short_name;

/// As wide as the longest of the game's functions, so that lines begin below each other.
const NAME: usize = "02-game-state".len();

/// One line that a function, or Lambda about it, wrote.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Milliseconds since 1970.
    pub time: u128,
    /// Full name of the function.
    pub function: String,
    pub message: String,
    #[serde(skip)]
    /// Tells the lines of a function apart.
    pub id: String,
}

/// The time is UTC, as everywhere in CloudWatch Logs.
pub fn log_line(line: &Line, several: bool) -> String {
    let seconds = line.time / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    let time = format!(
        "{hours:02}:{minutes:02}:{:02}.{:03}",
        seconds % 60,
        line.time % 1000
    );
    let message = if is_lambdas_own(&line.message) {
        dim(&line.message).to_string()
    } else {
        line.message.clone()
    };
    if several {
        let name = format!("{:NAME$}", short_name(&line.function));
        format!("{} {} {message}", dim(time), dim(name))
    } else {
        format!("{} {message}", dim(time))
    }
}
