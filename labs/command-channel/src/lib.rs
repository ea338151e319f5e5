//! What the command channel's functions share.
//!
//! | module | is |
//! |---|---|
//! | [`command`] | what a client sends, and what is wrong with it |
//! | [`event`] | what has happened, as the table of events has it |
//! | [`events`] | the table of events, to which events are only added |
//! | [`destinations`] | the table that is read, made of the events |

pub mod command;
pub mod destinations;
pub mod event;
pub mod events;
