//! What the word counter's functions share.
//!
//! | module | is |
//! |---|---|
//! | [`slack`] | what Slack sends, and whether it is from Slack |
//! | [`words`] | the words of a text |
//! | [`counts`] | the table of counts |
//! | [`message`] | what is published, and how it comes to a subscriber |
//! | [`topic`] | the topic |

pub mod counts;
pub mod message;
pub mod slack;
pub mod topic;
pub mod words;
