//! The workshop: labs that a student does one by one, each with a lesson, hints and checks.

pub mod authoring;
mod cargo_toml;
pub mod check;
pub mod content;
pub mod files;
pub mod lesson;
mod lock;
pub mod manifest;
pub mod outline;
pub mod progress;
pub mod ready;
pub mod run;
pub mod slack;
pub mod standing;
