//! The days of a cron expression. One of its two fields for days says which they are, and the other one is `?`.

use time::util::days_in_month;
use time::{Date, Month};

use super::field::{Field, Numbers, number};

const OF_MONTH: Field = Field::new(1, 31);
/// A week begins with Sunday.
const OF_WEEK: Field = Field::new(1, 7)
    .named(&["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
    .without_steps();
const SATURDAY: u16 = 7;
const SUNDAY: u16 = 1;
/// Stands for any day, in the field that does not say which.
const ANY: &str = "?";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    OfMonth(Numbers),
    /// `L`
    LastOfMonth,
    /// `LW`: the last one from Monday to Friday.
    LastWorkday,
    /// `15W`: the one from Monday to Friday that is nearest, in the same month.
    NearestWorkday(u8),
    OfWeek(Numbers),
    /// `6L`: the last Friday of the month.
    LastWeekday(u16),
    /// `6#3`: the third Friday of the month.
    NthWeekday {
        weekday: u16,
        nth: u16,
    },
}

impl Days {
    pub fn read(of_month: &str, of_week: &str) -> Option<Self> {
        match (of_month, of_week) {
            (ANY, ANY) => None,
            (of_month, ANY) => Self::of_month(of_month),
            (ANY, of_week) => Self::of_week(of_week),
            _ => None,
        }
    }

    fn of_month(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "L" => Some(Self::LastOfMonth),
            "LW" => Some(Self::LastWorkday),
            text => match text.strip_suffix('W') {
                Some(day) => {
                    let day = u8::try_from(OF_MONTH.value(day)?).ok()?;
                    Some(Self::NearestWorkday(day))
                }
                None => OF_MONTH.read(text).map(Self::OfMonth),
            },
        }
    }

    fn of_week(text: &str) -> Option<Self> {
        let text = text.to_ascii_uppercase();
        if text == "L" {
            return Some(Self::OfWeek(Numbers::from([SATURDAY])));
        }
        if let Some(weekday) = text.strip_suffix('L') {
            return OF_WEEK.value(weekday).map(Self::LastWeekday);
        }
        if let Some((weekday, nth)) = text.split_once('#') {
            let weekday = OF_WEEK.value(weekday)?;
            let nth = number(nth).filter(|nth| (1..=5).contains(nth))?;
            return Some(Self::NthWeekday { weekday, nth });
        }
        OF_WEEK.read(&text).map(Self::OfWeek)
    }

    /// The days that they are in a month, in their order.
    pub fn in_month(&self, year: i32, month: Month) -> Vec<u8> {
        let last = days_in_month(month, year);
        let weekday = |day: u8| weekday(year, month, day);
        let is_workday = |day: &u8| !matches!(weekday(*day), None | Some(SATURDAY | SUNDAY));
        let (mut all, mut backwards) = (1..=last, (1..=last).rev());
        match self {
            Self::OfMonth(numbers) => all.filter(|day| numbers.contains(&(*day).into())).collect(),
            Self::LastOfMonth => vec![last],
            Self::LastWorkday => backwards.find(is_workday).into_iter().collect(),
            Self::NearestWorkday(day) if *day > last => Vec::new(),
            Self::NearestWorkday(day) => {
                let nearest = [0, -1, 1, -2, 2].map(|distance| day.checked_add_signed(distance));
                let mut nearest = nearest.into_iter().flatten();
                let found = nearest.find(|day| (1..=last).contains(day) && is_workday(day));
                found.into_iter().collect()
            }
            Self::OfWeek(numbers) => all
                .filter(|day| weekday(*day).is_some_and(|it| numbers.contains(&it)))
                .collect(),
            Self::LastWeekday(wanted) => {
                let last = backwards.find(|day| weekday(*day) == Some(*wanted));
                last.into_iter().collect()
            }
            Self::NthWeekday {
                weekday: wanted,
                nth,
            } => {
                let found = all.by_ref().filter(|day| weekday(*day) == Some(*wanted));
                found.skip(usize::from(*nth) - 1).take(1).collect()
            }
        }
    }
}

/// From 1 for Sunday to 7 for Saturday.
fn weekday(year: i32, month: Month, day: u8) -> Option<u16> {
    let date = Date::from_calendar_date(year, month, day).ok()?;
    Some(date.weekday().number_from_sunday().into())
}
