//! Reads the values of options.

use std::str::FromStr;
use std::time::Duration;

/// Seconds of the units that a time can have.
const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];

const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// A time such as `90s`, `10m`, `2h` or `1d`: at most a year.
pub fn duration(text: &str) -> Result<Duration, String> {
    let expected =
        || "expected a number and a unit (s, m, h or d), such as 90s, 10m, 2h or 7d".to_owned();
    if text.parse::<u64>().is_ok() {
        return Err(format!("add a unit: {text}s, {text}m, {text}h or {text}d"));
    }
    let read = |(unit, seconds): &(char, u64)| {
        let number: u64 = text.strip_suffix(*unit)?.parse().ok()?;
        Some((number, *seconds))
    };
    let (number, seconds) = UNITS.iter().find_map(read).ok_or_else(expected)?;
    let duration = number.checked_mul(seconds).map(Duration::from_secs);
    duration
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| "expected at most one year".to_owned())
}

/// A time, or 0 for `None`.
pub fn duration_or_never(text: &str) -> Result<Option<Duration>, String> {
    match text {
        "0" => Ok(None),
        text => duration(text).map(Some),
    }
}

/// A whole number.
pub fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "expected a whole number, such as 7".to_owned())
}

/// A parameter of a template: `Players=8`.
pub fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected NAME=VALUE, such as Players=8".to_owned()),
    }
}

/// A header of a request: `Authorization: TOKEN`.
pub fn header(text: &str) -> Result<(String, String), String> {
    let expected = || "expected NAME: VALUE, such as 'Authorization: TOKEN'".to_owned();
    let (name, value) = text.split_once(':').ok_or_else(expected)?;
    let (name, value) = (name.trim(), value.trim());
    let is_sound = http::HeaderName::from_bytes(name.as_bytes()).is_ok()
        && http::HeaderValue::from_str(value).is_ok();
    match is_sound {
        true => Ok((name.to_owned(), value.to_owned())),
        false => Err(expected()),
    }
}

/// The name of a function, and no parameter.
pub fn function(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some(_) => Err(format!("to set a parameter, write `-p {text}`")),
        None => Ok(text.to_owned()),
    }
}

/// The number of a port.
pub fn port(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "expected a number from 1 to 65535".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_number_and_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        for (invalid, expected) in [
            ("", "a number and a unit"),
            ("10", "add a unit: 10s, 10m, 10h or 10d"),
            ("m", "a number and a unit"),
            ("10mm", "a number and a unit"),
            ("1.5h", "a number and a unit"),
            ("-1s", "a number and a unit"),
            ("5µ", "a number and a unit"),
            ("99999999999999999999s", "a number and a unit"),
            ("400d", "at most one year"),
        ] {
            let refused = duration(invalid).expect_err(invalid);
            assert!(refused.contains(expected), "{invalid}: {refused}");
        }
        assert_eq!(duration_or_never("0"), Ok(None));
        assert_eq!(duration_or_never("5m"), Ok(Some(Duration::from_secs(300))));
    }

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let read = |text| header(text).map(|(name, value)| format!("{name}|{value}"));
        assert_eq!(
            read("Authorization: a:b ").as_deref(),
            Ok("Authorization|a:b")
        );
        for invalid in ["Authorization", ": x", "a b: c", "a: b\nc: d", ""] {
            assert!(read(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn a_parameter_is_a_name_and_a_value() {
        let read = |text| parameter(text).map(|(name, value)| format!("{name}|{value}"));
        assert_eq!(read("Players = 8").as_deref(), Ok("Players|8"));
        assert_eq!(read("Path=/a=b/").as_deref(), Ok("Path|/a=b/"));
        for invalid in ["Players", "=8", " =8", ""] {
            assert!(read(invalid).is_err(), "{invalid}");
        }
        assert!(function("Players=4").is_err_and(|hint| hint.contains("`-p Players=4`")));
    }
}
