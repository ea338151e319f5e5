//! `PutEvents`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Events;
use super::event::event;
use super::fault::invalid;
use super::names::bus_name;
use crate::constraint::unsatisfied;
use crate::delivery::{BusEvent, NotAccepted};
use crate::fault::{Answer, Fault};

/// Source: the documentation of PutEvents, as for what follows.
const MOST: usize = 10;
/// In bytes, of all entries together.
const LARGEST: usize = 1 << 20;
/// What a time adds to that.
const TIME_BYTES: usize = 14;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRequest {
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    /// In seconds since 1970.
    time: Option<f64>,
    source: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
}

/// Why an entry is refused: a code and a message.
type Refused = (&'static str, String);

/// Takes the entries on that are right, for all targets of the rules that they match, and names the others.
pub async fn put(events: &Events, request: PutRequest) -> Answer {
    check(&request.entries)?;
    let (mut deliveries, mut results) = (Vec::new(), Vec::new());
    for entry in request.entries {
        let bus = bus_name(entry.event_bus_name.as_deref())?.to_owned();
        results.push(match entry.contents(events.clock.now()) {
            Ok(contents) => {
                let (id, event) = event(contents);
                // AWS takes an event for a bus that there is not, too.
                deliveries.extend(events.deliveries_of(&bus, &event)?);
                Ok(id)
            }
            Err(refused) => Err(refused),
        });
    }
    match events.deliveries.accept_all(deliveries) {
        Ok(()) => {}
        Err(NotAccepted::Full) => {
            let full = || ("ThrottlingException", "Rate exceeded".to_owned());
            results = results.into_iter().map(|it| it.and(Err(full()))).collect();
        }
        Err(NotAccepted::Store(error)) => return Err(error.into()),
    }
    let failed = results.iter().filter(|result| result.is_err()).count();
    let entries = results.into_iter().map(|result| match result {
        Ok(id) => json!({ "EventId": id }),
        Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
    });
    Ok(json!({ "FailedEntryCount": failed, "Entries": entries.collect::<Vec<_>>() }))
}

fn check(entries: &[Entry]) -> Result<(), Fault> {
    let expected = match entries.len() {
        0 => Some("have length greater than or equal to 1".to_owned()),
        1..=MOST => None,
        _ => Some(format!("have length less than or equal to {MOST}")),
    };
    if let Some(expected) = expected {
        return Err(invalid(unsatisfied("entries", "[]", &expected)));
    }
    if entries.iter().map(Entry::size).sum::<usize>() > LARGEST {
        return Err(invalid(
            "Total size of the entries in the request is over the limit.",
        ));
    }
    Ok(())
}

impl Entry {
    /// Source: "Calculating Amazon EventBridge PutEvents event entry size".
    fn size(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail];
        let texts = texts.into_iter().flatten().chain(&self.resources);
        let time = self.time.map_or(0, |_| TIME_BYTES);
        texts.map(String::len).sum::<usize>() + time
    }

    fn contents(self, now: i64) -> Result<BusEvent, Refused> {
        let given = |text: Option<String>, name: &str| {
            let text = text.filter(|text| !text.is_empty());
            text.ok_or_else(|| {
                let message = format!(
                    "Parameter {name} is not valid. Reason: {name} is a required argument."
                );
                ("InvalidArgument", message)
            })
        };
        let source = given(self.source, "Source")?;
        let detail_type = given(self.detail_type, "DetailType")?;
        let detail = given(self.detail, "Detail")?;
        if source.starts_with("aws.") {
            let message = "Not authorized for the source.".to_owned();
            return Err(("NotAuthorizedForSourceException", message));
        }
        let Ok(detail @ Value::Object(_)) = serde_json::from_str(&detail) else {
            return Err(("MalformedDetail", "Detail is malformed.".to_owned()));
        };
        Ok(BusEvent {
            source,
            detail_type,
            time: self.time.map_or(now, |seconds| (seconds * 1000.0) as i64),
            resources: self.resources,
            detail,
        })
    }
}
