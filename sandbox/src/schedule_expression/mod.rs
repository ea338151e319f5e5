//! Schedule expressions: `rate(5 minutes)`, `cron(0 12 * * ? *)` and `at(2030-01-02T03:04:05)`, and the times that
//! they stand for.
//!
//! All of it is pure. Times are in milliseconds since 1970.
//!
//! Sources: "Cron expressions reference" and "Rate expressions reference" in EventBridge's user guide, and "Schedule
//! types on EventBridge Scheduler" in that of EventBridge Scheduler, also for summer time. A range of
//! hours such as `20-2` goes over midnight, as in their examples; `L`, `W` and `#` in lists are refused.

mod cron;
mod days;
mod field;
mod zone;

#[cfg(test)]
mod tests;

use std::time::Duration;

use time::PrimitiveDateTime;
use time::macros::format_description;

use cron::Cron;
pub use zone::{Moment, Zone};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleExpression {
    Rate(Duration),
    Cron(Cron),
    /// Once, at this time of the zone.
    At(PrimitiveDateTime),
}

/// It is no schedule expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotValid;

impl ScheduleExpression {
    /// # Errors
    ///
    /// It is not valid, which AWS does not explain either.
    pub fn parse(text: &str) -> Result<Self, NotValid> {
        let (kind, rest) = text.trim().split_once('(').ok_or(NotValid)?;
        let inside = rest.strip_suffix(')').ok_or(NotValid)?;
        let read = match kind {
            "rate" => rate(inside).map(Self::Rate),
            "cron" => Cron::parse(inside).map(Self::Cron),
            "at" => at(inside).map(Self::At),
            _ => None,
        };
        read.ok_or(NotValid)
    }

    /// Whether it stands for a single time.
    pub fn is_once(&self) -> bool {
        matches!(self, Self::At(_))
    }

    /// The first time after `after`. A rate counts from `base`, which is its first time. `None` if there is no more.
    pub fn next(&self, zone: &Zone, base: i64, after: i64) -> Option<i64> {
        match self {
            Self::Rate(rate) => next_of_rate(*rate, base, after),
            Self::Cron(cron) => next_of_cron(cron, zone, after),
            Self::At(local) => Some(zone.moment(*local).time()).filter(|at| *at > after),
        }
    }

    /// The last time that is later than `since` and not after `until`.
    pub fn last(&self, zone: &Zone, base: i64, since: i64, until: i64) -> Option<i64> {
        match self {
            Self::Rate(rate) => last_of_rate(*rate, base, until).filter(|at| *at > since),
            // The nearest span that has one, as there may be very many before.
            Self::Cron(_) => SPANS
                .iter()
                .map(|span| until.saturating_sub(*span).max(since))
                .chain([since])
                .find_map(|from| self.last_between(zone, base, from, until)),
            Self::At(_) => self.next(zone, base, since).filter(|at| *at <= until),
        }
    }

    fn last_between(&self, zone: &Zone, base: i64, since: i64, until: i64) -> Option<i64> {
        let next = |after: &i64| self.next(zone, base, *after).filter(|at| *at <= until);
        std::iter::successors(next(&since), next).last()
    }
}

/// An hour, a day, a month, a year.
const SPANS: [i64; 4] = [
    3_600_000,
    24 * 3_600_000,
    31 * 24 * 3_600_000,
    366 * 24 * 3_600_000,
];

fn next_of_rate(rate: Duration, base: i64, after: i64) -> Option<i64> {
    if after < base {
        return Some(base);
    }
    last_of_rate(rate, base, after)?.checked_add(millis(rate)?)
}

fn last_of_rate(rate: Duration, base: i64, until: i64) -> Option<i64> {
    let since = until.checked_sub(base).filter(|since| *since >= 0)?;
    Some(until - since % millis(rate)?)
}

fn millis(rate: Duration) -> Option<i64> {
    i64::try_from(rate.as_millis()).ok()
}

fn next_of_cron(cron: &Cron, zone: &Zone, after: i64) -> Option<i64> {
    let mut local = zone.local(after);
    loop {
        local = cron.next(local)?;
        // A time that a change of the clocks leaves out is skipped, and one that comes twice counts once.
        match zone.moment(local) {
            Moment::Exists(at) if at > after => return Some(at),
            Moment::Exists(_) | Moment::LeftOut(_) => {}
        }
    }
}

/// `5 minutes`; a single one is without the `s`.
fn rate(text: &str) -> Option<Duration> {
    let mut words = text.split_whitespace();
    let (value, unit) = (words.next()?, words.next()?);
    if words.next().is_some() || !value.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let value: u64 = value.parse().ok().filter(|value| *value > 0)?;
    let seconds: u64 = match (unit, value) {
        ("minute", 1) | ("minutes", 2..) => 60,
        ("hour", 1) | ("hours", 2..) => 60 * 60,
        ("day", 1) | ("days", 2..) => 24 * 60 * 60,
        _ => return None,
    };
    // A longer one would be after all time.
    let seconds = seconds.checked_mul(value)?;
    Some(Duration::from_secs(seconds)).filter(|rate| millis(*rate).is_some())
}

fn at(text: &str) -> Option<PrimitiveDateTime> {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    PrimitiveDateTime::parse(text, format).ok()
}
