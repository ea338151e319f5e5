//! What a function says of a batch: which of its items have failed.
//!
//! Source: "Implementing partial batch responses" in Lambda's developer guide.

use std::collections::BTreeSet;

use serde_json::Value;

/// The ids of the items among `sent` that a function reports as failed. `None` if the whole batch has failed, which
/// is also what an answer means that is not a right report.
pub fn reported_failures(answer: &[u8], sent: &BTreeSet<&str>) -> Option<BTreeSet<String>> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let report = match answer {
        Value::Null => return Some(BTreeSet::new()),
        Value::Object(mut members) => members.remove("batchItemFailures").unwrap_or_default(),
        _ => return None,
    };
    let items = match report {
        Value::Null => return Some(BTreeSet::new()),
        Value::Array(items) => items,
        _ => return None,
    };
    let id = |item: &Value| {
        let id = item["itemIdentifier"].as_str()?;
        sent.contains(id).then(|| id.to_owned())
    };
    items.iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_names_items_or_the_whole_batch_has_failed() {
        let sent = BTreeSet::from(["1", "2"]);
        let failures = |answer: Value| reported_failures(answer.to_string().as_bytes(), &sent);
        let named = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect());
        let report = |id: Value| json!({ "batchItemFailures": [{ "itemIdentifier": id }] });
        assert_eq!(failures(report(json!("2"))), named(&["2"]));
        for all_done in [
            json!(null),
            json!({}),
            json!({ "batchItemFailures": null }),
            json!({ "batchItemFailures": [] }),
        ] {
            assert_eq!(failures(all_done), named(&[]));
        }
        for none_done in [
            report(json!("3")),
            report(json!("")),
            report(json!(null)),
            json!({ "batchItemFailures": [{ "other": "1" }] }),
            json!({ "batchItemFailures": "1" }),
            json!("done"),
        ] {
            assert_eq!(failures(none_done.clone()), None, "{none_done}");
        }
        assert_eq!(reported_failures(b"{", &sent), None);
    }
}
