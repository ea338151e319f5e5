//! The board of a class: a server on this machine that shows in a browser how the class stands.
//!
//! The standing comes through a channel, and every open page gets each new one. The link has a token, so that
//! no other user of this machine and no other page can read it.
//!
//! | module | is |
//! |---|---|
//! | [`view`] | what the page shows of a class; pure |
//! | [`access`] | who may read the page; pure |
//! | [`response`] | the page, its parts and its events |
//! | [`server`] | the port and its connections |

mod access;
mod response;
mod server;
mod view;

pub use server::{Board, BoardError};
pub use view::View;
