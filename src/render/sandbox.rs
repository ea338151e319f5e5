//! The status of the sandbox.

use time::OffsetDateTime;
use time::macros::format_description;

use super::size;
use super::style::{bad, bold, good};
use crate::sandbox::{DroppedDelivery, SandboxClock, SandboxStatus};

fn contents(status: &SandboxStatus) -> String {
    let bytes = usize::try_from(status.bytes).unwrap_or(usize::MAX);
    format!("{} ({})", status.folder.display(), size(bytes))
}

pub fn sandbox_status(status: &SandboxStatus) -> String {
    let process = match status.pid {
        Some(pid) => format!("(process {pid})"),
        None => "in another container or on another machine".to_owned(),
    };
    let state = match &status.url {
        Some(url) => {
            let since = status.since.and_then(time_of).unwrap_or_default();
            format!(
                "running since {since} {process}\n{}  {url}",
                bold("address")
            )
        }
        None if status.running => bad(format!("not responding {process}")),
        None => "not running".to_owned(),
    };
    let ahead = status.ahead.filter(|ahead| *ahead != 0).map(|ahead| {
        let ahead = long_time(ahead.unsigned_abs());
        format!("\n{}    {ahead} ahead of this machine's", bold("clock"))
    });
    format!(
        "{}   {state}{}\n{}   {}",
        bold("status"),
        ahead.unwrap_or_default(),
        bold("folder"),
        contents(status)
    )
}

pub fn sandbox_started(status: &SandboxStatus) -> String {
    let url = status.url.as_deref().unwrap_or_default();
    format!("{} the sandbox is running at {}", good("✓"), bold(url))
}

pub fn sandbox_stopped(ran: bool) -> String {
    if ran {
        format!("{} the sandbox has stopped", good("✓"))
    } else {
        "the sandbox was not running".to_owned()
    }
}

/// Of what happened on the way, in lines.
const MOST_FIRED: usize = 20;

pub fn sandbox_clock(clock: &SandboxClock) -> String {
    let ahead = match clock.ahead {
        0 => "as on this machine".to_owned(),
        seconds => format!("{} ahead", long_time(seconds.unsigned_abs())),
    };
    let mut lines = fired(clock);
    lines.extend(clock.dropped.iter().map(dropped));
    if !clock.complete {
        lines.push(
            "  so much happened that the clock went less far; run the command again".to_owned(),
        );
    }
    lines.push(format!(
        "{} it is {} in the sandbox, {ahead}",
        good("✓"),
        bold(moment(clock.now))
    ));
    lines.join("\n")
}

/// A line for deliveries that nobody has got.
pub fn dropped(it: &DroppedDelivery) -> String {
    let times = match it.times {
        1 => String::new(),
        times => format!(" {times} times"),
    };
    format!("  {} dropped{times}: {}", bad("✗"), it.what)
}

/// A line for each thing that happened, with its times.
fn fired(clock: &SandboxClock) -> Vec<String> {
    let mut things: Vec<(&str, Vec<i64>)> = Vec::new();
    for fired in &clock.fired {
        match things.iter_mut().find(|(what, _)| *what == fired.what) {
            Some((_, times)) => times.push(fired.at),
            None => things.push((&fired.what, vec![fired.at])),
        }
    }
    let line = |(what, times): &(&str, Vec<i64>)| match times.as_slice() {
        [] => format!("  {what}"),
        [at] => format!("  {what} at {}", moment(*at)),
        [first, .., last] => format!(
            "  {what} {} times, from {} to {}",
            times.len(),
            moment(*first),
            moment(*last)
        ),
    };
    let mut lines: Vec<String> = things.iter().take(MOST_FIRED).map(line).collect();
    let more = things.len().saturating_sub(MOST_FIRED);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines
}

fn moment(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).ok();
    seconds.and_then(time_of).unwrap_or_default()
}

/// `1 day 2 h 5 min`, without what is zero.
fn long_time(seconds: u64) -> String {
    let days = match seconds / 86_400 {
        1 => "day",
        _ => "days",
    };
    let parts = [
        (seconds / 86_400, days),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    parts.join(" ")
}

/// What a reset deletes.
pub fn sandbox_contents(status: &SandboxStatus) -> String {
    format!(
        "All stacks, functions, tables, objects and logs in {}",
        contents(status)
    )
}

pub fn sandbox_emptied(_: &SandboxStatus) -> String {
    format!("{} the sandbox is empty", good("✓"))
}

/// In UTC.
fn time_of(seconds: u64) -> Option<String> {
    Some(format!("{} UTC", second_of(seconds)?))
}

/// `2026-11-26 18:37:09`, in UTC.
pub fn second_of(seconds: u64) -> Option<String> {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    utc(seconds)?.format(&format).ok()
}

/// `2026-11-26 18:37`, in UTC.
pub fn minute_of(seconds: u64) -> Option<String> {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    utc(seconds)?.format(&format).ok()
}

fn utc(seconds: u64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Fired;

    #[test]
    fn the_clock_and_what_happened_are_told() {
        let told = |ahead, fired: &[(&str, i64)], complete| {
            let fired = fired.iter().map(|(what, at)| Fired {
                what: (*what).to_owned(),
                at: *at,
            });
            let clock = SandboxClock {
                now: 1_700_003_600,
                ahead,
                fired: fired.collect(),
                complete,
                dropped: vec![DroppedDelivery {
                    what: "to arn:a: gone".to_owned(),
                    times: 3,
                }],
            };
            anstream::adapter::strip_str(&sandbox_clock(&clock)).to_string()
        };
        let now = "✓ it is 2023-11-14 23:13:20 UTC in the sandbox, ";
        let lost = "  ✗ dropped 3 times: to arn:a: gone\n";
        assert_eq!(told(0, &[], true), format!("{lost}{now}as on this machine"));
        let fired = [
            ("rule often", 1_700_000_000),
            ("rule nightly", 1_700_000_060),
            ("rule often", 1_700_000_120),
        ];
        assert_eq!(
            told(90_061, &fired, true),
            format!(
                "  rule often 2 times, from 2023-11-14 22:13:20 UTC to 2023-11-14 22:15:20 UTC\n  \
                 rule nightly at 2023-11-14 22:14:20 UTC\n{lost}{now}1 day 1 h 1 min 1 s ahead"
            )
        );
        let names: Vec<String> = (0..22).map(|number| format!("rule {number}")).collect();
        let many: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 0)).collect();
        let many = told(172_800, &many, false);
        assert!(
            many.contains(&format!("\n  and 2 more\n{lost}  so much happened")),
            "{many}"
        );
        assert!(many.ends_with("2 days ahead"), "{many}");
    }
}
