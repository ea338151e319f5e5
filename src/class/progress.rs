//! How far the students of a class are with the labs: a row for each in a table of the shared stack. Each student
//! writes only the own row, as the policy says, and the instructor reads all of them at once.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cloud::{Cloud, CloudError, Item, Stack, StoredItem, StoredValue};
use crate::deploy::{self, Membership};
use crate::names::WORKSHOP;

/// The output of the shared stack with the name of the table.
const TABLE_OUTPUT: &str = "ProgressTable";
/// The attributes of a row; the first is its key, the name of the student's stack.
const STUDENT: &str = "Student";
const PASSED: &str = "Passed";
const FAILED: &str = "Failed";
const SINCE: &str = "Since";
/// More than a class has students.
const MOST_ROWS: usize = 1000;

/// How far one student is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StudentProgress {
    /// The labs that were passed, in their order.
    pub passed: Vec<String>,
    /// The check that failed last, as `01.2/identities-stay-hidden`, unless it has passed since.
    pub failed: Option<String>,
    /// When it failed first, in seconds since 1970.
    pub since: Option<u64>,
}

impl StudentProgress {
    /// The lab of the check that failed last.
    pub fn failed_lab(&self) -> Option<&str> {
        self.failed.as_deref()?.split('/').next()
    }

    /// `01.2/identities-stay-hidden for 12 min`; `now` is in seconds since 1970.
    pub fn stuck_on(&self, now: u64) -> Option<String> {
        let failed = self.failed.as_ref()?;
        let minutes = now.saturating_sub(self.since.unwrap_or(now)) / 60;
        Some(match minutes {
            0 => failed.clone(),
            1..60 => format!("{failed} for {minutes} min"),
            _ => format!("{failed} for {} h", minutes / 60),
        })
    }

    fn item(&self, stack: &str) -> StoredItem {
        let text = |name: &str, text: &str| (name.to_owned(), StoredValue::from(text));
        let mut item =
            StoredItem::from([text(STUDENT, stack), text(PASSED, &self.passed.join(" "))]);
        item.extend(self.failed.as_ref().map(|failed| text(FAILED, failed)));
        let since = self.since.map(|since| StoredValue::N(since.to_string()));
        item.extend(since.map(|since| (SINCE.to_owned(), since)));
        item
    }

    fn read(item: &Item) -> Option<(String, Self)> {
        let text = |name: &str| item.get(name).and_then(|it| it.as_str());
        let passed = text(PASSED).unwrap_or_default().split_whitespace();
        let progress = Self {
            passed: passed.map(str::to_owned).collect(),
            failed: text(FAILED).map(str::to_owned),
            since: item.get(SINCE).and_then(|it| it.as_u64()),
        };
        Some((text(STUDENT)?.to_owned(), progress))
    }
}

/// Writes how far the student with this stack is; nothing where the stack is of no class, or the class keeps no
/// progress. A check that failed before keeps its time.
pub async fn record(
    cloud: &Cloud,
    stack: &Stack,
    progress: &StudentProgress,
) -> Result<(), CloudError> {
    if Membership::of(stack).is_none_or(|place| place.student.is_none()) {
        return Ok(());
    }
    let workshop = deploy::workshop_of(stack).unwrap_or(WORKSHOP);
    let shared = cloud.stack(workshop).await?;
    let Some(table) = shared.as_ref().and_then(table_of) else {
        return Ok(());
    };
    let item = progress.item(&stack.name);
    cloud.put_unless_same(table, &item, FAILED).await
}

/// How far all are, by the names of their stacks. What only informs does not end a command: a table that cannot be
/// read tells nothing.
pub async fn read(
    cloud: &Cloud,
    shared: &Stack,
) -> Result<BTreeMap<String, StudentProgress>, CloudError> {
    let Some(table) = table_of(shared) else {
        return Ok(BTreeMap::new());
    };
    match cloud.items(table, None, MOST_ROWS).await {
        Ok(rows) => Ok(rows
            .items
            .iter()
            .filter_map(StudentProgress::read)
            .collect()),
        Err(error) if error.concerns_one_request() => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

fn table_of(shared: &Stack) -> Option<&str> {
    shared.outputs.get(TABLE_OUTPUT).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_student_is_stuck_on_has_its_time() {
        let stuck = StudentProgress {
            failed: Some("01.2/a".to_owned()),
            since: Some(1000),
            ..StudentProgress::default()
        };
        assert_eq!(stuck.failed_lab(), Some("01.2"));
        for (now, words) in [
            (1000, "01.2/a"),
            (900, "01.2/a"),
            (1720, "01.2/a for 12 min"),
            (8200, "01.2/a for 2 h"),
        ] {
            assert_eq!(stuck.stuck_on(now).as_deref(), Some(words));
        }
        assert_eq!(StudentProgress::default().stuck_on(0), None);
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let row =
            json!({ "Student": "m-ann", "Passed": "00 01.1", "Failed": "01.2/a", "Since": 7 });
        let item: Item = serde_json::from_value(row).expect("an object");
        let (stack, progress) = StudentProgress::read(&item).expect("it has a key");
        assert_eq!((stack.as_str(), progress.passed.len()), ("m-ann", 2));
        let written = progress.item(&stack);
        assert_eq!(written["Passed"].text(), Some("00 01.1"));
        assert_eq!(written["Failed"].text(), Some("01.2/a"));
        assert_eq!(written["Since"], StoredValue::N("7".to_owned()));
        let nothing = StudentProgress::default().item("m-ann");
        assert_eq!(nothing.keys().collect::<Vec<_>>(), ["Passed", "Student"]);
        assert_eq!(StudentProgress::read(&Item::new()), None);
    }
}
