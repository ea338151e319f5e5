//! The runtime with real processes: shell scripts that run what a test sends them, while the test sends
//! requests to the Runtime API in their place.

mod ahead;
mod environments;
mod failures;
#[cfg(target_os = "linux")]
mod families;
mod harness;
mod invocations;
mod logs;
