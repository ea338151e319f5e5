//! What a dead-letter queue gets: the event as it was handed over, with attributes that say why it is there.
//!
//! Sources: "Using dead-letter queues to process undelivered events in EventBridge", and "Configuring a dead-letter
//! queue for EventBridge Scheduler".

use super::parcel::{Parcel, Principal};
use crate::delivery::{Ended, Outcome};

/// The parcel for the queue.
pub fn of(parcel: Parcel, failures: u32, ended: Ended, outcome: &Outcome) -> Parcel {
    let reason = match outcome {
        Outcome::Succeeded => "",
        Outcome::Failed(reason) | Outcome::Unavailable(reason) | Outcome::Rejected(reason) => {
            reason
        }
    };
    let (code, message) = reason.split_once(": ").unwrap_or(("UNKNOWN", reason));
    let exhausted = match ended {
        Ended::RetriesExhausted => Some("MaximumRetryAttempts"),
        Ended::AgeExceeded => Some("MaximumEventAgeInSeconds"),
        Ended::Succeeded | Ended::Rejected => None,
    };
    let source = match parcel.sender.principal {
        Principal::Events => "RULE_ARN",
        Principal::Scheduler => "SCHEDULE_ARN",
    };
    let retries = failures.saturating_sub(1).to_string();
    let attributes = [
        (source, Some(parcel.sender.source.as_str())),
        ("TARGET_ARN", Some(&parcel.target)),
        ("ERROR_CODE", Some(code)),
        ("ERROR_MESSAGE", Some(message)),
        ("EXHAUSTED_RETRY_CONDITION", exhausted),
        ("RETRY_ATTEMPTS", Some(&retries)),
    ];
    let attributes = attributes.into_iter().filter_map(|(name, text)| {
        let text = text.filter(|text| !text.is_empty())?;
        Some((name.to_owned(), text.to_owned()))
    });
    let attributes = attributes.collect();
    let mut sender = parcel.sender;
    // The policy of the queue lets rules send, and the role of a schedule lets it do so.
    if sender.principal == Principal::Events {
        sender.role = None;
    }
    Parcel {
        target: parcel.dead_letter.unwrap_or_default(),
        body: parcel.body,
        group: None,
        sender,
        dead_letter: None,
        attributes,
    }
}
