//! The party game Mafia as five functions on AWS Lambda, with a table in DynamoDB between them.
//!
//! Each function is a program of its own in `src/bin`: what it does, and the words in which it
//! tells the story. What they share is here.
//!
//! | module | knows |
//! |---|---|
//! | [`player`], [`rules`] | the game, and nothing else |
//! | [`settings`] | the environment, the file of names |
//! | [`event`] | how a function is called and how it answers |
//! | [`storage`] | DynamoDB |
//! | [`turn`] | how a turn is taken while others take theirs |
//! | [`serve`](mod@serve), [`error`], [`log`] | Lambda |

pub mod error;
pub mod event;
pub mod log;
mod pause;
pub mod player;
pub mod rules;
pub mod serve;
pub mod settings;
pub mod storage;
pub mod turn;

pub use error::Error;
pub use event::{Answer, Request};
pub use serve::serve;
pub use storage::Table;
