//! SQS: messages of queues.

use super::{Cloud, CloudError};

/// How long a queue waits for a message, in seconds.
const LONGEST_POLL: i32 = 5;
/// How long messages that are looked at are hidden from others who look for theirs, in seconds.
const HIDDEN: i32 = 2;

/// A message that was received. The queue gives it to nobody else for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMessage {
    pub body: String,
    /// What deletes it.
    pub receipt: String,
}

impl Cloud {
    pub async fn send_message(&self, queue: &str, body: &str) -> Result<(), CloudError> {
        let sending = self.queues.send_message();
        let sending = sending.queue_url(queue).message_body(body).send();
        sending.await.map_err(self.failed("SendMessage"))?;
        Ok(())
    }

    /// Some of the queue's messages; waits a few seconds for one.
    pub async fn messages(&self, queue: &str) -> Result<Vec<QueueMessage>, CloudError> {
        let received = self
            .queues
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(10)
            .wait_time_seconds(LONGEST_POLL)
            .visibility_timeout(HIDDEN)
            .send()
            .await
            .map_err(self.failed("ReceiveMessage"))?;
        let messages = received.messages.unwrap_or_default().into_iter();
        let messages = messages.map(|message| QueueMessage {
            body: message.body.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
        });
        Ok(messages.collect())
    }

    pub async fn delete_message(
        &self,
        queue: &str,
        message: &QueueMessage,
    ) -> Result<(), CloudError> {
        let deleting = self.queues.delete_message();
        let deleting = deleting.queue_url(queue).receipt_handle(&message.receipt);
        deleting
            .send()
            .await
            .map_err(self.failed("DeleteMessage"))?;
        Ok(())
    }
}
