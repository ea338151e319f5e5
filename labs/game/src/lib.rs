//! The party game Mafia as five functions on AWS Lambda, with a table in DynamoDB between them.
//!
//! Each function is a program of its own in `src/bin`, and the lesson of one lab. Here is what they
//! share: the [`players`] with the rules that several functions need, the [`settings`] of a new game,
//! and [`chance`]. What has nothing to do with the game is in the crate `mafia-support`.
//!
//! What is `pub` in `src/bin` is so for tests, which take the programs' files as modules. Lambda does not
//! need it.

pub mod chance;
pub mod players;
pub mod settings;
