//! Operations on a class: how they go on, and how they ended.

mod board;
mod outcome;
mod rows;

pub use board::ClassBoard;
pub use outcome::{class_outcome, student_lines};
