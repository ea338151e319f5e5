//! Log lines, each with the time of day, and with the function's name when there are several.

use super::style::dim;
use crate::functions::Line;
use crate::names::short_name;

/// The length of the longest name among the game's functions, so that messages are aligned.
const NAME_WIDTH: usize = "02-game-state".len();

/// The time is UTC, as everywhere in CloudWatch Logs.
pub fn log_line(line: &Line, several: bool) -> String {
    let seconds = line.time / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    let time = format!(
        "{hours:02}:{minutes:02}:{:02}.{:03}",
        seconds % 60,
        line.time % 1000
    );
    let message = if line.from_lambda {
        dim(&line.message).to_string()
    } else {
        line.message.clone()
    };
    if several {
        let name = format!("{:NAME_WIDTH$}", short_name(&line.function));
        format!("{} {} {message}", dim(time), dim(name))
    } else {
        format!("{} {message}", dim(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_time_of_day_in_24_hours_and_the_name_where_there_are_several() {
        let line = Line {
            // 2026-11-21, in UTC.
            time: (20_778 * 86_400 + 13 * 3_600 + 5 * 60 + 9) * 1_000 + 7,
            function: "ann-03-night-turn".to_owned(),
            message: "hello".to_owned(),
            id: String::new(),
            from_lambda: false,
        };
        let plain = |several| anstream::adapter::strip_str(&log_line(&line, several)).to_string();
        assert_eq!(plain(false), "13:05:09.007 hello");
        assert_eq!(plain(true), "13:05:09.007 03-night-turn hello");
    }
}
