//! What the workshop's functions share, so that a function's own file shows the lesson and little else.
//!
//! A function is an `async fn(&Request, &Table) -> Result<Answer, Error>`, and its `main` is
//! `serve(function)`. See `labs/game/src/bin/game-state.rs` for a short one.
//!
//! | items | what they are |
//! |---|---|
//! | [`serve`](serve()), [`Resources`], [`RuntimeError`] | connect a function to Lambda |
//! | [`Request`], [`Answer`] | one call, and what it is answered; the same for direct calls and for API Gateway |
//! | [`Error`], [`Failure`] | why a function stops early |
//! | [`Environment`] | settings from environment variables |
//! | [`Table`], [`Item`], [`TableItem`] | a DynamoDB table, its items, and types that are items |
//! | [`value`], [`to_item`] | a Rust value as DynamoDB stores it |
//! | [`read_all`], [`scan_all`] | read a table or an index, all pages |
//! | [`update_once`], [`Retry`] | change one item on a condition, try again if it did not hold |
//! | [`write_all`], [`put`], [`delete`] | write many items |
//! | [`sdk_config`] | the settings of AWS's SDK, for clients of other services |
//! | [`log_line`] | write to the function's log |

mod answer;
mod environment;
mod error;
mod event;
mod log;
mod retry;
mod sdk;
mod serve;
mod table;

pub use answer::Answer;
pub use environment::Environment;
pub use error::{Error, Failure, FailureKind};
pub use event::Request;
pub use log::log_line;
pub use retry::Retry;
pub use sdk::sdk_config;
pub use serve::{Resources, RuntimeError, serve};
pub use table::{
    Item, Table, TableItem, delete, put, read_all, scan_all, to_item, update_once, value, write_all,
};
