//! What a class will take.

use super::checks::checks as checks_text;
use super::table::Table;
use crate::class::bounds::Bound;
use crate::class::forecast::{Forecast, Time};
use crate::class::quotas::Quota;
use crate::cloud::limits::Family;
use crate::cloud::own_times::DATE;
use crate::preflight::Check;
use crate::wording::count;

pub fn class_plan(forecast: &Forecast, quotas: &[Quota], checks: &[Check]) -> String {
    let class = forecast.class.as_deref();
    let class = class.map_or("A class".to_owned(), |class| format!("Class {class}"));
    let students = count(forecast.students, "student");
    let accounts = count(forecast.accounts, "account");
    let mut head = format!("{class}: {students} in {accounts}");
    if forecast.accounts > 1 {
        head += &format!(", at most {} in one", forecast.largest);
    }
    if forecast.api {
        head += ", each with a REST API";
    }
    let mut parts = vec![head, times(forecast), quota_table(quotas), cost(forecast)];
    if !checks.is_empty() {
        parts.push(checks_text(checks));
    }
    parts.join("\n\n")
}

fn times(forecast: &Forecast) -> String {
    let headings = ["ON AWS", ">AT LEAST", ">ESTIMATED", "BECAUSE OF"];
    let mut table = Table::new(&headings).without_if_narrow(&["BECAUSE OF"]);
    for (command, time) in [
        ("class up", &forecast.up),
        ("class deploy", &forecast.deploy),
        ("class clean", &forecast.clean),
    ] {
        let bound = time.bounds.first();
        let estimated = time.estimated_seconds;
        table.row([
            command.to_owned(),
            duration(time.least_seconds),
            estimated.map_or("unknown".to_owned(), duration),
            bound.map_or_else(String::new, because),
        ]);
    }
    let mut lines = vec![table.render()];
    lines.push("At least: what AWS's published limits leave.".to_owned());
    lines.push(
        "Estimated: a simulation with these limits, and with the time that each resource"
            .to_owned(),
    );
    lines.push(format!(
        "typically takes on AWS. Those times are guesses of {DATE}, not measured."
    ));
    lines.extend(sources(&[&forecast.up, &forecast.deploy, &forecast.clean]));
    lines.join("\n")
}

fn because(bound: &Bound) -> String {
    format!("{}: {}", api(bound.limit), rate(bound.per_second))
}

/// What the slowest limits are from.
fn sources(times: &[&Time]) -> Vec<String> {
    let bounds = times.iter().filter_map(|time| time.bounds.first());
    // The page; the heading on it is in the JSON document.
    let pages = bounds.filter_map(|it| it.source.split(", \"").next());
    let mut sources: Vec<String> = pages.map(|page| format!("Source: {page}")).collect();
    sources.dedup();
    sources
}

fn api(family: Family) -> String {
    match family {
        Family::CloudFormation => "CloudFormation".to_owned(),
        Family::LambdaControl => "Lambda's control plane".to_owned(),
        Family::LambdaGetFunction => "GetFunction".to_owned(),
        Family::LambdaGetPolicy => "GetPolicy".to_owned(),
        Family::ApiGateway => "API Gateway".to_owned(),
        other => format!("{other:?}"),
    }
}

fn rate(per_second: f64) -> String {
    if per_second >= 1.0 {
        format!("{per_second:.0} a second")
    } else {
        format!("1 in {:.0} s", 1.0 / per_second)
    }
}

fn quota_table(quotas: &[Quota]) -> String {
    let headings = ["IN THE LARGEST ACCOUNT", ">NEEDED", ">ALLOWED", "FROM"];
    let mut table = Table::new(&headings).without_if_narrow(&["FROM"]);
    for quota in quotas {
        let is_size = quota.what.starts_with("bytes");
        let number = |value: u64| match is_size {
            true => format!("{:.1} GB", value as f64 / f64::from(1 << 30)),
            false => value.to_string(),
        };
        let from = match quota.known {
            true => "this account",
            false => "published; here unknown",
        };
        let mark = if quota.suffices() { "" } else { " !" };
        table.row([
            quota.what.replace("bytes of code", "code"),
            number(quota.needed),
            number(quota.allowed) + mark,
            from.to_owned(),
        ]);
    }
    let mut lines = vec![table.render()];
    if !quotas.iter().all(Quota::suffices) {
        lines.push("! less than the class needs".to_owned());
    }
    lines.join("\n")
}

fn cost(forecast: &Forecast) -> String {
    let cost = &forecast.cost;
    format!(
        "Cost a day, at the prices of {} in {} and without the free tier:\n  {} at rest\n  {} when each \
         student plays {} games and deploys {} times",
        cost.region,
        cost.date,
        dollars(cost.at_rest),
        dollars(cost.in_class),
        cost.games,
        cost.deployments,
    )
}

fn dollars(amount: f64) -> String {
    match amount {
        amount if amount < 0.01 => "less than 0.01 $".to_owned(),
        amount => format!("{amount:.2} $"),
    }
}

/// `40 s`, `2 min 30 s`, `1 h 5 min`
fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
    match (hours, minutes, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_amounts_have_the_units_that_people_use() {
        for (seconds, expected) in [
            (9.2, "10 s"),
            (150.0, "2 min 30 s"),
            (900.0, "15 min"),
            (9_000.0, "2 h 30 min"),
            (3_600.0, "1 h"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
        assert_eq!(rate(15.0), "15 a second");
        assert_eq!(rate(1.0 / 30.0), "1 in 30 s");
        assert_eq!(dollars(0.001), "less than 0.01 $");
        assert_eq!(dollars(0.136), "0.14 $");
    }
}
