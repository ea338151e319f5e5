//! The runtime with real processes: shell scripts that do what they are told, while the test speaks to
//! the Runtime API in their place.

mod calls;
mod failures;
mod logs;
mod scale;
mod stage;
