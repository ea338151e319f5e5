//! `mafia lab check`

use std::path::{Path, PathBuf};

use clap::Args;
use time::OffsetDateTime;

use super::workshop::{manifest, text};
use crate::bundle::{Project, Workspace};
use crate::class::StudentProgress;
use crate::class::progress;
use crate::cloud::{Cloud, Stack};
use crate::commands::adoption::known_owner;
use crate::commands::next::Done;
use crate::commands::turns::random_seed;
use crate::context::Context;
use crate::error::Error;
use crate::lab::check::{
    Blocked, CheckEvent, CheckRun, Checks, Kept, Order, Report, Student, Verdict, checks_of,
    full_id,
};
use crate::lab::manifest::Manifest;
use crate::lab::progress::Progress;
use crate::render;
use crate::workspace::{self, current_folder};

/// Check what you have deployed against a lab
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab check [OPTIONS] [LAB]",
    after_help = "\
Examples:
  mafia lab check
  mafia lab check 01.2
  mafia lab check game-state --seed 41",
    after_long_help = "\
Calls your deployed functions in games that it puts into the table, and looks at their answers and at the table. \
Your own game is kept and put back, also if the check is stopped. How a text is worded is up \
to you: only data counts, and the names in an answer.

After the lab, the labs that you have passed before are tried shortly. The exit code is 0 if all checks \
pass, 1 if one fails, and 3 if nothing can be said, for example because your last edit is not deployed."
)]
pub struct Check {
    /// Lab, such as 01.2 or game-state [default: the lab where you are]
    lab: Option<String>,
    /// Draw the same games as the check that named this number
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Check what is deployed, even if your folder has other code
    #[arg(long)]
    as_deployed: bool,
}

impl Check {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let root = workspace::root(&current_folder()?);
        // A first Ctrl-C ends the checks, and the game is put back; a second one ends that as well.
        let begun = Begun::of(self, context, root);
        interruptible(begun).await??.run(context).await
    }
}

/// What `future` is ready with, unless Ctrl-C comes first.
async fn interruptible<T>(future: impl Future<Output = T>) -> Result<T, Error> {
    tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => Err(Error::interrupted()),
        done = future => Ok(done),
    }
}

/// Everything that the check of a lab needs.
struct Begun {
    order: Order,
    root: Option<PathBuf>,
    progress: Progress,
    manifest: Manifest,
    project: Option<Project>,
    as_deployed: bool,
}

impl Begun {
    async fn of(command: Check, context: &Context, root: Option<PathBuf>) -> Result<Self, Error> {
        let manifest = manifest()?;
        let progress = root.as_deref().map(Progress::read).transpose();
        let progress = progress.unwrap_or_else(|error| {
            context
                .printer
                .note(&format!("your progress cannot be read: {error}"));
            None
        });
        let progress = progress.unwrap_or_default();
        let lab = match &command.lab {
            Some(typed) => manifest.find(typed)?,
            None => progress.current(&manifest).ok_or_else(|| {
                Error::usage("you have passed all labs").hint("name the lab to check, such as 01.2")
            })?,
        };
        let checks = checks_of(&lab.id)
            .ok_or_else(|| Error::failed(format!("lab {} has no checks", lab.id)))?;
        let before = manifest.before(lab).iter();
        let before = before.filter(|it| it.function.is_some() && progress.has_passed(&it.id));
        let before = before.filter_map(|it| checks_of(&it.id)).collect();
        Ok(Self {
            order: Order {
                checks,
                before: if checks.functions.is_empty() {
                    Vec::new()
                } else {
                    before
                },
                seed: command.seed.unwrap_or_else(random_seed),
            },
            root,
            progress,
            manifest,
            as_deployed: command.as_deployed,
            project: match command.as_deployed {
                true => None,
                false => project()?,
            },
        })
    }

    async fn run(mut self, context: &Context) -> Result<(), Error> {
        let printer = &context.printer;
        let stack = context.stack()?;
        let cloud = interruptible(context.cloud()).await??;
        let caller = interruptible(context.announce(&cloud, stack)).await??;
        let owner = known_owner(context, caller.as_ref())?;
        let student = Student {
            stack,
            caller,
            owner: &owner,
            project: self.project.as_ref(),
        };
        let folder = self.root.clone().map_or_else(current_folder, Ok)?;
        let kept = Kept::within(folder.join(workspace::FOLDER));
        let beginning = CheckRun::begin(&cloud, &student, kept.clone(), self.order.clone());
        let beginning = printer.wait_for("looking at what is deployed", beginning);
        let run = interruptible(beginning).await??;
        let deployed = run.stack().cloned();
        let (report, blocked) = self.carry_out(context, run, &kept).await?;
        self.record(context, &report);
        if let Some(stack) = deployed {
            self.tell_the_class(context, &cloud, &stack).await?;
        }
        self.conclude(context, &report, blocked)
    }

    /// Makes the checks, and puts the student's game back, whatever comes.
    async fn carry_out(
        &self,
        context: &Context,
        run: CheckRun<'_>,
        kept: &Kept,
    ) -> Result<(Report, Option<Blocked>), Error> {
        let printer = &context.printer;
        let (lab, seed) = (self.order.checks.lab, self.order.seed);
        let emit = |event: CheckEvent<'_>| match event {
            CheckEvent::Started { lab, check } => {
                printer.progress(&format!("checking {}", full_id(lab, check)));
            }
            // Of a lab before, one line says all.
            CheckEvent::Ended(outcome) if outcome.lab != lab && outcome.fact.is_some() => {}
            // Who has closed the pipe reads none of it.
            CheckEvent::Ended(outcome) => {
                let _ = printer.print(&render::check_outcome(outcome, seed));
            }
            CheckEvent::StillPasses { lab, checks } => {
                let _ = printer.print(&render::lab_still_passes(lab, checks));
            }
        };
        let ran = interruptible(run.run(&emit)).await;
        let cut_off = match &ran {
            Ok((_, blocked)) => blocked.as_ref().is_some_and(Blocked::may_still_run),
            Err(_) => true,
        };
        let put_back = printer.wait_for("putting your game back", run.end(cut_off));
        let put_back = interruptible(put_back).await;
        if !matches!(put_back, Ok(Ok(_))) {
            printer.advise(&format!(
                "your game is kept in {}; the next command that reads it puts it back",
                kept.file().display()
            ));
        }
        let ran = ran?;
        put_back??;
        Ok(ran)
    }

    fn conclude(
        &self,
        context: &Context,
        report: &Report,
        blocked: Option<Blocked>,
    ) -> Result<(), Error> {
        let (printer, invocation) = (&context.printer, &context.options.invocation);
        let to_text = |report: &&Report| render::lab_report(report, self.as_deployed, invocation);
        let Some(failed) = report.first_failed() else {
            let afterwards = text(self.manifest.find(report.lab)?, "afterwards.md")?;
            let has_more = self.progress.next(&self.manifest).is_some();
            let next = Done::PassedLab(has_more).next(context);
            return printer.result_as_it_is(&report, next, |report| {
                let page = render::markdown(afterwards, invocation);
                format!("{}\n\n{page}", to_text(report))
            });
        };
        let error = match blocked {
            Some(blocked) => blocked.into(),
            None => Error::failed(format!("{} failed", full_id(failed.lab, failed.check))),
        };
        Err(printer.result_with_error(&report, to_text, error))
    }

    /// The same for the class that the stack is of, if it is of one.
    async fn tell_the_class(
        &self,
        context: &Context,
        cloud: &Cloud,
        stack: &Stack,
    ) -> Result<(), Error> {
        if self.root.is_none() {
            return Ok(());
        }
        let standing = standing(&self.progress, &self.manifest, OffsetDateTime::now_utc());
        let recording = progress::record(cloud, stack, &standing);
        if let Err(error) = interruptible(recording).await? {
            context
                .printer
                .note(&format!("your class does not see your progress: {error}"));
        }
        Ok(())
    }

    /// What became of the lab, in the workshop folder. Without it, the check counts all the same.
    fn record(&mut self, context: &Context, report: &Report) {
        let Some(root) = &self.root else {
            return;
        };
        let now = OffsetDateTime::now_utc();
        record(&mut self.progress, report, self.order.checks, now);
        if let Err(error) = self.progress.save(root) {
            context
                .printer
                .note(&format!("your progress cannot be kept: {error}"));
        }
    }
}

/// How far the student is, for the class.
fn standing(progress: &Progress, manifest: &Manifest, now: OffsetDateTime) -> StudentProgress {
    let passed = manifest.ids().filter(|id| progress.has_passed(id));
    let failed = manifest.labs.iter().filter_map(|lab| {
        let failed = progress.of(&lab.id).failed?;
        Some((failed.when, full_id(&lab.id, failed.check)))
    });
    let failed = failed.max_by_key(|(when, _)| *when);
    StudentProgress {
        passed: passed.map(str::to_owned).collect(),
        since: failed
            .is_some()
            .then(|| u64::try_from(now.unix_timestamp()).unwrap_or_default()),
        failed: failed.map(|(_, check)| check),
    }
}

fn record(progress: &mut Progress, report: &Report, checks: &Checks, now: OffsetDateTime) {
    for failed in report
        .checks
        .iter()
        .filter(|it| it.verdict == Verdict::Fail)
    {
        progress.fail(failed.lab, failed.check, now);
    }
    if report.has_passed(checks.lab) {
        progress.pass(checks.lab, now);
    }
}

/// The package of the folder. Outside of any, whatever is deployed is checked.
fn project() -> Result<Option<Project>, Error> {
    use crate::bundle::BundleError::{NoProject, NotAWorkspace};
    let folder = current_folder()?;
    match Workspace::discover(Path::new(&folder)).and_then(|workspace| workspace.project(None)) {
        Ok(project) => Ok(Some(project)),
        Err(NotAWorkspace { .. } | NoProject { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
