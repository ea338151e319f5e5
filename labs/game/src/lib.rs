//! The party game Mafia as five functions on AWS Lambda, with a table in DynamoDB between them.
//!
//! Each function is a program of its own in `src/bin`, and the lesson of one lab. Here is what they
//! share: the [`players`] with the rules that several functions need, the [`settings`] of a new game,
//! and [`chance`]. What has nothing to do with the game is in the crate `mafia-support`.
//!
//! In `src/bin`, `pub` is for `tests/functions`, which takes the programs' files as modules: what is
//! tested is what runs.

pub mod chance;
pub mod players;
pub mod settings;
