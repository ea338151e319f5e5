//! What receivers do with a message: delete it, or change when it is visible again.

use serde::Deserialize;
use serde_json::json;

use super::backlog::{Entry, Handling, Sequence};
use super::fault::{invalid_value, missing};
use super::queue::LiveQueue;
use super::settings::LONGEST_VISIBILITY;
use super::{Sqs, batch, message, names, receipt};
use crate::fault::{Answer, Fault};
use crate::wire::{self, lenient};

/// The operation on one message, and an entry of that on several.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settled {
    #[serde(default)]
    id: String,
    #[serde(default)]
    receipt_handle: String,
    #[serde(default, deserialize_with = "lenient")]
    visibility_timeout: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SettleRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    settled: Settled,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SettleBatchRequest {
    #[serde(default)]
    queue_url: String,
    #[serde(default, deserialize_with = "wire::list")]
    entries: Vec<Settled>,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Deleted,
    VisibleAt(i64),
    /// It was deleted before, or received by somebody else since.
    AsItIs,
}

type Settling = fn(&LiveQueue, &Settled, i64) -> Result<(Sequence, End), Fault>;

pub async fn delete(sqs: &Sqs, request: SettleRequest) -> Result<(), Fault> {
    sqs.settle_one(request, deletion)
}

pub async fn delete_batch(sqs: &Sqs, request: SettleBatchRequest) -> Answer {
    sqs.settle_batch(request, "DeleteMessageBatchRequestEntry", deletion)
}

pub async fn change_visibility(sqs: &Sqs, request: SettleRequest) -> Result<(), Fault> {
    sqs.settle_one(request, visibility)
}

pub async fn change_visibility_batch(sqs: &Sqs, request: SettleBatchRequest) -> Answer {
    let entry = "ChangeMessageVisibilityBatchRequestEntry";
    sqs.settle_batch(request, entry, visibility)
}

impl Sqs {
    fn settle_one(&self, request: SettleRequest, settling: Settling) -> Result<(), Fault> {
        let name = names::of_url(&request.queue_url)?;
        let mut results = self.settle(&name, &[request.settled], settling)?;
        results.remove(0)
    }

    fn settle_batch(&self, request: SettleBatchRequest, entry: &str, settling: Settling) -> Answer {
        let name = names::of_url(&request.queue_url)?;
        let entries = request.entries;
        batch::check(entry, entries.iter().map(|entry| entry.id.as_str()))?;
        let results = self.settle(&name, &entries, settling)?;
        let results = entries.into_iter().zip(results);
        let results = results.map(|(entry, result)| (entry.id, result.map(|()| json!({}))));
        Ok(batch::answer(results))
    }

    /// All that can be done, in one write.
    fn settle(
        &self,
        name: &str,
        messages: &[Settled],
        settling: Settling,
    ) -> Result<Vec<Result<(), Fault>>, Fault> {
        let now = self.clock.now();
        let mut live = self.live();
        self.expire(&mut live, name, now)?;
        let queue = live.get(name)?;
        let ends = messages.iter().map(|it| settling(queue, it, now));
        let ends: Vec<Result<(Sequence, End), Fault>> = ends.collect();
        let (mut deleted, mut changed) = (Vec::new(), Vec::new());
        for (sequence, end) in ends.iter().flatten() {
            match (end, queue.backlog.get(*sequence)) {
                (End::Deleted, _) => deleted.push(*sequence),
                (End::VisibleAt(visible_at), Some(entry)) => {
                    let handling = Handling {
                        visible_at: *visible_at,
                        ..entry.handling.clone()
                    };
                    let entry = Entry {
                        handling,
                        ..entry.clone()
                    };
                    changed.push((*sequence, entry));
                }
                _ => {}
            }
        }
        self.remove(&mut live, name, &deleted)?;
        if !changed.is_empty() {
            self.store.write::<_, Fault>(|transaction| {
                for (sequence, entry) in &changed {
                    let key = message::key(name, *sequence);
                    self.handlings.put_in(transaction, &key, &entry.handling)?;
                }
                Ok(())
            })?;
            let queue = live.get_mut(name)?;
            for (sequence, entry) in changed {
                queue.backlog.put(sequence, entry);
            }
            queue.arrivals.notify_waiters();
        }
        Ok(ends.into_iter().map(|end| end.map(|_| ())).collect())
    }
}

fn deletion(live: &LiveQueue, settled: &Settled, now: i64) -> Result<(Sequence, End), Fault> {
    let (sequence, entry) = settled.find(live)?;
    let Some(entry) = entry else {
        return Ok((sequence, End::AsItIs));
    };
    let is_last = settled.is_last_receipt(live, entry)?;
    if live.queue.is_fifo() && (!is_last || entry.is_visible(now)) {
        let reason = "The receipt handle has expired.";
        return Err(invalid_value(
            &settled.receipt_handle,
            "ReceiptHandle",
            reason,
        ));
    }
    Ok((sequence, if is_last { End::Deleted } else { End::AsItIs }))
}

fn visibility(live: &LiveQueue, settled: &Settled, now: i64) -> Result<(Sequence, End), Fault> {
    let timeout = settled.visibility_timeout;
    let timeout = timeout.ok_or_else(|| missing("VisibilityTimeout"))?;
    let longest = i64::from(LONGEST_VISIBILITY);
    let refused = |reason: String| Err(invalid_value(timeout, "VisibilityTimeout", reason));
    if !(0..=longest).contains(&timeout) {
        return refused(format!("Must be between 0 and {longest}."));
    }
    let (sequence, entry) = settled.find(live)?;
    let last = match entry {
        Some(entry) => settled.is_last_receipt(live, entry)?.then_some(entry),
        None => None,
    };
    let Some(entry) = last.filter(|entry| entry.is_in_flight(now)) else {
        let reason = "Message does not exist or is not available for visibility timeout change.";
        return Err(invalid_value(
            &settled.receipt_handle,
            "ReceiptHandle",
            reason,
        ));
    };
    let visible_at = now + timeout * 1000;
    if visible_at - entry.handling.received_at > longest * 1000 {
        return refused(format!(
            "Total VisibilityTimeout for the message is beyond the limit [{longest} seconds]"
        ));
    }
    Ok((sequence, End::VisibleAt(visible_at)))
}

impl Settled {
    /// The message that the handle is of, if it is there.
    fn find<'a>(&self, live: &'a LiveQueue) -> Result<(Sequence, Option<&'a Entry>), Fault> {
        if self.receipt_handle.is_empty() {
            return Err(missing("ReceiptHandle"));
        }
        let receipt = receipt::read(&live.queue.name, &self.receipt_handle)?;
        Ok((receipt.sequence, live.backlog.get(receipt.sequence)))
    }

    fn is_last_receipt(&self, live: &LiveQueue, entry: &Entry) -> Result<bool, Fault> {
        let receipt = receipt::read(&live.queue.name, &self.receipt_handle)?;
        Ok(receipt.number == entry.handling.receipt)
    }
}
