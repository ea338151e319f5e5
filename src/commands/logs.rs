//! `mafia logs`

use std::time::{Duration, SystemTime};

use clap::Args;
use serde::Serialize;

use super::values::{duration, number};
use crate::cloud::{Cloud, Denial};
use crate::context::Context;
use crate::error::{Error, Requester, hints_of};
use crate::functions::{self, Call, Calls, Entry, Follower, Line};
use crate::render::{self, LogLayout};

/// Show the functions' logs
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia logs [OPTIONS] [FUNCTION]",
    after_help = "\
Examples:
  mafia logs
  mafia logs night --follow
  mafia logs 03-night-turn --since 2h",
    after_long_help = "\
One line for each call, with what the function wrote below it. Times are in UTC. A function has \
a name, such as night-turn, and a number; a word of its name is enough."
)]
pub struct Logs {
    /// Function, such as night-turn, night or 3 [default: all functions]
    function: Option<String>,
    /// Show new calls until Ctrl-C
    #[arg(short, long, conflicts_with = "json")]
    follow: bool,
    /// How far back to look, such as 90s, 10m, 2h
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration, allow_hyphen_values = true)]
    since: Duration,
    /// Show only the last calls; with --raw, the last lines
    #[arg(short = 'n', long, value_name = "NUMBER", value_parser = number::<usize>)]
    tail: Option<usize>,
    /// Show all lines as they are, Lambda's too
    #[arg(long)]
    raw: bool,
}

#[derive(Serialize)]
struct Written {
    /// By their beginnings.
    calls: Vec<Call>,
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
            self.show_new_ones(context, &cloud, &functions, since).await
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
            self.show(context, lines, &functions)
        }
    }

    fn show(
        &self,
        context: &Context,
        mut lines: Vec<Line>,
        functions: &[String],
    ) -> Result<(), Error> {
        let mut calls = Calls::default();
        let mut entries = calls.read(&mut lines);
        entries.extend(calls.rest());
        entries.sort_by_key(Entry::time);
        if self.raw {
            last(&mut lines, self.tail);
        } else if self.tail.is_some() {
            last(&mut entries, self.tail);
            lines.retain(|line| entries.iter().any(|entry| entry.has(line)));
        }
        let text = self.text(&entries, &lines, functions);
        let calls = entries.into_iter().filter_map(|entry| match entry {
            Entry::Call(call) => Some(call),
            Entry::Line(_) => None,
        });
        let written = Written {
            calls: calls.collect(),
            lines,
        };
        if context.printer.json() {
            context.printer.result(&written, |_| text)?;
        } else {
            self.print(context, &text)?;
        }
        note_denials(context, &written.lines, &mut Vec::new());
        Ok(())
    }

    /// Until Ctrl-C, or until the reader of a pipe closes it.
    async fn show_new_ones(
        &self,
        context: &Context,
        cloud: &Cloud,
        functions: &[String],
        since: SystemTime,
    ) -> Result<(), Error> {
        let mut follower = Follower::new(functions, since);
        let mut calls = Calls::default();
        let mut is_first = true;
        let mut noted = Vec::new();
        while !context.printer.is_closed() {
            let mut lines = follower.round(cloud).await?;
            let mut entries = calls.read(&mut lines);
            entries.extend(if is_first {
                calls.rest()
            } else {
                calls.quiet()
            });
            if is_first {
                entries.sort_by_key(Entry::time);
                last(&mut entries, self.tail);
                last(&mut lines, self.tail);
            }
            is_first = false;
            self.print(context, &self.text(&entries, &lines, functions))?;
            note_denials(context, &lines, &mut noted);
        }
        Ok(())
    }

    fn text(&self, entries: &[Entry], lines: &[Line], functions: &[String]) -> String {
        if self.raw {
            let several = functions.len() > 1;
            let lines = lines.iter().map(|line| render::log_line(line, several));
            lines.collect::<Vec<_>>().join("\n")
        } else {
            LogLayout::new(functions, self.since).entries(entries)
        }
    }

    fn print(&self, context: &Context, text: &str) -> Result<(), Error> {
        if self.raw {
            context.printer.print_as_it_is(text)
        } else {
            context.printer.print(text)
        }
    }
}

/// Says what would allow what the functions were not allowed, each once.
fn note_denials(context: &Context, lines: &[Line], noted: &mut Vec<Denial>) {
    let denials = lines.iter().filter_map(|line| Denial::read(&line.message));
    for denial in denials {
        let is_new = |known: &Denial| known.statement() != denial.statement();
        if noted.iter().all(is_new) {
            for hint in hints_of(&denial, Requester::Function) {
                let hint = context.options.invocation.in_text(&hint);
                context
                    .printer
                    .note(&format!("{} was refused: {hint}", denial.action));
            }
            noted.push(denial);
        }
    }
}

/// Leaves the last ones.
fn last<T>(all: &mut Vec<T>, number: Option<usize>) {
    if let Some(number) = number {
        all.drain(..all.len().saturating_sub(number));
    }
}
