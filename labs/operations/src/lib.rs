//! What the functions of the lab share.
//!
//! | module | is |
//! |---|---|
//! | [`audit_log`] | the table of what users did |
//! | [`caller`] | who signed a request |
//! | [`queue`] | messages of a queue, and which of them have failed |
//! | [`files`] | the bucket, and the events of it |
//! | [`prices`] | a file of prices, read as a stream |
//! | [`topic`] | the topic that the aggregator's queue subscribes to |

pub mod audit_log;
pub mod caller;
pub mod files;
pub mod prices;
pub mod queue;
pub mod topic;
