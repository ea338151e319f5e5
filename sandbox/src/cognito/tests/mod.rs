//! Pools, clients, users and their tokens, without a wire.

mod pools;
mod sign_in;
mod sign_up;
mod tokens;
pub mod world;
