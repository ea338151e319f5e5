//! Cron expressions in the dialect of EventBridge: minutes, hours, day of month, month, day of week, year.

use time::{Date, Month, PrimitiveDateTime, Time};

use super::days::Days;
use super::field::{Field, Numbers};

const MINUTES: Field = Field::new(0, 59);
const HOURS: Field = Field::new(0, 23);
const MONTHS: Field = Field::new(1, 12).named(&[
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
]);
const YEARS: Field = Field::new(1970, 2199).once();

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: Numbers,
    hours: Numbers,
    days: Days,
    months: Numbers,
    years: Numbers,
}

impl Cron {
    pub fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, of_month, months, of_week, years] = fields.try_into().ok()?;
        Some(Self {
            minutes: MINUTES.read(minutes)?,
            hours: HOURS.read(hours)?,
            days: Days::read(of_month, of_week)?,
            months: MONTHS.read(months)?,
            years: YEARS.read(years)?,
        })
    }

    /// The first time after `after`.
    pub fn next(&self, after: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
        let today = after.date();
        let mut dates = self.dates_from(today);
        dates.find_map(|date| {
            let mut times = self.times();
            let time = times.find(|time| date > today || *time > after.time())?;
            Some(PrimitiveDateTime::new(date, time))
        })
    }

    /// Its dates, from this one on.
    fn dates_from(&self, first: Date) -> impl Iterator<Item = Date> {
        let first_year = u16::try_from(first.year()).unwrap_or_default();
        let years = self.years.range(first_year..);
        let months = years.flat_map(|year| self.months.iter().map(move |month| (*year, *month)));
        let dates = months.flat_map(move |(year, month)| {
            let year = i32::from(year);
            let month = u8::try_from(month)
                .ok()
                .and_then(|it| Month::try_from(it).ok());
            let month =
                month.filter(|it| (year, u8::from(*it)) >= (first.year(), first.month().into()));
            let days = month.map(|month| (month, self.days.in_month(year, month)));
            let days = days.into_iter().flat_map(|(month, days)| {
                let dates = days.into_iter();
                dates.filter_map(move |day| Date::from_calendar_date(year, month, day).ok())
            });
            days.collect::<Vec<_>>()
        });
        dates.filter(move |date| *date >= first)
    }

    /// Of a day.
    fn times(&self) -> impl Iterator<Item = Time> {
        let hours = self.hours.iter();
        let times = hours.flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
        times.filter_map(|(hour, minute)| {
            let (hour, minute) = (u8::try_from(hour).ok()?, u8::try_from(minute).ok()?);
            Time::from_hms(hour, minute, 0).ok()
        })
    }
}
