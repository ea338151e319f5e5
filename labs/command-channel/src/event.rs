//! What has happened, and how a function gets it from the stream of the table of events.

use aws_sdk_dynamodb::types::AttributeValue;
use mafia_support::{Answer, Request};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::ProposeDestination;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Destination {
    pub name: String,
    pub geolocation: Geolocation,
}

/// In degrees.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Geolocation {
    pub latitude: f64,
    pub longitude: f64,
}

/// An item of the table of events.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// What the event is about. Events of a stream belong together.
    pub stream_name: String,
    pub event_id: String,
    pub event_type: String,
    pub destination: Destination,
}

/// The type of the event that a destination was proposed.
pub const PROPOSED: &str = "DestinationProposed";

impl From<ProposeDestination> for Event {
    /// The ids follow from the command's, so that the same command is the same event.
    fn from(command: ProposeDestination) -> Self {
        Self {
            stream_name: format!("destination-{}", command.id),
            event_id: command.id,
            event_type: PROPOSED.to_owned(),
            destination: command.destination,
        }
    }
}

/// A change in the table of events, as its stream tells it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Lambda is told the number of a change that could not be processed.
    pub sequence_number: String,
    /// `None` for a change that is no new event, or one of a type that is not known here; an error if it cannot be told.
    pub event: Result<Option<Event>, String>,
}

/// The changes in an event of DynamoDB Streams, in their order.
///
/// Source: Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB".
pub fn changes(request: &Request) -> Result<Vec<Change>, Answer> {
    let records = request.event()["Records"].as_array();
    let records = records.ok_or_else(|| Answer::refusal(400, "This is no event of a stream"))?;
    records.iter().map(change).collect()
}

fn change(record: &Value) -> Result<Change, Answer> {
    let number = record["dynamodb"]["SequenceNumber"].as_str();
    let number = number.ok_or_else(|| Answer::refusal(400, "A record has no sequence number"))?;
    Ok(Change {
        sequence_number: number.to_owned(),
        event: new_event(record),
    })
}

fn new_event(record: &Value) -> Result<Option<Event>, String> {
    if record["eventName"] != "INSERT" {
        return Ok(None);
    }
    let Some(image) = record["dynamodb"].get("NewImage") else {
        return Err(
            "the stream does not show new items: its StreamViewType must be NEW_IMAGE".to_owned(),
        );
    };
    if image["EventType"]["S"] != PROPOSED {
        return Ok(None);
    }
    let event = read(image).ok_or_else(|| format!("the event has not its form: {image}"))?;
    Ok(Some(event))
}

/// An item in DynamoDB's own JSON: `{"Name": {"S": "Zoo"}}`.
fn read(image: &Value) -> Option<Event> {
    let attributes = image.as_object()?.iter();
    let item = attributes.map(|(name, value)| Some((name.clone(), attribute(value)?)));
    let item: Option<std::collections::HashMap<_, _>> = item.collect();
    serde_dynamo::from_item(item?).ok()
}

/// The kinds of values that events have.
fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, value) = value.as_object()?.iter().next()?;
    match kind.as_str() {
        "S" => Some(AttributeValue::S(value.as_str()?.to_owned())),
        "N" => Some(AttributeValue::N(value.as_str()?.to_owned())),
        "M" => {
            let fields = value.as_object()?.iter();
            let fields = fields.map(|(name, value)| Some((name.clone(), attribute(value)?)));
            Some(AttributeValue::M(fields.collect::<Option<_>>()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn image() -> Value {
        json!({
            "StreamName": { "S": "destination-1" },
            "EventId": { "S": "1" },
            "EventType": { "S": PROPOSED },
            "Destination": { "M": {
                "name": { "S": "Zoo" },
                "geolocation": { "M": { "latitude": { "N": "55.94" }, "longitude": { "N": "-3" } } },
            } },
        })
    }

    fn record(kind: &str, image: &Value) -> Value {
        json!({ "eventName": kind, "dynamodb": { "SequenceNumber": "7", "NewImage": image } })
    }

    #[test]
    fn new_events_are_read_from_their_images() {
        let event = json!({ "Records": [record("INSERT", &image())] });
        let changes = changes(&Request::new(event)).expect("an event");
        let event = changes[0].event.as_ref().expect("it can be read");
        let event = event.as_ref().expect("it is one");
        assert_eq!(changes[0].sequence_number, "7");
        assert_eq!(
            (event.stream_name.as_str(), event.event_id.as_str()),
            ("destination-1", "1")
        );
        assert_eq!(event.destination.geolocation.latitude.to_string(), "55.94");
    }

    #[test]
    fn what_is_no_new_event_is_passed_over() {
        let mut other = image();
        other["EventType"]["S"] = json!("DestinationRated");
        for record in [
            record("REMOVE", &Value::Null),
            record("MODIFY", &image()),
            record("INSERT", &other),
        ] {
            let changes = changes(&Request::new(json!({ "Records": [record] }))).expect("an event");
            assert_eq!(changes[0].event, Ok(None));
        }
    }

    #[test]
    fn a_new_event_that_cannot_be_read_is_not_passed_over() {
        let mut broken = image();
        broken["Destination"] = json!({ "S": "Zoo" });
        let hidden = json!({ "eventName": "INSERT", "dynamodb": { "SequenceNumber": "7" } });
        for (record, reason) in [
            (hidden, "NEW_IMAGE"),
            (record("INSERT", &broken), "its form"),
        ] {
            let changes = changes(&Request::new(json!({ "Records": [record] }))).expect("an event");
            let refused = changes[0].event.as_ref().expect_err("it cannot be read");
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn what_is_no_event_of_a_stream_is_refused() {
        for event in [json!({}), json!({ "Records": [{}] })] {
            assert_eq!(changes(&Request::new(event)).expect_err("none").status, 400);
        }
    }
}
