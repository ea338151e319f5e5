//! What the query protocol calls the lists, maps and errors of JSON.
//!
//! Source: the examples of each operation in SQS's API reference, and botocore's model of SQS up to version
//! 1.31.80, which was the last one of the query protocol.

use crate::fault::Fault;
use crate::wire::{JsonAndQuery, Numbered, Protocol};

pub const PROTOCOL: Protocol = Protocol::JsonAndQuery {
    spoken: &SPOKEN,
    is_query: false,
};

static SPOKEN: JsonAndQuery = JsonAndQuery {
    version: "1.0",
    target: "AmazonSQS",
    namespace: "http://queue.amazonaws.com/doc/2012-11-05/",
    lists: LISTS,
    codes: CODES,
};

#[rustfmt::skip] // One line each, as a table.
const LISTS: &[Numbered] = &[
    Numbered::list("AWSAccountIds", "AWSAccountId"),
    Numbered::list("Actions", "ActionName"),
    Numbered::map("Attributes", "Attribute", "Name", "Value"),
    Numbered::list("AttributeNames", "AttributeName"),
    Numbered::list("Entries", "ChangeMessageVisibilityBatchRequestEntry").of("ChangeMessageVisibilityBatch"),
    Numbered::list("Entries", "DeleteMessageBatchRequestEntry").of("DeleteMessageBatch"),
    Numbered::list("Entries", "SendMessageBatchRequestEntry").of("SendMessageBatch"),
    Numbered::list("Failed", "BatchResultErrorEntry"),
    Numbered::map("MessageAttributes", "MessageAttribute", "Name", "Value"),
    Numbered::list("MessageAttributeNames", "MessageAttributeName"),
    Numbered::map("MessageSystemAttributes", "MessageSystemAttribute", "Name", "Value"),
    Numbered::list("MessageSystemAttributeNames", "MessageSystemAttributeName"),
    Numbered::list("Messages", "Message"),
    Numbered::list("QueueUrls", "QueueUrl").of("ListQueues"),
    Numbered::list("queueUrls", "QueueUrl").of("ListDeadLetterSourceQueues"),
    Numbered::list("Results", "ListMessageMoveTasksResultEntry").of("ListMessageMoveTasks"),
    Numbered::list("Successful", "ChangeMessageVisibilityBatchResultEntry").of("ChangeMessageVisibilityBatch"),
    Numbered::list("Successful", "DeleteMessageBatchResultEntry").of("DeleteMessageBatch"),
    Numbered::list("Successful", "SendMessageBatchResultEntry").of("SendMessageBatch"),
    Numbered::list("TagKeys", "TagKey"),
    Numbered::map("Tags", "Tag", "Key", "Value"),
    Numbered::map("tags", "Tag", "Key", "Value").of("CreateQueue"),
];

const CODES: &[(&str, &str)] = &[
    ("AccessDeniedException", "AccessDenied"),
    (
        "BatchEntryIdsNotDistinct",
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    ),
    (
        "BatchRequestTooLong",
        "AWS.SimpleQueueService.BatchRequestTooLong",
    ),
    (
        "EmptyBatchRequest",
        "AWS.SimpleQueueService.EmptyBatchRequest",
    ),
    (
        "InvalidBatchEntryId",
        "AWS.SimpleQueueService.InvalidBatchEntryId",
    ),
    ("InvalidParameterValueException", "InvalidParameterValue"),
    ("InvalidSignatureException", "SignatureDoesNotMatch"),
    (
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
    ),
    (
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
    ),
    ("MissingRequiredParameterException", "MissingParameter"),
    (
        "PurgeQueueInProgress",
        "AWS.SimpleQueueService.PurgeQueueInProgress",
    ),
    (
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
    ),
    ("QueueNameExists", "QueueAlreadyExists"),
    (
        "TooManyEntriesInBatchRequest",
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    ),
    ("UnknownOperationException", "InvalidAction"),
    ("UnrecognizedClientException", "InvalidClientTokenId"),
    (
        "UnsupportedOperation",
        "AWS.SimpleQueueService.UnsupportedOperation",
    ),
];

/// The code of a fault by which batches name it, whatever the protocol.
pub fn query_code(fault: &Fault) -> String {
    SPOKEN.in_query(fault).code
}
