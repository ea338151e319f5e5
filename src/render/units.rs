//! Sizes and times for people.

use std::time::Duration;

/// `3.6 MB`, in units of 1,000.
pub fn size(bytes: usize) -> String {
    const UNITS: [&str; 4] = ["B", "kB", "MB", "GB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ if value < 10.0 => format!("{value:.1} {}", UNITS[unit]),
        _ => format!("{value:.0} {}", UNITS[unit]),
    }
}

/// `43 ms`, `1.2 s`, `2 min 5 s`.
pub fn elapsed(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_two_figures_or_three() {
        for (bytes, words) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (3_561_234, "3.6 MB"),
            (52_000_000, "52 MB"),
            (999_900, "1.0 MB"),
        ] {
            assert_eq!(size(bytes), words);
        }
    }

    #[test]
    fn times_are_told_in_the_unit_a_person_would_use() {
        for (millis, words) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1.0 s"),
            (59_940, "59.9 s"),
            (125_000, "2 min 5 s"),
        ] {
            assert_eq!(elapsed(Duration::from_millis(millis)), words);
        }
    }
}
