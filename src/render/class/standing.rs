//! How a class stands: a row for each student, and below it each reason once, with everybody who is stuck
//! for it; and the same as a document to keep.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::class::{ClassStanding, StudentStanding};
use crate::render::prose::wrapped;
use crate::render::style::{bad, bold, dim, good};
use crate::render::table::Table;
use crate::render::terminal;
use crate::render::{Printer, minute_of};
use crate::wording::count;

/// `now` is in seconds since 1970.
pub fn class_standing(standing: &ClassStanding, now: u64) -> String {
    fitted(standing, now, terminal::width(&io::stdout()))
}

fn fitted(standing: &ClassStanding, now: u64, width: Option<usize>) -> String {
    let counts_errors = standing.students.iter().any(|it| it.errors.is_some());
    let errors = if counts_errors { &[">ERRORS"][..] } else { &[] };
    let labs = labs(standing);
    let labs_heading = if labs.is_empty() { &[][..] } else { &["LABS"] };
    let headings = [
        &["", "STUDENT", "STACK"],
        labs_heading,
        &["CODE", "DEPLOYED"],
        errors,
        &["GAME"],
    ]
    .concat();
    let mut table = Table::new(&headings)
        .without_if_narrow(&["DEPLOYED", "CODE", "ERRORS", "GAME"])
        .in_lines();
    for student in &standing.students {
        let mark = match (&student.stuck, &student.status) {
            (Some(_), _) => bad("✗"),
            (None, None) => dim("-"),
            (None, Some(_)) => good("✓"),
        };
        let deployed = student
            .last_deploy
            .map(|time| ago(now.saturating_sub(time)));
        let mut cells = vec![mark, student.student.clone(), stack(student).to_owned()];
        if !labs.is_empty() {
            cells.push(marks(student, &labs));
        }
        cells.extend([code(student), deployed.unwrap_or_default()]);
        if counts_errors {
            cells.push(
                student
                    .errors
                    .map_or(String::new(), |errors| errors.to_string()),
            );
        }
        cells.push(student.game.clone().unwrap_or_default());
        table.row(cells);
    }
    let mut parts = vec![table.fitted(width.unwrap_or(usize::MAX))];
    parts.extend(reasons(standing).into_iter().map(|(why, students)| {
        let who = wrapped(&students.join(", "), width, 2, 2);
        let why = wrapped(&format!("  {why}"), width, 0, 2);
        format!("{} {}\n{why}", bad("✗"), bold(who))
    }));
    let stuck = standing.students.iter().filter_map(|student| {
        let on = student.progress.as_ref()?.stuck_on(now)?;
        let line = format!("{} {} is stuck on {on}", bad("✗"), bold(&student.student));
        Some(wrapped(&line, width, 0, 2))
    });
    let stuck: Vec<String> = stuck.collect();
    parts.extend((!stuck.is_empty()).then(|| stuck.join("\n")));
    parts.extend(parameters(standing, width));
    if !labs.is_empty() {
        let labs: Vec<&str> = labs.into_iter().collect();
        let legend = format!("LABS: {}; ✓ passed, ✗ failed", labs.join(", "));
        parts.push(wrapped(&legend, width, 0, 2));
    }
    parts.push(wrapped(&totals(standing), width, 0, 0));
    parts.join("\n\n")
}

/// The ids of all labs that somebody has checked.
fn labs(standing: &ClassStanding) -> BTreeSet<&str> {
    let progress = standing
        .students
        .iter()
        .filter_map(|it| it.progress.as_ref());
    let labs = progress.flat_map(|it| {
        let passed = it.passed.iter().map(String::as_str);
        passed.chain(it.failed_lab())
    });
    labs.collect()
}

/// A mark for each lab.
fn marks(student: &StudentStanding, labs: &BTreeSet<&str>) -> String {
    let progress = student.progress.clone().unwrap_or_default();
    let mark = |lab: &&str| match progress.failed_lab() {
        Some(failed) if failed == *lab => "✗",
        _ if progress.passed.iter().any(|it| it == lab) => "✓",
        _ => "·",
    };
    labs.iter().map(mark).collect()
}

/// The stack in a word: what CloudFormation's status means for the student.
fn stack(student: &StudentStanding) -> &'static str {
    let Some(status) = student.status.as_deref() else {
        return if student.stuck.is_some() {
            "another's"
        } else {
            "none"
        };
    };
    match status {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" => "ready",
        "UPDATE_ROLLBACK_COMPLETE" => "rolled back",
        _ if !status.ends_with("_IN_PROGRESS") => "failed",
        _ if status.contains("ROLLBACK") => "rolling back",
        _ if status.starts_with("CREATE") => "creating",
        _ if status.starts_with("DELETE") => "deleting",
        _ => "updating",
    }
}

fn code(student: &StudentStanding) -> String {
    match student.differing.as_deref() {
        None => String::new(),
        Some([]) => "the class's".to_owned(),
        Some(differing) => format!("{} differ", differing.len()),
    }
}

/// `3 min ago`.
fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => "now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Each reason once, with the students who are stuck for it.
fn reasons(standing: &ClassStanding) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for student in &standing.students {
        let Some(why) = student.stuck.as_deref() else {
            continue;
        };
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, students)) => students.push(&student.student),
            None => reasons.push((why, vec![&student.student])),
        }
    }
    reasons
}

/// The parameters that differ from the roster, equal ones once, with the students who have them.
fn parameters(standing: &ClassStanding, width: Option<usize>) -> Option<String> {
    let mut all: Vec<(String, Vec<&str>)> = Vec::new();
    for student in &standing.students {
        let differing = student.parameters.as_deref().unwrap_or_default();
        if differing.is_empty() {
            continue;
        }
        let differing = differing.join(", ");
        match all.iter_mut().find(|(other, _)| *other == differing) {
            Some((_, students)) => students.push(&student.student),
            None => all.push((differing, vec![&student.student])),
        }
    }
    let lines = all.iter().map(|(differing, students)| {
        let line = format!("  {}: {differing}", bold(students.join(", ")));
        wrapped(&line, width, 0, 4)
    });
    let lines: Vec<String> = lines.collect();
    let heading = wrapped("Other parameters than in the roster:", width, 0, 0);
    (!lines.is_empty()).then(|| format!("{heading}\n{}", lines.join("\n")))
}

fn totals(standing: &ClassStanding) -> String {
    let all = &standing.students;
    let number =
        |is_it: &dyn Fn(&StudentStanding) -> bool| all.iter().filter(|it| is_it(it)).count();
    let parts = [
        (number(&|it| it.stuck.is_some()), "stuck"),
        (
            number(&|it| it.status.is_none() && it.stuck.is_none()),
            "without a stack",
        ),
        (
            number(&|it| it.differing.as_ref().is_some_and(|it| !it.is_empty())),
            "with other code than the class",
        ),
        (number(&|it| it.game.is_some()), "with a game"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let students = count(all.len(), "student");
    let head = format!("class {}: {students}", bold(&standing.class));
    match parts.is_empty() {
        true => head,
        false => format!("{head}, {}", parts.join(", ")),
    }
}

/// The standing on a terminal, where it changes in place.
pub struct LiveStanding<'a> {
    printer: &'a Printer,
    shown: Arc<Mutex<(ClassStanding, u64)>>,
}

impl Printer {
    /// `None` where nothing can change in place.
    pub fn live_standing(&self) -> Option<LiveStanding<'_>> {
        let shown: Arc<Mutex<(ClassStanding, u64)>> = Arc::default();
        if !self.progress.is_live() {
            return None;
        }
        let drawn = shown.clone();
        self.progress.show_lines(move |columns, lines| {
            let (standing, now) = &*locked(&drawn);
            let text = fitted(standing, *now, Some(columns));
            cut_to(&text, lines)
        });
        Some(LiveStanding {
            printer: self,
            shown,
        })
    }
}

/// The text in so many lines: the stuck are first, and the totals last.
fn cut_to(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    if all.len() <= lines {
        return text.to_owned();
    }
    let totals = all.iter().rev().take_while(|line| !line.is_empty()).count();
    let (rows, totals) = all.split_at(all.len() - totals);
    let rows = &rows[..lines.saturating_sub(totals.len() + 1).min(rows.len())];
    [rows, &["…"], totals].concat().join("\n")
}

impl LiveStanding<'_> {
    pub fn show(&self, standing: &ClassStanding, now: u64) {
        *locked(&self.shown) = (standing.clone(), now);
    }
}

impl Drop for LiveStanding<'_> {
    fn drop(&mut self) {
        self.printer.progress.clear();
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is shown is valid even after a panic in another thread.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One student in a line, for a log of changes.
pub fn student_standing(student: &StudentStanding) -> String {
    let parts = [Some(stack(student).to_owned())].into_iter().chain([
        Some(code(student)).filter(|code| code.ends_with("differ")),
        student
            .parameters
            .as_ref()
            .filter(|it| !it.is_empty())
            .map(|it| it.join(", ")),
        student.game.clone(),
        student
            .progress
            .as_ref()
            .and_then(|it| Some(format!("stuck on {}", it.failed.as_ref()?))),
        student
            .errors
            .filter(|it| *it > 0)
            .map(|it| count(it, "failed call")),
        student
            .stuck
            .as_ref()
            .map(|why| bad(format!("stuck: {why}"))),
    ]);
    let parts: Vec<String> = parts.flatten().collect();
    format!("{}: {}", bold(&student.student), parts.join("; "))
}

/// The columns of a document.
const COLUMNS: [&str; 11] = [
    "Student",
    "Stack",
    "Status",
    "Other code",
    "Other parameters",
    "Last deployment (UTC)",
    "Game",
    "Errors",
    "Stuck",
    "Labs passed",
    "Check failed",
];

fn cells(student: &StudentStanding) -> [String; 11] {
    let progress = student.progress.clone().unwrap_or_default();
    [
        student.student.clone(),
        student.stack.clone(),
        student.status.clone().unwrap_or_else(|| "none".to_owned()),
        student.differing.as_deref().unwrap_or_default().join(" "),
        student.parameters.as_deref().unwrap_or_default().join(" "),
        student.last_deploy.and_then(minute_of).unwrap_or_default(),
        student.game.clone().unwrap_or_default(),
        student
            .errors
            .map(|errors| errors.to_string())
            .unwrap_or_default(),
        student.stuck.clone().unwrap_or_default(),
        progress.passed.join(" "),
        progress.failed.unwrap_or_default(),
    ]
}

/// The standing in the format of spreadsheets.
pub fn class_csv(standing: &ClassStanding) -> String {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let rows = standing
        .students
        .iter()
        .map(|it| cells(it).map(in_a_spreadsheet));
    let all = std::iter::once(COLUMNS.map(str::to_owned)).chain(rows);
    for row in all {
        csv.write_record(row).expect("memory takes all rows");
    }
    let bytes = csv.into_inner().expect("memory takes all rows");
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}

/// As a text, not as a formula.
///
/// Source: OWASP, "CSV Injection".
fn in_a_spreadsheet(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@']) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// The standing as a page of Markdown.
pub fn class_markdown(standing: &ClassStanding, now: u64) -> String {
    let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let headings = COLUMNS.map(str::to_owned);
    let mut lines = vec![
        format!("# Class {}", standing.class),
        String::new(),
        format!("{} UTC", minute_of(now).unwrap_or_default()),
        String::new(),
        row(&headings),
        row(&headings.each_ref().map(|_| "---".to_owned())),
    ];
    lines.extend(standing.students.iter().map(|student| {
        let cells = cells(student).map(|cell| cell.replace('|', "\\|").replace('\n', " "));
        row(&cells)
    }));
    lines.push(String::new());
    let plain = anstream::adapter::strip_str(&totals(standing)).to_string();
    lines.push(plain);
    lines.join("\n")
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
