//! The deployed functions of a stack: found by the names that people type, called, their logs read.
//!
//! Knows nothing of the game that the functions play.

mod call;
mod find;
mod logs;

pub use call::{CallError, call, report};
pub use find::{FindError, find, names};
pub use logs::{Line, lines, without_lambdas_lines};
