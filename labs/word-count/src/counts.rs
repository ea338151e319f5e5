//! The table of counts: an item for each word, with the attributes `word` and `count`.
//!
//! What is delivered at least once may come twice. So beside the counts there is a table of what was counted:
//! an item for each message and counter. It is written in one transaction with the counts, on the condition
//! that it is not there: all of a message is counted once, or nothing of it.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem, Update};
use mafia_support::{Environment, Failure, Resources, Retry, Table, value};

use crate::message::Message;
use crate::words::words;

/// DynamoDB takes 100 writes in a transaction, and one is for the message.
const WORDS_IN_A_TRANSACTION: usize = 99;
/// DynamoDB answers 100 items at once.
const WORDS_IN_A_REQUEST: usize = 100;
/// How long it is known that a message was counted. SNS gives up after 23 days.
const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[derive(Debug)]
pub struct Counts {
    table: Table,
    /// The name of the table of what was counted.
    counted: String,
}

impl Resources for Counts {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        let counted = environment.require("COUNTED_TABLE", "the name of a table")?;
        Ok(Self {
            table: Table::from_environment(environment)?,
            counted: counted.to_owned(),
        })
    }
}

impl Counts {
    /// Adds `each` to every word of the message, for each time that it has the word. What this `counter` has
    /// counted already, it does not count again.
    pub async fn add(&self, counter: &str, message: &Message, each: u64) -> Result<(), Failure> {
        let words: Vec<(String, u64)> = words(&message.text).into_iter().collect();
        for (part, words) in words.chunks(WORDS_IN_A_TRANSACTION).enumerate() {
            let id = format!("{counter} {} {part}", message.id);
            let mut writes = vec![self.once(&id)];
            writes.extend(
                words
                    .iter()
                    .map(|(word, times)| self.addition(word, each * times)),
            );
            self.write(writes).await?;
        }
        Ok(())
    }

    /// Puts the id into the table of what was counted, unless it is there.
    fn once(&self, id: &str) -> TransactWriteItem {
        let until = SystemTime::now() + KNOWN_FOR;
        let until = until.duration_since(UNIX_EPOCH).unwrap_or_default();
        let put = Put::builder()
            .table_name(&self.counted)
            .item("message", value(id))
            .item("expires", value(until.as_secs()))
            .condition_expression("attribute_not_exists(message)");
        let put = put.build().expect("a table and an item are given");
        TransactWriteItem::builder().put(put).build()
    }

    /// `ADD` is done by DynamoDB itself: nobody reads a count, adds to it and writes it back while somebody
    /// else does the same.
    fn addition(&self, word: &str, number: u64) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(self.table.name())
            .key("word", value(word))
            .update_expression("ADD #count :number")
            .expression_attribute_names("#count", "count") // a reserved word of DynamoDB
            .expression_attribute_values(":number", value(number));
        let update = update
            .build()
            .expect("a table, a key and an expression are given");
        TransactWriteItem::builder().update(update).build()
    }

    /// Writes all of it, or nothing if it was written before.
    async fn write(&self, writes: Vec<TransactWriteItem>) -> Result<(), Failure> {
        let mut retry = Retry::with_short_pauses(&self.table);
        loop {
            let request = self.client().transact_write_items();
            let written = request
                .set_transact_items(Some(writes.clone()))
                .send()
                .await;
            let Err(error) = written else { return Ok(()) };
            match error
                .as_service_error()
                .map(canceled_by)
                .unwrap_or_default()
            {
                Some("ConditionalCheckFailed") => return Ok(()),
                // Another message with the same word is being counted.
                Some("TransactionConflict") => retry.pause().await?,
                _ => return Err(failed("count in", self.table.name(), &error)),
            }
        }
    }

    /// The counts of the words; 0 for one that was never counted.
    pub async fn of<'w>(
        &self,
        words: impl Iterator<Item = &'w String>,
    ) -> Result<BTreeMap<String, u64>, Failure> {
        let words: Vec<&String> = words.collect();
        let mut counts = BTreeMap::new();
        for words in words.chunks(WORDS_IN_A_REQUEST) {
            counts.extend(words.iter().map(|word| ((*word).clone(), 0)));
            let keys = words
                .iter()
                .map(|word| HashMap::from([("word".to_owned(), value(word))]));
            let mut keys: Vec<_> = keys.collect();
            while !keys.is_empty() {
                keys = self.read(keys, &mut counts).await?;
            }
        }
        Ok(counts)
    }

    /// Reads items into `counts`; returns the keys that DynamoDB has left for another request.
    async fn read(
        &self,
        keys: Vec<HashMap<String, AttributeValue>>,
        counts: &mut BTreeMap<String, u64>,
    ) -> Result<Vec<HashMap<String, AttributeValue>>, Failure> {
        let name = self.table.name();
        // A consistent read sees what was written before it.
        let wanted = KeysAndAttributes::builder().consistent_read(true);
        let wanted = wanted.set_keys(Some(keys)).build().expect("keys are given");
        let request = self.client().batch_get_item().request_items(name, wanted);
        let mut answer = request
            .send()
            .await
            .map_err(|error| failed("read", name, &error))?;
        let items = answer
            .responses
            .as_mut()
            .and_then(|tables| tables.remove(name));
        for item in items.unwrap_or_default() {
            let word = item.get("word").and_then(|word| word.as_s().ok());
            let count = item.get("count").and_then(|count| count.as_n().ok());
            if let (Some(word), Some(count)) = (word, count) {
                counts.insert(word.clone(), count.parse().unwrap_or_default());
            }
        }
        let left = answer
            .unprocessed_keys
            .and_then(|mut tables| tables.remove(name));
        Ok(left.map(|left| left.keys).unwrap_or_default())
    }

    fn client(&self) -> &Client {
        self.table.client()
    }
}

/// Why the transaction was canceled: the first reason that is one.
fn canceled_by(error: &TransactWriteItemsError) -> Option<&str> {
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error else {
        return None;
    };
    let mut reasons = canceled
        .cancellation_reasons()
        .iter()
        .filter_map(|it| it.code());
    reasons.find(|code| *code != "None")
}

fn failed<E>(verb: &str, table: &str, error: &aws_sdk_dynamodb::error::SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let reason = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => DisplayErrorContext(error).to_string(),
    };
    Failure::storage(format!(
        "Can't {verb} the table {table}: {reason}. Try again in a moment; what was counted is not counted \
         again"
    ))
}
