//! The board of a class: a page that shows in a browser how the class stands.
//!
//! The standing comes through a channel, and every open page gets each new one.
//!
//! | module | is |
//! |---|---|
//! | [`view`] | what the page shows of a class; pure |
//! | [`pages`] | the page, its parts and its events |

mod pages;
mod view;

pub use pages::Board;
pub use view::View;
