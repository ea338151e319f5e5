//! What a stream shows of a recorded change.
//!
//! Source: "Change data capture for DynamoDB Streams" in DynamoDB's developer guide, and `Record` and
//! `StreamRecord` in the API reference.

use serde_json::{Map, Value, json};

use super::log::Recorded;
use super::stream::sequence_number;
use crate::REGION;

/// The record as `GetRecords` returns it; `None` for a write that changed nothing, which is not in a stream.
pub fn shown(recorded: &Recorded, view: &str) -> Option<Value> {
    let item = |text: &Option<String>| {
        let text = text.as_deref()?;
        serde_json::from_str::<Value>(text).ok()
    };
    let (old, new) = (item(&recorded.old_image), item(&recorded.new_image));
    if let (Some(old), Some(new)) = (&old, &new)
        && ordered(old.clone()) == ordered(new.clone())
    {
        return None;
    }
    let keys: Value = serde_json::from_str(&recorded.keys).unwrap_or_default();
    let mut size = bytes_of_item(&keys);
    let mut change = json!({
        "ApproximateCreationDateTime": recorded.written_at,
        "Keys": keys,
        "SequenceNumber": sequence_number(recorded.number),
        "StreamViewType": view,
    });
    for (image, name, views) in [
        (new, "NewImage", ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]),
        (old, "OldImage", ["OLD_IMAGE", "NEW_AND_OLD_IMAGES"]),
    ] {
        if let Some(image) = image.filter(|_| views.contains(&view)) {
            size += bytes_of_item(&image);
            change[name] = image;
        }
    }
    change["SizeBytes"] = json!(size);
    let mut record = json!({
        "eventID": recorded.id,
        "eventName": recorded.event,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": change,
    });
    if let Some(identity) = item(&recorded.identity) {
        // Of a deletion by the time to live.
        record["userIdentity"] =
            json!({ "PrincipalId": identity["principalId"], "Type": identity["type"] });
    }
    Some(record)
}

/// The value with its sets in order, which have none of their own.
fn ordered(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered = members.into_iter().map(|(name, value)| match value {
                Value::Array(mut items) if ["SS", "NS", "BS"].contains(&name.as_str()) => {
                    items.sort_by_key(Value::to_string);
                    (name, Value::Array(items))
                }
                value => (name, ordered(value)),
            });
            Value::Object(ordered.collect::<Map<String, Value>>())
        }
        Value::Array(items) => items.into_iter().map(ordered).collect(),
        value => value,
    }
}

/// Source: "DynamoDB item sizes and formats" in the developer guide.
fn bytes_of_item(item: &Value) -> usize {
    let item = serde_json::from_value(item.clone());
    item.map_or(0, |item| dynoxide::types::item_size(&item))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(old: Option<Value>, new: Option<Value>) -> Recorded {
        Recorded {
            number: 7,
            id: "e".to_owned(),
            event: "MODIFY".to_owned(),
            keys: json!({ "Id": { "N": "101" } }).to_string(),
            new_image: new.map(|it| it.to_string()),
            old_image: old.map(|it| it.to_string()),
            written_at: 1,
            identity: None,
        }
    }

    #[test]
    fn a_view_shows_its_images() {
        let item = |text: &str| Some(json!({ "Id": { "N": "101" }, "Message": { "S": text } }));
        let recorded = recorded(item("New item!"), item("This item has changed"));
        let images = |view: &str| {
            let record = shown(&recorded, view).expect("a change");
            let change = record["dynamodb"].as_object().expect("an object").clone();
            let images = ["NewImage", "OldImage"].map(|name| change.contains_key(name));
            (images, change["SizeBytes"].as_u64().expect("a number"))
        };
        assert_eq!(images("KEYS_ONLY"), ([false, false], 5));
        assert_eq!(images("NEW_IMAGE"), ([true, false], 38));
        assert_eq!(images("OLD_IMAGE"), ([false, true], 26));
        // As in "Process DynamoDB records with Lambda".
        assert_eq!(images("NEW_AND_OLD_IMAGES"), ([true, true], 59));
    }

    #[test]
    fn a_write_that_changes_nothing_is_no_change() {
        let item = |set: [&str; 2]| Some(json!({ "Id": { "N": "1" }, "Set": { "SS": set } }));
        assert_eq!(
            shown(&recorded(item(["a", "b"]), item(["b", "a"])), "KEYS_ONLY"),
            None
        );
        assert!(shown(&recorded(item(["a", "b"]), item(["b", "c"])), "KEYS_ONLY").is_some());
        let list = |list: [&str; 2]| {
            let list = list.map(|text| json!({ "S": text }));
            Some(json!({ "Id": { "N": "1" }, "List": { "L": list } }))
        };
        assert!(shown(&recorded(list(["a", "b"]), list(["b", "a"])), "KEYS_ONLY").is_some());
        assert!(shown(&recorded(None, item(["a", "b"])), "KEYS_ONLY").is_some());
    }

    #[test]
    fn a_deletion_by_the_time_to_live_says_so() {
        let mut recorded = recorded(Some(json!({ "Id": { "N": "101" } })), None);
        recorded.identity =
            Some(r#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#.to_owned());
        let record = shown(&recorded, "KEYS_ONLY").expect("a change");
        let expected = json!({ "PrincipalId": "dynamodb.amazonaws.com", "Type": "Service" });
        assert_eq!(record["userIdentity"], expected);
    }
}
