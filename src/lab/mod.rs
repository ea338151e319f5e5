//! The workshop: labs that a student does one by one, each with a lesson, hints and checks.

pub mod check;
