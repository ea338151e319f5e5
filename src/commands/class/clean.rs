//! `mafia class clean`

use std::time::Instant;

use clap::Args;
use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::found::Found;
use super::roster_file::RosterFile;
use crate::class::clean::{self, ClassCleaned, CleanEnd, ClassPlan};
use crate::class::{ClassOutcome, Ended, StudentOutcome};
use crate::cloud::Cloud;
use crate::context::Context;
use crate::deploy::Leftover;
use crate::error::Error;
use crate::render;
use crate::wording::count;

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

/// What became of one class, or of several that are past their last day.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<&'a [OneClass]>,
    #[serde(flatten)]
    one: Option<&'a OneClass>,
}

#[derive(Serialize)]
struct OneClass {
    #[serde(flatten)]
    outcome: ClassOutcome,
    /// Stacks with names of the class's students that are not the class's.
    foreign: Vec<String>,
    left: Vec<Leftover>,
    /// Where was looked, in a few words.
    target: String,
    /// The types of resources that were looked for in the end.
    looked_for: Vec<&'static str>,
}

impl Clean {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if self.expired {
            return self.clean_expired(context).await;
        }
        let found = match &self.class {
            Some(class) => Found::named(class, &self.file, context)?,
            None => Found::of_file(&self.file, context).map_err(|error| {
                error.hint("or name the class: `mafia class clean CLASS`")
            })?,
        };
        let cloud = found.announced_cloud().await?;
        let named: Vec<String> = found.expected().into_iter().map(|it| it.stack).collect();
        let Some(cleaned) = one_class(&found.context, &cloud, &found.class, &named).await? else {
            return Err(Error::cancelled());
        };
        let document = Document {
            classes: None,
            one: Some(&cleaned),
        };
        conclude(context, &document, std::slice::from_ref(&cleaned), &cloud)
    }

    async fn clean_expired(&self, context: &Context) -> Result<(), Error> {
        let cloud = context.cloud().await?;
        context.announce(&cloud, "expired classes").await?;
        let today = OffsetDateTime::from(cloud.now()).date();
        let classes = clean::classes(&cloud).await?;
        let is_meant = |class: &String| self.class.as_ref().is_none_or(|named| named == class);
        let mut cleaned = Vec::new();
        for (class, expires) in &classes {
            if is_meant(class) && is_past(expires.as_deref(), today) {
                context.printer.note(&format!(
                    "class {class} is past its last day, {}",
                    expires.as_deref().unwrap_or_default()
                ));
                // A class that the person wants to keep does not end the command.
                cleaned.extend(one_class(context, &cloud, class, &[]).await?);
            }
        }
        if cleaned.is_empty() {
            context.printer.note("no class was cleaned");
        }
        let document = Document {
            classes: Some(&cleaned),
            one: None,
        };
        conclude(context, &document, &cleaned, &cloud)
    }
}

/// Whether the last day, `YYYY-MM-DD`, is before today.
fn is_past(expires: Option<&str>, today: Date) -> bool {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let last = expires.and_then(|text| Date::parse(text, &format).ok());
    last.is_some_and(|last| last < today)
}

/// `None` if the person does not agree.
async fn one_class(
    context: &Context,
    cloud: &Cloud,
    class: &str,
    named: &[String],
) -> Result<Option<OneClass>, Error> {
    let printer = &context.printer;
    let started = Instant::now();
    let planning = clean::plan(cloud, class, named);
    let plan = printer
        .wait_for("looking at what the class has", planning)
        .await?;
    if plan.is_empty() {
        printer.note("nothing to delete");
    }
    let foreign = plan.foreign.clone();
    if !plan.is_empty() || !foreign.is_empty() {
        let shown = render::class_deletion_plan(&plan);
        let question = format!("To delete all of this, type the name of the class ({class}):");
        if plan.is_empty() {
            printer.note(&shown);
        } else if !printer.confirm_by_name(&shown, &question, class).await? {
            return Ok(None);
        }
    }
    let cleaned = deleted(context, cloud, plan).await?;
    Ok(Some(OneClass {
        left: cleaned.left,
        looked_for: cleaned.looked_for,
        target: cloud.target().to_string(),
        foreign,
        outcome: ClassOutcome {
            class: class.to_owned(),
            students: cleaned.stacks.into_iter().map(outcome_of).collect(),
            milliseconds: started.elapsed().as_millis(),
        },
    }))
}

async fn deleted(
    context: &Context,
    cloud: &Cloud,
    plan: ClassPlan,
) -> Result<ClassCleaned, Error> {
    let emit = |event| context.printer.class_event(&event);
    Ok(clean::clean(cloud, plan, &emit).await?)
}

fn outcome_of(cleaned: clean::Cleaned) -> StudentOutcome {
    let ended = match cleaned.end {
        CleanEnd::Deleted => Ended::Ready {
            what: "deleted".to_owned(),
        },
        CleanEnd::Protected => Ended::Skipped {
            reason: "its termination protection is on".to_owned(),
        },
        CleanEnd::Failed(error) => {
            let error = Error::from(error);
            Ended::Failed {
                cause: error.message,
                hints: error.hints,
            }
        }
    };
    StudentOutcome {
        student: cleaned.student.unwrap_or_else(|| "workshop".to_owned()),
        stack: cleaned.stack,
        ended,
        milliseconds: 0,
    }
}

fn conclude(
    context: &Context,
    document: &Document<'_>,
    cleaned: &[OneClass],
    cloud: &Cloud,
) -> Result<(), Error> {
    let to_text = |_: &Document| {
        let texts = cleaned.iter().map(|it| {
            let OneClass { outcome, left, looked_for, .. } = it;
            render::class_cleaned(outcome, left, looked_for, cloud.target())
        });
        texts.collect::<Vec<_>>().join("\n\n")
    };
    let left = cleaned.iter().flat_map(|it| &it.left);
    let left = left.filter(|it| it.kept.is_none()).count();
    let failed: usize = cleaned.iter().map(|it| it.outcome.failed().count()).sum();
    if left + failed == 0 {
        return context.printer.result(document, to_text);
    }
    let error = Error::failed(format!("{} not deleted", count(left.max(failed), "resource")))
        .hint("run `mafia class clean` again; if something is still left, delete it by hand");
    Err(context.printer.result_with_error(document, to_text, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_past_the_day_after_its_last() {
        let day = |text: &str| {
            let format = time::macros::format_description!("[year]-[month]-[day]");
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
