//! Everything that people and scripts see: results on standard output, the rest on standard error.
//!
//! This is the only place that prints. [`Printer`] owns both streams and knows the options about
//! output; the other files turn results and events into text.

mod added;
mod api;
mod changed_files;
mod changes;
mod checks;
mod class;
mod class_plan;
mod clean;
mod demo;
mod deploy;
mod deployment;
mod game;
mod items;
mod lab;
mod labs;
mod line_editor;
mod logs;
mod markdown;
mod printer;
mod progress;
mod prose;
mod questions;
mod run;
mod sandbox;
mod site;
mod stacks;
mod status;
mod style;
mod table;
mod terminal;
mod trials;
mod undo;
mod units;
mod watch;
mod ways;

pub use added::added;
pub use api::{api_answer, endpoints};
pub use changes::changes;
pub use checks::checks;
pub use class::{
    ClassBoard, checkpoint_made, class_cleaned, class_csv, class_deletion_plan, class_markdown,
    class_outcome, class_standing, executed, losses, student_lines, student_standing,
};
pub use class_plan::class_plan;
pub use clean::{cleaned, deletion_plan, not_there, workshop_kept};
pub use demo::{Stage, TurnIntroductions, before_the_game};
pub use deploy::{bundle_entries, unlisted};
pub use deployment::deployment;
pub use game::{game_over, report, to_reason, turn};
pub use items::table_items;
pub use lab::{check_outcome, lab_report, lab_still_passes};
pub use labs::{current_lab, differences, files_replaced, hint_text, lab_started, labs};
pub use logs::{LogLayout, log_line};
pub use markdown::markdown;
pub use printer::Printer;
pub use questions::Conversation;
pub use run::{run_report, run_step};
pub use sandbox::{
    minute_of, sandbox_clock, sandbox_contents, sandbox_emptied, sandbox_started, sandbox_status,
    sandbox_stopped, second_of,
};
pub use stacks::stacks;
pub use status::status;
pub use terminal::{help_width, message_width, reads_a_terminal};
pub use trials::{trial, trials};
pub use undo::undone;
pub use units::{elapsed, size};
pub use watch::{round, watching};
