//! Requests of several entries, of which each is done or fails by itself.
//!
//! Source: the documentation of SendMessageBatch.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fault::missing;
use crate::fault::Fault;

const MOST: usize = 10;
const LONGEST_ID: usize = 80;

/// Refuses a list that is empty or too long, and ids that are none or come twice. `entry` is what an entry
/// is called.
pub fn check<'a>(entry: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), Fault> {
    let ids: Vec<&str> = ids.collect();
    let refused = |code: &str, message: String| Err(Fault::invalid(code, message));
    if ids.is_empty() {
        let message = format!("There should be at least one {entry} in the request.");
        return refused("EmptyBatchRequest", message);
    }
    if ids.len() > MOST {
        let count = ids.len();
        let message =
            format!("Maximum number of entries per request are {MOST}. You have sent {count}.");
        return refused("TooManyEntriesInBatchRequest", message);
    }
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let mut seen = BTreeSet::new();
    for id in ids {
        if id.is_empty() {
            return Err(missing(&format!("{entry}.1.Id")));
        }
        if id.len() > LONGEST_ID || !id.chars().all(is_letter) {
            let message = format!(
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can \
                 be at most {LONGEST_ID} letters long."
            );
            return refused("InvalidBatchEntryId", message);
        }
        if !seen.insert(id) {
            return refused("BatchEntryIdsNotDistinct", format!("Id {id} repeated."));
        }
    }
    Ok(())
}

/// The answer, from the results by their ids. Those that were done have further members.
pub fn answer(results: impl Iterator<Item = (String, Result<Value, Fault>)>) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, result) in results {
        match result {
            Ok(mut done) => {
                done["Id"] = id.into();
                successful.push(done);
            }
            Err(fault) => failed.push(json!({
                "Id": id,
                "Code": super::protocol::query_code(&fault),
                "Message": fault.message,
                "SenderFault": fault.is_client_error(),
            })),
        }
    }
    let mut answer = json!({ "Successful": successful });
    if !failed.is_empty() {
        answer["Failed"] = failed.into();
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_few_and_have_ids_of_their_own() {
        let long = "a".repeat(81);
        let many: Vec<String> = (0..11).map(|id| id.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (ids, code) in [
            (&[][..], "EmptyBatchRequest"),
            (&many, "TooManyEntriesInBatchRequest"),
            (&["a", "a"], "BatchEntryIdsNotDistinct"),
            (&["a b"], "InvalidBatchEntryId"),
            (&[&*long], "InvalidBatchEntryId"),
            (&[""], "MissingRequiredParameterException"),
        ] {
            let refused = check("Entry", ids.iter().copied()).expect_err(code);
            assert_eq!(refused.code, code);
        }
        assert_eq!(check("Entry", many[1..].iter().copied()), Ok(()));
    }

    #[test]
    fn each_entry_is_answered() {
        let results = [
            ("a".to_owned(), Ok(json!({ "MessageId": "m" }))),
            ("b".to_owned(), Err(missing("P"))),
        ];
        let expected = json!({
            "Successful": [{ "Id": "a", "MessageId": "m" }],
            "Failed": [{ "Id": "b", "Code": "MissingParameter", "SenderFault": true,
                "Message": "The request must contain the parameter P." }],
        });
        assert_eq!(answer(results.into_iter()), expected);
    }
}
