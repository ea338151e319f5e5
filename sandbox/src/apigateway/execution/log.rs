//! The log of an execution, as `TestInvokeMethod` returns it.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::request::Pairs;

/// Lines are written where somebody reads them.
#[derive(Debug)]
pub enum Log {
    Off,
    Lines(String),
}

/// In characters. What is longer is cut.
const LONGEST: usize = 1024;

impl Log {
    pub fn new(request_id: &str) -> Self {
        Self::Lines(format!("Execution log for request {request_id}\n"))
    }

    pub fn line(&mut self, text: impl FnOnce() -> String) {
        if let Self::Lines(lines) = self {
            let text = text();
            let cut = text.chars().take(LONGEST).collect::<String>();
            let end = if cut.len() < text.len() {
                " [TRUNCATED]"
            } else {
                ""
            };
            lines.push_str(&format!("{} : {cut}{end}\n", now()));
        }
    }

    pub fn into_text(self) -> String {
        match self {
            Self::Off => String::new(),
            Self::Lines(lines) => lines,
        }
    }
}

/// As in `Fri Nov 27 02:10:00 UTC 2026`.
fn now() -> String {
    const FORMAT: &[BorrowedFormatItem] = format_description!(
        "[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]"
    );
    OffsetDateTime::now_utc().format(FORMAT).unwrap_or_default()
}

/// As in `{a=1, b=2}`.
pub fn map(pairs: &Pairs) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in pairs {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let entries = names.iter().map(|name| {
        let values = pairs.iter().filter(|(known, _)| known == name);
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        format!("{name}={}", values.join(","))
    });
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}

pub fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

/// A test's result has headers once and with all values.
pub fn header_maps(pairs: &Pairs) -> (Value, Value) {
    let (mut single, mut multiple) = (serde_json::Map::new(), serde_json::Map::new());
    for (name, value) in pairs {
        single.insert(name.clone(), Value::from(value.as_str()));
        let all = multiple
            .entry(name.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = all {
            all.push(Value::from(value.as_str()));
        }
    }
    (Value::Object(single), Value::Object(multiple))
}
