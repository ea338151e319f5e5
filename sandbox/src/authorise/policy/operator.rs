//! Condition operators: how the value of a key is compared with one in a policy.
//!
//! Source: "IAM JSON policy elements: Condition operators" in IAM's user guide.

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::prelude::{BASE64_STANDARD, Engine};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::pattern::{Pattern, Variables};

/// An operator without its set operator and `IfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    pub comparison: Comparison,
    /// Such as `StringNotEquals`.
    pub is_negated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Arn,
    Binary,
    Bool,
    Date(Order),
    Ip,
    /// Whether the request has the key.
    Null,
    Numeric(Order),
    String,
    StringIgnoringCase,
    StringLike,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// `None` if there is no such operator. The case of its letters does not count.
    pub fn named(name: &str) -> Option<Self> {
        use Comparison::{
            Arn, Binary, Bool, Date, Ip, Null, Numeric, String, StringIgnoringCase, StringLike,
        };
        let (comparison, is_negated) = match name.to_ascii_lowercase().as_str() {
            "arnequals" | "arnlike" => (Arn, false),
            "arnnotequals" | "arnnotlike" => (Arn, true),
            "binaryequals" => (Binary, false),
            "bool" => (Bool, false),
            "ipaddress" => (Ip, false),
            "notipaddress" => (Ip, true),
            "null" => (Null, false),
            "stringequals" => (String, false),
            "stringnotequals" => (String, true),
            "stringequalsignorecase" => (StringIgnoringCase, false),
            "stringnotequalsignorecase" => (StringIgnoringCase, true),
            "stringlike" => (StringLike, false),
            "stringnotlike" => (StringLike, true),
            other => {
                let (of, order) = match other.strip_prefix("date") {
                    Some(order) => (Date as fn(Order) -> Comparison, order),
                    None => (
                        Numeric as fn(Order) -> Comparison,
                        other.strip_prefix("numeric")?,
                    ),
                };
                let (order, is_negated) = Order::named(order)?;
                (of(order), is_negated)
            }
        };
        Some(Self {
            comparison,
            is_negated,
        })
    }
}

impl Order {
    /// The order, and whether it must not hold.
    fn named(name: &str) -> Option<(Self, bool)> {
        Some(match name {
            "equals" => (Self::Equal, false),
            "notequals" => (Self::Equal, true),
            "lessthan" => (Self::Less, false),
            "lessthanequals" => (Self::LessOrEqual, false),
            "greaterthan" => (Self::Greater, false),
            "greaterthanequals" => (Self::GreaterOrEqual, false),
            _ => return None,
        })
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Comparison {
    /// Whether a value of the request is as one in the policy. What cannot be read is as nothing.
    pub fn holds(self, given: &str, wanted: &str, variables: Variables<'_>) -> bool {
        let pattern = || Pattern::resolved(wanted, variables);
        match self {
            Self::Arn => pattern().is_some_and(|it| it.matches_arn(given)),
            Self::Binary => binary(given).is_some_and(|it| binary(wanted) == Some(it)),
            Self::Bool => given.eq_ignore_ascii_case(wanted),
            Self::Date(order) => compare(order, date(given), date(wanted)),
            Self::Ip => is_in_range(given, wanted),
            // Of whether there is a key, not of its value.
            Self::Null => false,
            Self::Numeric(order) => compare(order, number(given), number(wanted)),
            Self::String => pattern().is_some_and(|it| it.literal() == given),
            Self::StringIgnoringCase => {
                pattern().is_some_and(|it| it.literal().to_lowercase() == given.to_lowercase())
            }
            Self::StringLike => pattern().is_some_and(|it| it.matches(given)),
        }
    }

    /// Whether variables in its values have their values.
    pub fn has_variables(self) -> bool {
        matches!(
            self,
            Self::Arn | Self::String | Self::StringIgnoringCase | Self::StringLike
        )
    }
}

fn compare<T: PartialOrd>(order: Order, given: Option<T>, wanted: Option<T>) -> bool {
    let compared = given
        .zip(wanted)
        .and_then(|(given, wanted)| given.partial_cmp(&wanted));
    compared.is_some_and(|compared| order.holds(compared))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|it: &f64| it.is_finite())
}

fn binary(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// A time of ISO 8601, a day, or seconds since 1970; as seconds since 1970.
fn date(text: &str) -> Option<f64> {
    const MINUTES: &[time::format_description::BorrowedFormatItem<'_>] = format_description!(
        "[year]-[month]-[day]T[hour]:[minute][offset_hour sign:mandatory]:[offset_minute]"
    );
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    let zoned = text.replace('Z', "+00:00");
    let time =
        OffsetDateTime::parse(&zoned, &Rfc3339).or_else(|_| OffsetDateTime::parse(&zoned, MINUTES));
    let time = time.ok().or_else(|| {
        let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
        Some(day.ok()?.midnight().assume_utc())
    })?;
    Some(time.unix_timestamp_nanos() as f64 / 1e9)
}

/// Whether an address is in a range such as `203.0.113.0/24`, or is the address.
fn is_in_range(address: &str, range: &str) -> bool {
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base, length.parse().ok()),
        None => (range, Some(128)),
    };
    let (Ok(address), Ok(base), Some(length)) = (address.parse(), base.parse(), length) else {
        return false;
    };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128_u32),
    };
    let ((address, width), (base, base_width)) = (bits(address), bits(base));
    let ignored = 128 - width.min(length);
    let start = |bits: u128| bits.checked_shr(ignored).unwrap_or_default();
    width == base_width && start(address) == start(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_times_days_or_seconds() {
        let noon = Some(1_585_742_400.0);
        for text in [
            "2020-04-01T12:00:00Z",
            "2020-04-01T14:00:00+02:00",
            "2020-04-01T12:00Z",
            "1585742400",
            "1585742400.0",
        ] {
            assert_eq!(date(text), noon, "{text}");
        }
        assert_eq!(date("2020-04-01"), Some(1_585_699_200.0));
        for text in ["", "today", "2020-13-01", "NaN", "inf"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_in_ranges() {
        for (address, range, is_in) in [
            ("203.0.113.7", "203.0.113.0/24", true),
            ("203.0.114.7", "203.0.113.0/24", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.8", "203.0.113.7", false),
            ("203.0.113.8", "203.0.113.7/32", false),
            ("198.51.100.1", "0.0.0.0/0", true),
            ("2001:db8::1", "2001:db8::/32", true),
            ("2001:db9::1", "2001:db8::/32", false),
            ("2001:db8::1", "::/0", true),
            ("2001:db8::1", "0.0.0.0/0", false),
            ("::cb00:7107", "203.0.113.7", false),
            ("", "0.0.0.0/0", false),
            ("203.0.113.7", "203.0.113.0/x", false),
        ] {
            assert_eq!(is_in_range(address, range), is_in, "{address} {range}");
        }
    }
}
