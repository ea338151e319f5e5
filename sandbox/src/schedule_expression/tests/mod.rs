//! Expressions and their times. `cases.json` has what AWS's documentation says of its examples, as times.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::{NotValid, ScheduleExpression, Zone};
use crate::clock;

#[derive(Deserialize)]
struct Case {
    expression: String,
    zone: Option<String>,
    /// A time without a zone is of UTC, here and in `next`.
    after: String,
    /// What follows, up to the end if it ends with `null`.
    next: Vec<Value>,
}

fn millis(text: &str) -> i64 {
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let local = time::PrimitiveDateTime::parse(text, format).expect("a time");
    local.assume_utc().unix_timestamp() * 1000
}

fn written(at: Option<i64>) -> Value {
    at.map_or(Value::Null, |at| {
        clock::to_the_second(at).trim_end_matches('Z').into()
    })
}

fn cron(text: &str) -> ScheduleExpression {
    ScheduleExpression::parse(&format!("cron({text})")).expect("a schedule expression")
}

#[test]
fn expressions_stand_for_the_times_that_aws_documents() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).expect("cases");
    assert!(cases.len() >= 40);
    for case in cases {
        let Case { expression, .. } = &case;
        let zone = case.zone.as_deref().unwrap_or("UTC");
        let zone = Zone::named(zone).expect("a zone");
        let parsed = ScheduleExpression::parse(expression).expect(expression);
        let mut after = millis(&case.after);
        let base = after;
        for expected in &case.next {
            let next = parsed.next(&zone, base, after);
            assert_eq!(
                &written(next),
                expected,
                "{expression} after {}",
                case.after
            );
            after = next.unwrap_or(after);
        }
    }
}

#[test]
fn what_aws_refuses_is_refused() {
    for text in [
        "",
        "rate",
        "rate()",
        "rate(5)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 seconds)",
        "rate(-5 minutes)",
        "rate(1.5 hours)",
        "rate(5 minutes",
        "rate(5 minutes) ",
        "rate(99999999999999999999 days)",
        "Rate(5 minutes)",
        "cron()",
        "cron(* * * * *)",
        "cron(0 12 * * *)",
        "cron(0 12 * * ? * *)",
        "cron(0 12 * * * *)",
        "cron(0 12 ? * ? *)",
        "cron(0 12 1 * 1 *)",
        "cron(60 12 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 12 0 * ? *)",
        "cron(0 12 32 * ? *)",
        "cron(0 12 * 13 ? *)",
        "cron(0 12 * 0 ? *)",
        "cron(0 12 ? * 0 *)",
        "cron(0 12 ? * 8 *)",
        "cron(0 12 ? * MON/2 *)",
        "cron(0 12 ? * 3#1,6#3 *)",
        "cron(0 12 ? * 3#6 *)",
        "cron(0 12 ? * 3#0 *)",
        "cron(0 12 L-3 * ? *)",
        "cron(0 12 1,L * ? *)",
        "cron(0 12 W * ? *)",
        "cron(0 12 * * ? 1969)",
        "cron(0 12 * * ? 2200)",
        "cron(0 12 * * ? 2030-2029)",
        "cron(0/0 12 * * ? *)",
        "cron(/5 12 * * ? *)",
        "cron(0, 12 * * ? *)",
        "cron(a 12 * * ? *)",
        "cron(+1 12 * * ? *)",
        "at(2030-01-02)",
        "at(2030-13-02T00:00:00)",
        "at(2030-01-02T00:00:00Z)",
        "every(5 minutes)",
    ] {
        // Spaces around it are no fault.
        if text != "rate(5 minutes) " {
            assert_eq!(ScheduleExpression::parse(text), Err(NotValid), "{text}");
        }
    }
    assert!(ScheduleExpression::parse(" rate(5 minutes) ").is_ok());
    assert_eq!(Zone::named("Mars/Olympus"), None);
}

#[test]
fn the_last_time_before_now_is_what_was_missed() {
    let utc = Zone::utc();
    let last = |expression: &str, since: &str, until: &str| {
        let expression = ScheduleExpression::parse(expression).expect(expression);
        let (since, until) = (millis(since), millis(until));
        written(expression.last(&utc, since, since, until))
    };
    let (new_year, march) = ("2026-01-01T00:00:00", "2026-03-01T12:34:56");
    for (expression, expected) in [
        ("rate(7 minutes)", "2026-03-01T12:28:00"),
        ("cron(* * * * ? *)", "2026-03-01T12:34:00"),
        ("cron(0 23 * * ? *)", "2026-02-28T23:00:00"),
        ("cron(0 0 15 1 ? *)", "2026-01-15T00:00:00"),
        ("at(2026-02-03T04:05:06)", "2026-02-03T04:05:06"),
    ] {
        assert_eq!(last(expression, new_year, march), expected, "{expression}");
    }
    for expression in ["cron(0 0 1 6 ? *)", "at(2025-02-03T04:05:06)"] {
        assert_eq!(
            last(expression, new_year, march),
            Value::Null,
            "{expression}"
        );
    }
}

#[test]
fn an_expression_that_never_comes_ends() {
    let (expression, utc) = (cron("0 0 31 2 ? *"), Zone::utc());
    assert_eq!(expression.next(&utc, 0, 0), None);
    assert_eq!(
        expression.last(&utc, 0, 0, millis("2100-01-01T00:00:00")),
        None
    );
}

/// A field of an expression: its text, and the numbers that it has.
fn field(first: u16, last: u16) -> impl Strategy<Value = (String, Vec<u16>)> {
    let all = move || (first..=last).collect::<Vec<_>>();
    prop_oneof![
        Just(("*".to_owned(), all())),
        prop::collection::btree_set(first..=last, 1..4).prop_map(|numbers| {
            let texts: Vec<String> = numbers.iter().map(u16::to_string).collect();
            (texts.join(","), numbers.into_iter().collect())
        }),
        (first..=last, first..=last).prop_map(|(one, other)| {
            let (one, other) = (one.min(other), one.max(other));
            (format!("{one}-{other}"), (one..=other).collect())
        }),
        (first..=last, 1u16..20).prop_map(move |(from, step)| {
            let numbers = (from..=last).filter(|it| (it - from) % step == 0);
            (format!("{from}/{step}"), numbers.collect())
        }),
    ]
}

proptest! {
    #[test]
    fn the_next_time_is_later_and_matches_all_fields(
        minutes in field(0, 59),
        hours in field(0, 23),
        days in field(1, 31),
        months in field(1, 12),
        after in 0i64..4_102_444_800_000,
    ) {
        let text = format!("{} {} {} {} ? *", minutes.0, hours.0, days.0, months.0);
        let expression = cron(&text);
        if let Some(next) = expression.next(&Zone::utc(), 0, after) {
            prop_assert!(next > after);
            prop_assert_eq!(next % 60_000, 0);
            let found = clock::at(next);
            prop_assert!(minutes.1.contains(&found.minute().into()), "{}", text);
            prop_assert!(hours.1.contains(&found.hour().into()), "{}", text);
            prop_assert!(days.1.contains(&found.day().into()), "{}", text);
            prop_assert!(months.1.contains(&u8::from(found.month()).into()), "{}", text);
            prop_assert_eq!(expression.last(&Zone::utc(), 0, after, next), Some(next));
        }
    }

    #[test]
    fn nothing_lies_between_a_time_and_the_next(minutes in field(0, 59), hours in field(0, 23), after in 0i64..4_102_444_800_000) {
        let expression = cron(&format!("{} {} * * ? *", minutes.0, hours.0));
        let next = expression.next(&Zone::utc(), 0, after).expect("it comes each day");
        let mut between = (after / 60_000 + 1)..next / 60_000;
        let is_wanted = |minute: i64| {
            let it = clock::at(minute * 60_000);
            minutes.1.contains(&it.minute().into()) && hours.1.contains(&it.hour().into())
        };
        prop_assert!(!between.any(is_wanted));
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "(cron|rate|at)?\\(?[0-9A-Z*?,/#LW -]{0,30}\\)?") {
        let _ = ScheduleExpression::parse(&text);
    }

    #[test]
    fn zones_have_a_time_for_each_local_time(at in 0i64..4_102_444_800_000, zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"])) {
        let zone = Zone::named(zone).expect("a zone");
        let seconds = at - at % 1000;
        let there = zone.moment(zone.local(seconds)).time();
        // The same, or the first of two.
        prop_assert!(seconds - there == 0 || (0..=3_600_000).contains(&(seconds - there)));
    }
}
