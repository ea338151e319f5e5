//! The party game Mafia as five functions on AWS Lambda, with a table in DynamoDB between them.
//!
//! Each function is a program of its own in `src/bin`, one for each lab. Here is what they share:
//! [`players`] and the rules that more than one function needs, and the [`settings`] of a new game.
//! What has nothing to do with the game is in the crate `mafia-support`.

pub mod players;
pub mod settings;
