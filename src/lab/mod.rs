//! The workshop: labs that a student does one by one, each with a lesson, hints and checks.

mod cargo_toml;
pub mod check;
pub mod content;
mod lock;
pub mod manifest;
pub mod progress;
pub mod standing;
