//! The event that a function gets for a batch of records.
//!
//! Source: "Example Amazon DynamoDB Streams event" in Lambda's developer guide.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::event_pattern::Pattern;

pub fn event(records: &[Value]) -> Value {
    json!({ "Records": records })
}

/// A record of `GetRecords` as a function gets it.
pub fn record(mut record: Value, source: &str) -> Value {
    record["eventSourceARN"] = json!(source);
    if let Some(identity) = record.get_mut("userIdentity") {
        *identity = json!({ "principalId": identity["PrincipalId"], "type": identity["Type"] });
    }
    record
}

/// Whether one of the patterns matches the record.
pub fn is_wanted(record: &Value, patterns: &[Pattern]) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(record))
}

/// Which of so many lanes the record belongs to, by the value of its partition key `key`.
pub fn lane(record: &Value, key: &str, lanes: u32) -> u32 {
    let value = record["dynamodb"]["Keys"][key].to_string();
    let digest = Sha256::digest(value);
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_its_source_and_who_deleted_the_item() {
        let shown = json!({ "eventName": "REMOVE", "dynamodb": {},
            "userIdentity": { "PrincipalId": "dynamodb.amazonaws.com", "Type": "Service" } });
        let expected = json!({ "eventName": "REMOVE", "dynamodb": {}, "eventSourceARN": "arn",
            "userIdentity": { "principalId": "dynamodb.amazonaws.com", "type": "Service" } });
        assert_eq!(record(shown, "arn"), expected);
    }

    #[test]
    fn a_pattern_is_about_the_whole_record() {
        let record = json!({ "eventName": "INSERT",
            "dynamodb": { "NewImage": { "Kind": { "S": "proposed" } } } });
        let wanted =
            |pattern: Value| is_wanted(&record, &[Pattern::read(&pattern).expect("a pattern")]);
        assert!(wanted(json!({ "eventName": ["INSERT"] })));
        assert!(!wanted(json!({ "eventName": ["REMOVE"] })));
        assert!(wanted(
            json!({ "dynamodb": { "NewImage": { "Kind": { "S": [{ "prefix": "prop" }] } } } })
        ));
        assert!(is_wanted(&record, &[]));
    }

    #[test]
    fn records_of_a_key_are_in_one_lane() {
        let record = |key: &str, range: u32| json!({ "dynamodb": { "Keys": { "Stream": { "S": key }, "Id": { "N": range.to_string() } } } });
        let lanes: Vec<u32> = (0..40)
            .map(|number| lane(&record(&number.to_string(), 1), "Stream", 4))
            .collect();
        assert!((0..4).all(|wanted| lanes.contains(&wanted)), "{lanes:?}");
        assert_eq!(
            lane(&record("a", 1), "Stream", 4),
            lane(&record("a", 2), "Stream", 4)
        );
    }
}
