//! Objects.

pub mod copy;
pub mod delete;
pub mod get;
pub mod list;
pub mod metadata;
pub mod put;
pub mod response;
pub mod tags;
