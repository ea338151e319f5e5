//! The commands: one file each, with its arguments, its help and its function.

pub mod add;
pub mod adoption;
pub mod class;
pub mod clean;
pub mod completions;
pub mod demo;
pub mod deploy;
pub mod dev;
pub mod doctor;
mod heard;
pub mod init;
mod interactive;
pub mod invoke;
mod kept_code;
pub mod lab;
pub mod list;
pub mod logs;
pub mod man;
mod next;
mod payload;
pub mod play;
pub mod sandbox;
pub mod status;
pub mod table;
mod turns;
pub mod undo;
mod values;
