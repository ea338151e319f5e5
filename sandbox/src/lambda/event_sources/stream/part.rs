//! A part of what was read, which a function gets as one batch, and what follows when it fails. Pure.

use serde_json::Value;

use super::super::settings::StreamSettings;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub records: Vec<Value>,
    /// The sequence number up to which everything is done when the part is.
    pub end: String,
    /// How often the function has failed with it.
    pub failures: u32,
    /// Whether it is the last of a window, which has no records.
    pub is_final: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Retry(Part),
    /// In their order.
    Halves(Part, Part),
    GiveUp(Part),
}

impl Part {
    /// Takes off the records that are older than `age` at `now`, in milliseconds; `None` if none is.
    pub fn split_old(&mut self, age: Option<i64>, now: i64) -> Option<Self> {
        let horizon = now - age?;
        let is_old = |record: &Value| {
            let made = &record["dynamodb"]["ApproximateCreationDateTime"];
            made.as_i64()
                .is_some_and(|seconds| seconds * 1_000 < horizon)
        };
        let count = self
            .records
            .iter()
            .take_while(|record| is_old(record))
            .count();
        (count > 0).then(|| self.split_off_front(count))
    }

    /// What follows when the function has failed after so many of the records.
    pub fn after_failure(mut self, done: usize, settings: &StreamSettings) -> Next {
        drop(self.split_off_front(done));
        // Source: "Implementing partial batch responses": it is bisected where the function says.
        if settings.bisects && done > 0 {
            return Next::Retry(self);
        }
        // Source: the documentation of BisectBatchOnFunctionError: splitting is no retry.
        if settings.bisects && self.records.len() > 1 {
            let first = self.split_off_front(self.records.len().div_ceil(2));
            return Next::Halves(first, self);
        }
        self.failures += 1;
        match settings.max_retries() {
            Some(most) if self.failures > most => Next::GiveUp(self),
            _ => Next::Retry(self),
        }
    }

    /// The first records, which are a part of their own. At least one has to be left for the rest, or the
    /// part is taken whole.
    pub fn split_off_front(&mut self, count: usize) -> Self {
        let rest = self.records.split_off(count);
        let records = std::mem::replace(&mut self.records, rest);
        let last = records.last().map(super::sequence_number);
        let end = match self.records.is_empty() {
            true => self.end.clone(),
            false => last.unwrap_or_default().to_owned(),
        };
        Self {
            records,
            end,
            failures: self.failures,
            is_final: self.is_final,
        }
    }

    /// The end of a window.
    pub fn end_of_window() -> Self {
        Self {
            is_final: true,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::settings::{StartingPosition, StreamSettings};
    use super::*;

    fn part(numbers: &[u32], end: u32) -> Part {
        let records = numbers.iter().map(|number| {
            json!({ "dynamodb": { "SequenceNumber": number.to_string(), "ApproximateCreationDateTime": number } })
        });
        Part {
            records: records.collect(),
            end: end.to_string(),
            ..Part::default()
        }
    }

    fn settings(change: Value) -> StreamSettings {
        let mut settings = StreamSettings::new(StartingPosition::Latest);
        settings.change(serde_json::from_value(change).expect("a change"));
        settings
    }

    #[test]
    fn a_part_is_tried_as_often_as_the_mapping_says() {
        let Next::Retry(again) = part(&[1, 2], 3).after_failure(0, &settings(json!({}))) else {
            panic!("it is tried without an end");
        };
        assert_eq!(again.failures, 1);
        let once = settings(json!({ "MaximumRetryAttempts": 1 }));
        let Next::Retry(again) = part(&[1, 2], 3).after_failure(0, &once) else {
            panic!("it is tried once more");
        };
        let Next::GiveUp(part) = again.after_failure(0, &once) else {
            panic!("it is given up");
        };
        assert_eq!(part.end, "3");
    }

    #[test]
    fn a_part_is_tried_in_halves() {
        let bisecting =
            settings(json!({ "BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 0 }));
        let next = part(&[1, 2, 3], 5).after_failure(0, &bisecting);
        assert_eq!(next, Next::Halves(part(&[1, 2], 2), part(&[3], 5)));
        let next = part(&[1, 2, 3], 5).after_failure(1, &bisecting);
        assert_eq!(next, Next::Retry(part(&[2, 3], 5)));
        let next = part(&[3], 5).after_failure(0, &bisecting);
        assert!(matches!(next, Next::GiveUp(part) if part.end == "5"));
    }

    #[test]
    fn what_is_too_old_is_taken_off() {
        let mut whole = part(&[100, 101, 103], 104);
        assert_eq!(whole.split_old(None, 170_000), None);
        assert_eq!(whole.split_old(Some(60_000), 160_000), None);
        assert_eq!(
            whole.split_old(Some(60_000), 162_000),
            Some(part(&[100, 101], 101))
        );
        assert_eq!(whole, part(&[103], 104));
        assert_eq!(
            whole.split_old(Some(60_000), 170_000),
            Some(part(&[103], 104))
        );
        assert_eq!(whole.records, [] as [Value; 0]);
    }
}
