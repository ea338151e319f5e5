//! `mafia logs`

use std::time::{Duration, SystemTime};

use clap::Args;
use serde::Serialize;

use crate::cloud::Cloud;
use crate::context::Context;
use crate::error::Error;
use crate::functions::{self, Follower, Line};
use crate::render;

/// Show the functions' logs
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia logs [OPTIONS] [FUNCTION]",
    after_help = "Times are in UTC."
)]
pub struct Logs {
    /// Function name, such as game-state [default: all functions]
    function: Option<String>,
    /// Show new lines until Ctrl-C
    #[arg(short, long, conflicts_with = "json")]
    follow: bool,
    /// How far back to look, such as 90s, 10m, 2h
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    since: Duration,
}

#[derive(Serialize)]
struct Written {
    /// Oldest first.
    lines: Vec<Line>,
}

impl Logs {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let cloud = context.announced_cloud().await?;
        let stack = context.stack()?;
        let functions = match &self.function {
            Some(name) => vec![functions::find(&cloud, stack, name).await?],
            None => functions::names(&cloud, stack).await?,
        };
        let since = cloud.now() - self.since;
        if self.follow {
            follow(context, &cloud, &functions, since).await
        } else {
            let lines = functions::lines(&cloud, &functions, since).await?;
            if lines.is_empty() {
                let missing = functions::missing_log_groups(&cloud, &functions).await?;
                let note = match missing.first() {
                    None => "no lines in this time; use --since 2h to look further back".to_owned(),
                    Some(group) => format!(
                        "there is no log group {group}: no call has made it, or it was deleted; \
                         `mafia deploy --full` restores what the template has"
                    ),
                };
                context.printer.note(&note);
            }
            context.printer.result(&Written { lines }, |written| {
                text(&written.lines, &functions)
            })
        }
    }
}

/// Prints new lines until Ctrl-C, or until the reader of a pipe closes it.
async fn follow(
    context: &Context,
    cloud: &Cloud,
    functions: &[String],
    since: SystemTime,
) -> Result<(), Error> {
    let mut follower = Follower::new(functions, since);
    while !context.printer.is_closed() {
        let new = follower.round(cloud).await?;
        context.printer.print(&text(&new, functions))?;
    }
    Ok(())
}

fn text(lines: &[Line], functions: &[String]) -> String {
    let several = functions.len() > 1;
    let lines = lines.iter().map(|line| render::log_line(line, several));
    lines.collect::<Vec<_>>().join("\n")
}

fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a number and a unit, such as 90s, 10m, 2h or 1d".to_owned();
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let number: u64 = number.parse().map_err(|_| expected())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(expected()),
    };
    const YEAR: u64 = 366 * 86_400;
    match number.checked_mul(seconds) {
        Some(seconds) if seconds <= YEAR => Ok(Duration::from_secs(seconds)),
        _ => Err("expected at most one year".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_number_and_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        for invalid in [
            "",
            "10",
            "m",
            "1.5h",
            "-1s",
            "5µ",
            "99999999999999999999s",
            "400d",
        ] {
            assert!(duration(invalid).is_err(), "{invalid}");
        }
    }
}
