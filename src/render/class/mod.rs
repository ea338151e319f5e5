//! Operations on a class: how they go on, and how they ended; and how the class stands.

mod board;
mod clean;
mod executed;
mod outcome;
mod reset;
mod rows;
mod standing;

pub use board::ClassBoard;
pub use clean::{class_cleaned, class_deletion_plan};
pub use executed::executed;
pub use outcome::{class_outcome, student_lines};
pub use reset::{checkpoint_made, losses};
pub use standing::{class_csv, class_markdown, class_standing, student_standing};
