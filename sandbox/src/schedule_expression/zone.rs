//! Time zones by their names in the IANA's database.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A time of a zone, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The first one, if it comes twice.
    Exists(i64),
    /// The clocks pass over it. It would have been then, had they not been changed.
    LeftOut(i64),
}

impl Moment {
    pub fn time(self) -> i64 {
        match self {
            Self::Exists(at) | Self::LeftOut(at) => at,
        }
    }
}

impl Zone {
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone with a name such as `Europe/Berlin`.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// What the clocks of the zone show.
    pub fn local(&self, at: i64) -> PrimitiveDateTime {
        let timestamp = Timestamp::from_millisecond(at);
        let local = timestamp.ok().and_then(|it| read(self.0.to_datetime(it)));
        local.unwrap_or_else(|| utc(at))
    }

    /// When the clocks of the zone show this.
    pub fn moment(&self, local: PrimitiveDateTime) -> Moment {
        let as_utc = local.assume_utc().unix_timestamp() * 1000;
        let Some(civil) = written(local) else {
            return Moment::Exists(as_utc);
        };
        let ambiguous = self.0.to_ambiguous_timestamp(civil).offset();
        let (offset, moment): (_, fn(i64) -> Moment) = match ambiguous {
            AmbiguousOffset::Unambiguous { offset } => (offset, Moment::Exists),
            AmbiguousOffset::Fold { before, .. } => (before, Moment::Exists),
            AmbiguousOffset::Gap { before, .. } => (before, Moment::LeftOut),
        };
        moment(as_utc - i64::from(offset.seconds()) * 1000)
    }
}

fn utc(at: i64) -> PrimitiveDateTime {
    let utc = OffsetDateTime::from_unix_timestamp(at.div_euclid(1000));
    let utc = utc.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    PrimitiveDateTime::new(utc.date(), utc.time())
}

fn read(civil: DateTime) -> Option<PrimitiveDateTime> {
    let month = u8::try_from(civil.month()).ok()?;
    let date = Date::from_calendar_date(
        civil.year().into(),
        Month::try_from(month).ok()?,
        u8::try_from(civil.day()).ok()?,
    );
    let (hour, minute) = (civil.hour(), civil.minute());
    let time = Time::from_hms_milli(
        u8::try_from(hour).ok()?,
        u8::try_from(minute).ok()?,
        u8::try_from(civil.second()).ok()?,
        u16::try_from(civil.millisecond()).ok()?,
    );
    Some(PrimitiveDateTime::new(date.ok()?, time.ok()?))
}

fn written(local: PrimitiveDateTime) -> Option<DateTime> {
    let small = |number: u8| i8::try_from(number).ok();
    DateTime::new(
        i16::try_from(local.year()).ok()?,
        small(local.month().into())?,
        small(local.day())?,
        small(local.hour())?,
        small(local.minute())?,
        small(local.second())?,
        0,
    )
    .ok()
}
