//! Event patterns: what an event has to be like to come to a rule or a subscription. The language is that of
//! EventBridge ([`Pattern`]); SNS's filter policies are written in it too, with limits of their own
//! ([`FilterPolicy`]).
//!
//! All of it is pure, and the time of a match is bounded by the sizes of pattern and event.
//!
//! Sources: "Amazon EventBridge event patterns" in EventBridge's user guide, "Amazon SNS subscription filter
//! policies" in SNS's developer guide, and for the words of refusals AWS's own evaluator, event-ruler.
//!
//! It deviates in this: a refusal does not say at which line and column it is; a pattern with many wildcards
//! is not refused as too complex, as matching it is not slow here; a name with a dot is no path.

mod cidr;
mod filter_policy;
mod limits;
mod matcher;
mod numeric;
mod pattern;
mod reading;
mod text_test;

#[cfg(test)]
mod tests;

pub use filter_policy::{Attribute, FilterPolicy, Scope};
pub use pattern::Pattern;

/// Why a pattern is refused, in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

impl Refused {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

type Reading<T> = Result<T, Refused>;

fn refused<T>(reason: impl Into<String>) -> Reading<T> {
    Err(Refused::new(reason))
}
