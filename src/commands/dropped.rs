//! Deliveries of a stack that nobody has got. Only the sandbox tells.

use std::time::SystemTime;

use crate::context::Context;
use crate::error::Error;
use crate::sandbox;
use crate::target::{self, Choice};
use crate::wording::count;

/// How many were dropped since the stack was changed last; `None` where that is not known.
pub fn dropped(context: &Context, changed: Option<SystemTime>) -> Option<usize> {
    let Ok(Choice::Sandbox(state_dir)) = target::choice(&context.options) else {
        return None;
    };
    let (stack, changed) = (context.stack().ok()?, changed?);
    let dropped = sandbox::dropped(&state_dir, stack, changed).ok()?;
    Some(dropped.iter().map(|it| it.times).sum())
}

/// What is wrong then, unless nothing is.
pub fn problem(dropped: Option<usize>) -> Option<Error> {
    let dropped = dropped.filter(|dropped| *dropped > 0)?;
    let deliveries = match dropped {
        1 => "1 delivery was".to_owned(),
        many => format!("{} were", count(many, "delivery")),
    };
    let what = format!("{deliveries} dropped since the stack was changed last");
    Some(Error::failed(what).hint("run `mafia sandbox logs` to see which, and why"))
}
