//! `mafia class clean`

use std::collections::BTreeSet;

use clap::Args;
use futures_util::future::join_all;
use serde::Serialize;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::found::Found;
use super::provision::explained;
use super::roster_file::RosterFile;
use crate::class::clean::{self, ClassPlan, CleanEnd};
use crate::class::up::SHARED;
use crate::class::{Accounts, ClassOutcome, Ended, Place, StudentOutcome, name};
use crate::context::Context;
use crate::deploy::{Kept, Leftover};
use crate::error::Error;
use crate::render::{self, Printer};
use crate::wording::{count, known_names, nearest};

/// Delete everything that a class has
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class clean
  mafia class clean monday --target aws --region eu-west-1
  mafia class clean --expired")]
#[command(after_long_help = "\
Deletes the stacks with the tag of the class, then the stack that they share, with log groups and the \
objects in buckets. Shows what it will delete, and asks for the name of the class. Then it looks again, and \
says what is left and why. It never changes what belongs to another class or to nobody. It needs no roster if \
you name the class.")]
pub struct Clean {
    /// Name of the class [default: the roster's]
    #[arg(value_name = "CLASS")]
    class: Option<String>,
    /// Clean the classes that are past their last day
    #[arg(long)]
    expired: bool,
    #[command(flatten)]
    file: RosterFile,
}

/// What became of the classes: one, or those that are past their last day.
#[derive(Serialize)]
struct Document<'a> {
    classes: &'a [CleanedClass],
}

#[derive(Serialize)]
struct CleanedClass {
    #[serde(flatten)]
    outcome: ClassOutcome,
    /// Stacks with names of the class's students that are not the class's.
    foreign: Vec<String>,
    left: Vec<Leftover>,
    /// The accounts in which was looked, in a few words each.
    targets: Vec<String>,
    /// The types of resources that were looked for in the end.
    looked_for: Vec<&'static str>,
}

impl Clean {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let (found, class) = match (&self.class, self.expired) {
            (_, true) => {
                let named = self.class.as_deref().map(name::class).transpose()?;
                (Found::anywhere(context), named)
            }
            (Some(class), false) => {
                let found = Found::named(class, &self.file, context)?;
                let class = found.class.clone();
                (found, Some(class))
            }
            (None, false) => {
                let found = Found::of_file(&self.file, context)
                    .map_err(|error| error.hint("or name it: `mafia class clean CLASS`"))?;
                let class = found.class.clone();
                (found, Some(class))
            }
        };
        let accounts = found.accounts().await?;
        let mut classes: Vec<String> = class.into_iter().collect();
        if self.expired {
            classes = expired(context, &accounts, classes.first()).await?;
        }
        let mut cleaned = Vec::new();
        for class in &classes {
            match one_class(&found, &accounts, class).await? {
                Ok(one) => cleaned.push(one),
                Err(typed) if self.expired => {
                    let why = declined(class, &typed);
                    context
                        .printer
                        .note(&format!("class {class} is kept: {why}"));
                }
                Err(typed) => {
                    let why = declined(class, &typed);
                    let again = "run the same command again to delete the class";
                    return Err(Error::cancelled().hint(format!("{why}; {again}")));
                }
            }
        }
        if classes.is_empty() {
            context.printer.note("no class is past its last day");
        }
        conclude(context, &cleaned)
    }
}

/// The classes that are past their last day; of these the `named`, if one is.
async fn expired(
    context: &Context,
    accounts: &Accounts,
    named: Option<&String>,
) -> Result<Vec<String>, Error> {
    let (mut expired, mut known) = (Vec::new(), Vec::new());
    for place in accounts.places() {
        let today = OffsetDateTime::from(place.cloud.now()).date();
        for (class, expires) in clean::classes(&place.cloud).await? {
            let is_meant = named.is_none_or(|named| *named == class);
            if !known.contains(&class) {
                known.push(class.clone());
            }
            if is_meant && is_past(expires.as_deref(), today) && !expired.contains(&class) {
                let last = expires.unwrap_or_default();
                let said = format!("class {class} is past its last day, {last}");
                context.printer.note(&said);
                expired.push(class);
            }
        }
    }
    match named.filter(|named| !known.contains(named)) {
        Some(named) => {
            let nearest = nearest(named, known.iter().map(String::as_str));
            let error = Error::failed(format!("there is no class {named} here"));
            Err(match known.is_empty() {
                true => {
                    error.hint("choose where to look with --target, --region or --endpoint-url")
                }
                false => error.hints(known_names("classes", &known, nearest)),
            })
        }
        None => Ok(expired),
    }
}

/// Whether the last day, `YYYY-MM-DD`, is before today.
fn is_past(expires: Option<&str>, today: Date) -> bool {
    let format = format_description!("[year]-[month]-[day]");
    let last = expires.and_then(|text| Date::parse(text, &format).ok());
    last.is_some_and(|last| last < today)
}

/// Whoever has misspelt the name of a class learns it before going home.
async fn say_which_classes_there_are(
    printer: &Printer,
    accounts: &Accounts,
    class: &str,
) -> Result<(), Error> {
    let mut known = BTreeSet::new();
    for place in accounts.places() {
        let classes = clean::classes(&place.cloud).await?;
        known.extend(classes.into_iter().map(|(class, _)| class));
    }
    if !known.is_empty() && !known.contains(class) {
        let known = Vec::from_iter(known).join(", ");
        printer.advise(&format!("there is no class {class} here; there is {known}"));
    }
    Ok(())
}

/// Why nothing is deleted.
fn declined(class: &str, typed: &str) -> String {
    match typed {
        "" => format!("you typed nothing, not {class}"),
        typed => format!("you typed {typed}, not {class}"),
    }
}

/// What became of the class; if the person does not agree, what they typed instead of its name.
async fn one_class(
    found: &Found,
    accounts: &Accounts,
    class: &str,
) -> Result<Result<CleanedClass, String>, Error> {
    let printer = &found.context.printer;
    let started = tokio::time::Instant::now();
    let planning = accounts.places().iter().map(async |place| {
        let members = found.members().iter().filter(|it| place.is_of(it));
        let named: Vec<String> = members.map(|it| it.stack.clone()).collect();
        let plan = clean::plan(&place.cloud, class, &named).await?;
        Ok::<_, Error>((place, plan))
    });
    let planning = join_all(planning);
    let plans = printer.wait_for("looking at what the class has", planning);
    let plans: Vec<(&Place, ClassPlan)> = plans.await.into_iter().collect::<Result<_, _>>()?;
    let shown: Vec<String> = plans
        .iter()
        .map(|(place, plan)| render::class_deletion_plan(plan, place.cloud.target()))
        .filter(|text| !text.is_empty())
        .collect();
    let shown = shown.join("\n\n");
    if plans.iter().all(|(_, plan)| plan.is_empty()) {
        printer.note("nothing to delete");
        printer.note(&shown);
        say_which_classes_there_are(printer, accounts, class).await?;
    } else {
        let question = format!("To delete all of this, type the name of the class ({class}):");
        if let Err(typed) = printer.confirm_by_name(&shown, &question, class).await? {
            return Ok(Err(typed));
        }
    }
    let students = plans.iter().flat_map(|(_, plan)| plan.students());
    let mut students: Vec<String> = students.collect();
    students.sort();
    let board = printer.class_board(class, students);
    let foreign = plans.iter().flat_map(|(_, plan)| plan.foreign.clone());
    let mut all = CleanedClass {
        foreign: foreign.collect(),
        left: Vec::new(),
        looked_for: Vec::new(),
        targets: Vec::new(),
        outcome: ClassOutcome {
            class: class.to_owned(),
            dry_run: false,
            students: Vec::new(),
            milliseconds: 0,
        },
    };
    let cleaning = plans.into_iter().map(async |(place, plan)| {
        let emit = |event| board.show(&event);
        (place, clean::clean(&place.cloud, plan, &emit).await)
    });
    for (place, cleaned) in join_all(cleaning).await {
        let cleaned = cleaned?;
        all.left.extend(cleaned.left);
        all.looked_for = cleaned.looked_for;
        all.targets.push(place.cloud.target().to_string());
        all.outcome
            .students
            .extend(cleaned.stacks.into_iter().map(outcome_of));
    }
    // By name, whatever account or round they are of; what the students share was deleted last.
    let students = &mut all.outcome.students;
    students.sort_by_cached_key(|it| (it.student == SHARED, it.student.clone()));
    all.outcome.milliseconds = started.elapsed().as_millis();
    Ok(Ok(all))
}

fn outcome_of(cleaned: clean::Cleaned) -> StudentOutcome {
    let ended = match cleaned.end {
        CleanEnd::Deleted => Ended::Deleted,
        CleanEnd::Protected => Ended::Skipped {
            reason: "its termination protection is on".to_owned(),
        },
        CleanEnd::Failed(error) => {
            let (cause, hints) = explained(error);
            Ended::Failed { cause, hints }
        }
    };
    StudentOutcome {
        student: cleaned.student.unwrap_or_else(|| SHARED.to_owned()),
        stack: cleaned.stack,
        ended,
        milliseconds: cleaned.milliseconds,
        line: None,
    }
}

fn conclude(context: &Context, cleaned: &[CleanedClass]) -> Result<(), Error> {
    let document = Document { classes: cleaned };
    let to_text = |document: &Document| {
        let texts = document.classes.iter().map(|it| {
            let of = &it.targets.join(" and ");
            render::class_cleaned(&it.outcome, &it.left, &it.looked_for, of)
        });
        texts.collect::<Vec<_>>().join("\n\n")
    };
    let left = cleaned.iter().flat_map(|it| &it.left);
    let left = left
        .filter(|it| matches!(it.kept, None | Some(Kept::NamedAlike)))
        .count();
    let failed: usize = cleaned.iter().map(|it| it.outcome.failed().count()).sum();
    if left + failed == 0 {
        return context.printer.result(&document, to_text);
    }
    let error = not_all(failed, left);
    Err(context.printer.result_with_error(&document, to_text, error))
}

/// What to do after the deletion of so many stacks has failed, whose causes are said, or where so much is left.
fn not_all(failed: usize, left: usize) -> Error {
    let (number, again) = match failed {
        0 => (
            count(left, "resource"),
            "run the same command again; if something is still left, delete it by hand",
        ),
        failed => (
            count(failed, "stack"),
            "fix the causes above, and run the same command again",
        ),
    };
    Error::failed(format!("{number} not deleted")).hint(again)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_deletes_by_hand_what_only_has_a_cause() {
        let failed = not_all(1, 3);
        assert_eq!(failed.message, "1 stack not deleted");
        assert!(failed.hints[0].starts_with("fix the causes above"));
        let left = not_all(0, 2);
        assert_eq!(left.message, "2 resources not deleted");
        assert!(left.hints[0].contains("by hand"));
    }

    #[test]
    fn a_class_is_past_the_day_after_its_last() {
        let day = |text: &str| {
            let format = format_description!("[year]-[month]-[day]");
            Date::parse(text, &format).expect("a day")
        };
        let today = day("2026-11-27");
        for (expires, past) in [
            (Some("2026-11-26"), true),
            (Some("2026-11-27"), false),
            (Some("2027-01-01"), false),
            (Some("soon"), false),
            (None, false),
        ] {
            assert_eq!(is_past(expires, today), past, "{expires:?}");
        }
    }
}
