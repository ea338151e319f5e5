//! The log of functions: calls with what they wrote, or line after line. Times are in UTC, as everywhere
//! in CloudWatch Logs.

use std::time::Duration;

use super::style::{bad, dim, good};
use super::units::elapsed;
use crate::functions::{Call, Entry, Line, Status};
use crate::names::{short_name, without_number};

/// The length of the longest name among the game's functions, so that messages are aligned.
const NAME_WIDTH: usize = "02-game-state".len();
/// Of what a function wrote, under its call.
const INDENT: &str = "  ";
const DAY: u128 = 86_400_000;

/// How the entries of one log are laid out.
pub struct LogLayout {
    name_width: usize,
    has_date: bool,
}

impl LogLayout {
    /// For the log of these functions, as far back as `since`.
    pub fn new(functions: &[String], since: Duration) -> Self {
        let names = functions.iter().map(|function| word(function).len());
        Self {
            name_width: names.max().unwrap_or_default(),
            has_date: since.as_millis() >= DAY,
        }
    }

    /// A line for each call, with what it wrote below.
    pub fn entries(&self, entries: &[Entry]) -> String {
        let entries = entries.iter().map(|entry| match entry {
            Entry::Call(call) => self.call(call),
            Entry::Line(line) => format!(
                "{} {}",
                self.beginning(line.time, &line.function),
                line.message.replace('\n', &format!("\n{INDENT}"))
            ),
        });
        entries.collect::<Vec<_>>().join("\n")
    }

    fn call(&self, call: &Call) -> String {
        let mark = match call.status {
            Status::Running => "…".to_owned(),
            Status::Succeeded => good("✓"),
            Status::Failed => bad("✗"),
        };
        let figures = [
            call.milliseconds.map(time),
            (call.status == Status::Running).then(|| "running".to_owned()),
            call.init_milliseconds
                .map(|init| format!("cold start {}", time(init))),
            // Once is enough.
            call.error.clone().filter(|error| !says(call, error)),
        ];
        let figures: Vec<String> = figures.into_iter().flatten().collect();
        let mut text = format!(
            "{} {mark} {}",
            self.beginning(call.time, &call.function),
            figures.join(", ")
        );
        for line in call.output.iter().flat_map(|line| line.message.lines()) {
            text.push_str(&format!("\n{INDENT}{line}"));
        }
        text
    }

    fn beginning(&self, time: u128, function: &str) -> String {
        let width = self.name_width;
        let date = if self.has_date {
            format!("{} ", date(time))
        } else {
            String::new()
        };
        format!("{} {:width$}", dim(date + &clock(time)), word(function))
    }
}

/// Whether the function itself wrote this, on one line or several.
fn says(call: &Call, text: &str) -> bool {
    let lines = call.output.iter().flat_map(|line| line.message.lines());
    lines.collect::<Vec<_>>().join(" ").contains(text)
}

/// A line with its time; with the function's name where there are `several`.
pub fn log_line(line: &Line, several: bool) -> String {
    let time = format!("{}.{:03}", clock(line.time), line.time % 1000);
    let message = if line.from_lambda {
        dim(&line.message)
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

/// `night-turn` of `mafia-ann-03-night-turn`.
fn word(function: &str) -> &str {
    without_number(short_name(function))
}

/// Lambda's figure, in whole milliseconds and never 0.
fn time(milliseconds: f64) -> String {
    elapsed(Duration::from_millis(milliseconds.ceil() as u64))
}

pub(super) fn clock(milliseconds: u128) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// Month and day.
fn date(milliseconds: u128) -> String {
    let days = i64::try_from(milliseconds / DAY).unwrap_or_default();
    let time = time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(days);
    format!("{:02}-{:02}", u8::from(time.month()), time.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 13:05:09.007 in UTC.
    const TIME: u128 = (20_778 * 86_400 + 13 * 3_600 + 5 * 60 + 9) * 1_000 + 7;
    const HOUR: Duration = Duration::from_secs(3600);

    fn line(message: &str) -> Line {
        Line {
            time: TIME,
            function: "ann-03-night-turn".to_owned(),
            message: message.to_owned(),
            request_id: None,
            stream: String::new(),
            id: String::new(),
            from_lambda: false,
        }
    }

    fn call(status: Status) -> Call {
        Call {
            request_id: "1".to_owned(),
            function: "ann-03-night-turn".to_owned(),
            time: TIME,
            status,
            milliseconds: (status != Status::Running).then_some(2.03),
            init_milliseconds: None,
            error: None,
            output: vec![line("one\ntwo")],
        }
    }

    fn shown(entry: Entry, since: Duration) -> String {
        let functions = ["ann-03-night-turn", "ann-04-day-turn"].map(str::to_owned);
        let text = LogLayout::new(&functions, since).entries(&[entry]);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_line_has_the_time_of_day_in_24_hours_and_the_name_where_there_are_several() {
        let plain =
            |several| anstream::adapter::strip_str(&log_line(&line("hello"), several)).to_string();
        assert_eq!(plain(false), "13:05:09.007 hello");
        assert_eq!(plain(true), "13:05:09.007 03-night-turn hello");
    }

    #[test]
    fn a_call_is_one_line_with_its_output_below() {
        let output = "\n  one\n  two";
        let failed = Call {
            error: Some("no table".to_owned()),
            init_milliseconds: Some(9.5),
            ..call(Status::Failed)
        };
        let own = Call {
            error: Some("two".to_owned()),
            ..call(Status::Failed)
        };
        for (call, line) in [
            (call(Status::Succeeded), "✓ 3 ms"),
            (call(Status::Running), "… running"),
            (own, "✗ 3 ms"),
            (failed, "✗ 3 ms, cold start 10 ms, no table"),
        ] {
            assert_eq!(
                shown(Entry::Call(call), HOUR),
                format!("13:05:09 night-turn {line}{output}")
            );
        }
    }

    #[test]
    fn a_line_without_a_call_is_shown_and_days_are_told_apart() {
        let day = HOUR * 24;
        let alone = |since| shown(Entry::Line(line("one\ntwo")), since);
        assert_eq!(alone(HOUR), "13:05:09 night-turn one\n  two");
        assert_eq!(alone(day), "11-21 13:05:09 night-turn one\n  two");
    }
}
