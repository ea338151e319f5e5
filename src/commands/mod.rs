//! What can be done with `mafia`: one file per command, with its arguments, its help and its function.

pub mod clean;
pub mod completions;
pub mod demo;
pub mod deploy;
pub mod doctor;
pub mod invoke;
pub mod logs;
pub mod play;
pub mod sandbox;
mod sitting;
