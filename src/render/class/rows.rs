//! The students of a class in lines, one each, while an operation works on their stacks. Pure.

use std::time::Duration;

use crate::class::{ClassEvent, SHARED, Stage};
use crate::render::prose::{broken, columns, cut};
use crate::render::style::{bad, bold, dim, good};
use crate::render::units::elapsed;

/// A student's name takes this part of a line at most.
const WIDEST_NAME: usize = 3;
/// In fewer columns for the words, there is no time behind them.
const NARROWEST_WORDS: usize = 8;
const GAP: &str = "  ";
const SPINNER: [char; 8] = ['⠹', '⢸', '⣰', '⣤', '⣆', '⡇', '⠏', '⠛'];
const TURN: Duration = Duration::from_millis(100);

/// What each student's stack is at, in the order of the roster.
pub(super) struct Rows {
    class: String,
    rows: Vec<Row>,
}

struct Row {
    student: String,
    stage: Stage,
    /// When it came to this stage, after the start.
    since: Duration,
}

/// The columns and the lines that there are.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub columns: usize,
    pub lines: usize,
}

impl Rows {
    pub fn new(class: &str, students: impl IntoIterator<Item = String>) -> Self {
        let waiting = |student| Row {
            student,
            stage: Stage::Waiting,
            since: Duration::ZERO,
        };
        Self {
            class: class.to_owned(),
            rows: students.into_iter().map(waiting).collect(),
        }
    }

    /// Says whether this is news.
    pub fn take(&mut self, event: &ClassEvent, at: Duration) -> bool {
        let Some(row) = self.rows.iter_mut().find(|it| it.student == event.student) else {
            return false;
        };
        let is_news = row.stage != event.stage;
        if is_news {
            let goes_on = matches!(
                (&row.stage, &event.stage),
                (Stage::Working(_), Stage::Working(_))
            );
            if !goes_on {
                row.since = at;
            }
            row.stage = event.stage.clone();
        }
        is_news
    }

    /// A line for each student and the totals. If there is no room for all, those who failed and those who are
    /// being worked on come first.
    pub fn text(&self, at: Duration, room: Room) -> String {
        let names = self.rows.iter().map(|row| columns(&row.student)).max();
        let name = names.unwrap_or_default().min(room.columns / WIDEST_NAME);
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        let totals = self.totals(at, room.columns);
        let below = totals.lines().count();
        let fits = rows.len() + below <= room.lines;
        if !fits {
            rows.sort_by_key(|row| place(&row.stage));
            rows.truncate(room.lines.saturating_sub(below + 1));
        }
        let lines = rows.iter().map(|row| row.line(at, name, room.columns));
        let mut lines: Vec<String> = lines.collect();
        if !fits {
            let hidden = self.rows.len() - rows.len();
            lines.push(dim(cut(&format!("  and {hidden} more"), room.columns)));
        }
        lines.extend(totals.lines().map(|line| bold(cut(line, room.columns))));
        lines.truncate(room.lines);
        lines.join("\n")
    }

    fn totals(&self, at: Duration, width: usize) -> String {
        let mut places: Vec<(usize, &str)> = Vec::new();
        for (number, words) in PLACES.iter().enumerate() {
            // What the class shares has a line, but is no student.
            let students = self.rows.iter().filter(|row| row.student != SHARED);
            let here = students.filter(|row| place(&row.stage) == number);
            match here.count() {
                0 => {}
                count => places.push((count, words)),
            }
        }
        let counted = places
            .iter()
            .map(|(count, words)| format!("{count} {words}"));
        let counted = counted.collect::<Vec<_>>().join(", ");
        let text = format!("{}: {counted}, {}", self.class, whole_seconds(at));
        broken(&text, width, 0, 2)
    }
}

/// In the order in which they matter when there is no room for all.
const PLACES: [&str; 5] = ["failed", "working", "waiting", "skipped", "done"];

fn place(stage: &Stage) -> usize {
    match stage {
        Stage::Failed(_) => 0,
        Stage::Working(_) => 1,
        Stage::Waiting => 2,
        Stage::Skipped(_) => 3,
        Stage::Ready(_) => 4,
    }
}

impl Row {
    fn line(&self, at: Duration, name_width: usize, width: usize) -> String {
        let spinner = || {
            let turns = at.as_millis() / TURN.as_millis();
            SPINNER[turns as usize % SPINNER.len()].to_string()
        };
        let mark = match &self.stage {
            Stage::Waiting => dim("·"),
            Stage::Working(_) => spinner(),
            Stage::Ready(_) => good("✓"),
            Stage::Failed(_) => bad("✗"),
            Stage::Skipped(_) => dim("-"),
        };
        let name = cut(&self.student, name_width);
        let padding = " ".repeat(name_width.saturating_sub(columns(&name)));
        let room = width.saturating_sub("✓ ".chars().count() + name_width + GAP.len());
        let time = match &self.stage {
            Stage::Working(_) => {
                let time = whole_seconds(at.saturating_sub(self.since));
                format!("{GAP}{time}")
            }
            _ => String::new(),
        };
        let beside = room.saturating_sub(columns(&time));
        let (time, room) = if beside >= NARROWEST_WORDS {
            (time, beside)
        } else {
            (String::new(), room)
        };
        let words = cut(&words(&self.stage), room);
        let words = match &self.stage {
            Stage::Waiting | Stage::Skipped(_) => dim(words),
            _ => words,
        };
        let time = if time.is_empty() { time } else { dim(time) };
        let time = if time.is_empty() { time } else { dim(time) };
        let line = format!("{mark} {name}{padding}{GAP}{words}{time}");
        line.trim_end().to_owned()
    }
}

/// What stands behind a student's name, in one line.
pub(super) fn words(stage: &Stage) -> String {
    let words = match stage {
        Stage::Waiting => "waiting".to_owned(),
        Stage::Working(what) | Stage::Ready(what) => what.clone(),
        Stage::Failed(cause) => format!("failed: {cause}"),
        Stage::Skipped(reason) => format!("skipped: {reason}"),
    };
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn whole_seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        _ => elapsed(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::style::shown;

    /// A class of so many, in each stage some.
    fn class(students: usize) -> Rows {
        let name = |number: usize| match number {
            5 => "maximiliana-ferdinanda-the-second".to_owned(),
            _ => format!("student-{number}"),
        };
        let mut rows = Rows::new("monday", (1..=students).map(name));
        for number in 1..=students {
            let stage = match number % 7 {
                1 | 4 => Stage::Ready("ready".to_owned()),
                2 => Stage::Working("creating the stack".to_owned()),
                3 => Stage::Failed(
                    "the role mafia-x\nis not allowed to be created: you have reached the quota"
                        .to_owned(),
                ),
                6 => Stage::Skipped("its stack belongs to the class tuesday".to_owned()),
                _ => continue,
            };
            let event = ClassEvent {
                student: name(number),
                stage,
            };
            assert!(rows.take(&event, Duration::from_secs(2)));
        }
        rows
    }

    fn drawn(rows: &Rows, columns: usize, lines: usize) -> String {
        let text = rows.text(Duration::from_secs(75), Room { columns, lines });
        let text = shown(&text);
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(plain.lines().count(), text.lines().count());
        for line in plain.lines() {
            assert!(super::columns(line) <= columns, "{line}");
        }
        assert!(plain.lines().count() <= lines, "{plain}");
        plain
    }

    #[test]
    fn every_student_has_a_line_in_the_order_of_the_roster() {
        let rows = class(9);
        insta::assert_snapshot!("rows-on-80-columns", drawn(&rows, 80, 24));
        insta::assert_snapshot!("rows-on-40-columns", drawn(&rows, 40, 24));
    }

    #[test]
    fn without_room_for_all_the_failed_and_the_working_come_first() {
        let rows = class(30);
        insta::assert_snapshot!("rows-of-30", drawn(&rows, 80, 13));
        for lines in 5..40 {
            for columns in [20, 40, 80] {
                drawn(&rows, columns, lines);
            }
        }
    }

    #[test]
    fn colours_mark_the_stages() {
        let rows = class(7);
        let room = Room {
            columns: 60,
            lines: 24,
        };
        let text = shown(&rows.text(Duration::from_secs(75), room));
        insta::assert_snapshot!("rows-in-colour", text.replace('\x1b', "<esc>"));
    }

    #[test]
    fn the_time_of_a_student_is_counted_from_the_first_work_on_the_stack() {
        let mut rows = Rows::new("monday", ["ann".to_owned()]);
        let mut at = |seconds, stage| {
            let event = ClassEvent {
                student: "ann".to_owned(),
                stage,
            };
            rows.take(&event, Duration::from_secs(seconds))
        };
        assert!(at(10, Stage::Working("deleting".to_owned())));
        assert!(at(20, Stage::Working("creating".to_owned())));
        assert!(!at(25, Stage::Working("creating".to_owned())), "no news");
        let text = drawn_at(&rows, 30);
        assert!(text.contains("creating  20 s"), "{text}");
    }

    fn drawn_at(rows: &Rows, seconds: u64) -> String {
        let room = Room {
            columns: 80,
            lines: 24,
        };
        let text = rows.text(Duration::from_secs(seconds), room);
        anstream::adapter::strip_str(&shown(&text)).to_string()
    }

    #[test]
    fn what_the_class_shares_is_counted_as_no_student() {
        let rows = Rows::new("monday", [SHARED.to_owned(), "ann".to_owned()]);
        let text = drawn_at(&rows, 1);
        assert!(text.ends_with("\nmonday: 1 waiting, 1 s"), "{text}");
    }

    #[test]
    fn a_deleted_stack_is_not_called_ready() {
        let mut rows = Rows::new("monday", ["ann".to_owned(), "ben".to_owned()]);
        let event = ClassEvent {
            student: "ben".to_owned(),
            stage: Stage::Ready("deleted".to_owned()),
        };
        assert!(rows.take(&event, Duration::ZERO));
        let text = drawn_at(&rows, 1);
        let lines = "· ann  waiting\n✓ ben  deleted\nmonday: 1 waiting, 1 done, 1 s";
        assert_eq!(text, lines);
    }

    #[test]
    fn a_student_who_is_not_of_the_class_changes_nothing() {
        let mut rows = Rows::new("monday", ["ann".to_owned()]);
        let event = ClassEvent {
            student: "zoe".to_owned(),
            stage: Stage::Ready("ready".to_owned()),
        };
        assert!(!rows.take(&event, Duration::ZERO));
    }
}
