//! One field of a cron expression: the numbers that it stands for.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

pub type Numbers = BTreeSet<u16>;

/// What a field may have.
#[derive(Clone, Debug)]
pub struct Field {
    pub values: RangeInclusive<u16>,
    /// Of the values, from the first one on.
    pub names: &'static [&'static str],
    /// Whether it may have increments, such as `0/15`.
    pub steps: bool,
    /// Whether its values come again after the last one, so that a range such as `20-2` goes over the end.
    pub comes_again: bool,
}

impl Field {
    pub const fn new(first: u16, last: u16) -> Self {
        Self {
            values: first..=last,
            names: &[],
            steps: true,
            comes_again: true,
        }
    }

    pub const fn once(self) -> Self {
        Self {
            comes_again: false,
            ..self
        }
    }

    pub const fn named(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    pub const fn without_steps(self) -> Self {
        Self {
            steps: false,
            ..self
        }
    }

    /// The numbers of a list such as `1,5-10,20/2` or `*`.
    pub fn read(&self, text: &str) -> Option<Numbers> {
        let mut numbers = Numbers::new();
        for item in text.split(',') {
            numbers.extend(self.item(item)?);
        }
        Some(numbers)
    }

    fn item(&self, text: &str) -> Option<impl Iterator<Item = u16>> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) if self.steps => (range, number(step).filter(|step| *step > 0)?),
            Some(_) => return None,
            None => (text, 1),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None if range == "*" => (*self.values.start(), *self.values.end()),
            None if text == range => (self.value(range)?, self.value(range)?),
            // An increment goes on to the end.
            None => (self.value(range)?, *self.values.end()),
        };
        let range: Vec<u16> = if first <= last {
            (first..=last).collect()
        } else if self.comes_again {
            let (least, greatest) = (*self.values.start(), *self.values.end());
            (first..=greatest).chain(least..=last).collect()
        } else {
            return None;
        };
        Some(range.into_iter().step_by(usize::from(step)))
    }

    /// A number or a name.
    pub fn value(&self, text: &str) -> Option<u16> {
        let mut names = self.names.iter();
        let named = names.position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(index) => self.values.start() + u16::try_from(index).ok()?,
            None => number(text)?,
        };
        self.values.contains(&value).then_some(value)
    }
}

pub fn number(text: &str) -> Option<u16> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
