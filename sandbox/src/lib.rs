//! AWS's services for one person, on one machine, in one process and one folder.
//!
//! A server on one loopback port that AWS's own clients speak to. A request comes to [`edge`], which
//! verifies its signature, is read by [`wire`] in the service's protocol, is allowed by [`authorise`], and
//! comes to the service through a port in [`service`]; the response or the [`fault`] goes back the same
//! way. The services keep everything in [`store`]. CloudFormation works through the operations of the
//! other services, as a client of theirs. [`lifecycle`] starts, finds and stops the server.
//!
//! The crate knows nothing of `mafia`, which embeds it.

#[cfg(not(unix))]
compile_error!("mafia runs on Linux and macOS; on Windows, build and run it in WSL 2");

mod activity;
mod adjustable_clock;
mod apigateway;
mod arn;
mod authorise;
mod aws_managed_policies;
mod bucket_events;
mod caller;
mod clock;
mod clock_service;
mod cloudformation;
mod cognito;
mod connections;
mod constraint;
mod databases;
mod delivery;
mod dropped;
mod dynamodb;
mod edge;
mod error;
mod event_pattern;
mod events;
mod fault;
mod handover;
mod iam;
mod inherited_files;
mod io_message;
mod journal;
mod keys;
mod lambda;
pub mod lifecycle;
mod logs;
mod mapping_template;
mod memory_budget;
mod openapi;
mod own_file;
mod page;
mod paths;
mod platform;
mod port;
mod random;
mod s3;
mod schedule_expression;
mod scheduler;
mod server;
mod service;
mod services;
mod signature;
mod signing_key;
mod sns;
mod sqs;
mod state_dir;
mod store;
mod sts;
mod tags;
mod timer;
mod wire;

pub use cloudformation::{check_parameter, read_template};
pub use dropped::{Dropped, length_of_log};
pub use error::{ErrorKind, SandboxError};
pub use inherited_files::close_inherited_files;
pub use journal::Journal;
pub use keys::Keys;
pub use lambda::reap;
pub use server::{Options, serve};
pub use state_dir::{Holder, RunningServer, StateDir};

/// The one account there is. (Twelve zeros, as in the ARNs that the DynamoDB library makes.)
pub const ACCOUNT: &str = "000000000000";
/// The one region there is.
pub const REGION: &str = "us-east-1";
