//! Tumbling windows: records of a time are processed batch by batch with a state that the function hands on, and
//! at the end of the time the function is invoked for the last time with it. Pure.
//!
//! Source: "Using AWS Lambda with Amazon DynamoDB", "Tumbling windows".

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::part::Part;
use crate::clock;

/// Of a state, in bytes. A window with a larger one ends early.
const LARGEST_STATE: usize = 1 << 20;

/// A window that has begun and not ended.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Window {
    /// In seconds since 1970, as all times here.
    pub start: i64,
    /// What the function has returned last.
    state: Map<String, Value>,
}

impl Window {
    pub fn new(start: i64) -> Self {
        Self {
            start,
            state: Map::new(),
        }
    }

    pub fn with(&self, state: Map<String, Value>) -> Self {
        Self {
            start: self.start,
            state,
        }
    }

    pub fn end(&self, length: u32) -> i64 {
        self.start + i64::from(length)
    }

    /// Whether the state has become too large to go on with.
    pub fn is_overfull(&self) -> bool {
        json!(self.state).to_string().len() > LARGEST_STATE
    }

    /// What an event has of the window, besides the records.
    pub fn describe(
        &self,
        event: &mut Value,
        length: u32,
        shard: &str,
        source: &str,
        is_final: bool,
    ) {
        event["window"] = json!({
            "start": clock::to_the_second(self.start * 1_000),
            "end": clock::to_the_second(self.end(length) * 1_000),
        });
        event["state"] = json!(self.state);
        event["shardId"] = json!(shard);
        event["eventSourceARN"] = json!(source);
        event["isFinalInvokeForWindow"] = json!(is_final);
        event["isWindowTerminatedEarly"] = json!(is_final && self.is_overfull());
    }
}

/// The start of the window that a record is in.
pub fn start_of(record: &Value, length: u32) -> i64 {
    let made = record["dynamodb"]["ApproximateCreationDateTime"].as_f64();
    let made = made.unwrap_or_default() as i64;
    made - made.rem_euclid(i64::from(length))
}

/// Takes off the records of the window of the first, if there are others.
pub fn split_off_first(part: &mut Part, length: u32) -> Option<Part> {
    let starts = part.records.iter().map(|record| start_of(record, length));
    let first = starts.clone().next()?;
    // A record that comes late is in the window that is open.
    let count = starts.take_while(|start| *start <= first).count();
    (count < part.records.len()).then(|| part.split_off_front(count))
}

/// The state in an answer of the function, which has to return one.
pub fn state(answer: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice::<Value>(answer)
        .ok()?
        .get_mut("state")?
        .take()
    {
        Value::Object(state) => Some(state),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(times: &[u32]) -> Part {
        let records = times.iter().map(|time| {
            json!({ "dynamodb": { "SequenceNumber": time.to_string(), "ApproximateCreationDateTime": time } })
        });
        Part {
            records: records.collect(),
            end: "99".to_owned(),
            ..Part::default()
        }
    }

    #[test]
    fn records_are_taken_window_by_window() {
        let mut whole = part(&[60, 61, 59, 90, 121]);
        let first = split_off_first(&mut whole, 30).expect("the first window");
        assert_eq!((first.records.len(), &*first.end), (3, "59"));
        let second = split_off_first(&mut whole, 30).expect("the second");
        assert_eq!((second.records.len(), &*second.end), (1, "90"));
        assert_eq!(split_off_first(&mut whole, 30), None);
        assert_eq!(start_of(&whole.records[0], 30), 120);
    }

    #[test]
    fn an_event_says_the_window_and_its_state() {
        let state = json!({ "a": 1 });
        let window = Window::new(60).with(state.as_object().expect("an object").clone());
        let mut event = json!({ "Records": [] });
        window.describe(&mut event, 30, "shard", "arn", true);
        let expected = json!({ "Records": [], "state": { "a": 1 }, "shardId": "shard",
            "window": { "start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:01:30Z" },
            "eventSourceARN": "arn", "isFinalInvokeForWindow": true, "isWindowTerminatedEarly": false });
        assert_eq!(event, expected);
        let large = json!({ "a": "x".repeat(LARGEST_STATE) });
        let large = window.with(large.as_object().expect("an object").clone());
        assert!(large.is_overfull() && !window.is_overfull());
    }

    #[test]
    fn an_answer_has_to_have_a_state() {
        assert_eq!(state(br#"{"state": {}}"#), Some(Map::new()));
        for answer in ["", "null", "{}", r#"{"state": 1}"#] {
            assert_eq!(state(answer.as_bytes()), None, "{answer}");
        }
    }
}
