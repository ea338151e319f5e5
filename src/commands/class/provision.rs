//! What `mafia class up` and `mafia class deploy` have in common: build once, deploy to many, say for each
//! student how it ended, and stop on Ctrl-C without leaving anything half-done.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use super::accounts::accounts;
use super::bucket::{Keep, keep};
use super::line::student_line;
use super::selection::Selection;
use crate::bundle::{Architecture, BuildOptions, Project, Workspace};
use crate::class::{
    Accounts, ClassOutcome, Ended, Member, Order, Reach, Roster, SHARED, Stop, StudentOutcome,
    bring_up,
};
use crate::cloud::TargetKind;
use crate::commands::bundles::{
    Built, architecture, architecture_of_this_machine, bundles, layout, platform, template,
};
use crate::context::Context;
use crate::deploy::{
    ARCHITECTURE, DeployError, FunctionCode, Membership, Release, Template, Workshop,
};
use crate::error::Error;
use crate::render;
use crate::target::{self, Choice};
use crate::wording::count;
use crate::workspace::current_folder;

pub struct Provision {
    /// As it has to be typed, without the program.
    pub command: &'static str,
    pub reach: Reach,
    pub dry_run: bool,
    /// Whether functions are built with Cargo's release profile.
    pub optimised: bool,
}

/// Whether somebody has asked to stop, and whether there is something to wait for.
#[derive(Default)]
struct Interruption {
    stop: Stop,
    deploying: AtomicBool,
}

impl Provision {
    pub async fn run(&self, context: &Context, selection: &Selection) -> Result<(), Error> {
        let interruption = Interruption::default();
        let interrupts = signal(SignalKind::interrupt());
        let mut interrupts =
            interrupts.map_err(|error| Error::failed(format!("cannot handle signals: {error}")))?;
        let mut work = std::pin::pin!(self.work(context, selection, &interruption));
        loop {
            tokio::select! {
                // The signal first: it also ends Cargo, which must not count as failed.
                biased;
                _ = interrupts.recv() => {
                    let is_first = !interruption.stop.is_asked();
                    if !is_first || !interruption.deploying.load(Ordering::Relaxed) {
                        return Err(Error::interrupted());
                    }
                    interruption.stop.ask();
                    context.printer.respond(
                        "Stopping: nothing new is started. Waiting for the stacks that are being worked \
                         on; press Ctrl-C again to leave at once.",
                    );
                }
                result = &mut work => return result,
            }
        }
    }

    async fn work(
        &self,
        context: &Context,
        selection: &Selection,
        interruption: &Interruption,
    ) -> Result<(), Error> {
        let (roster, place) = selection.read(context)?;
        let (accounts, mut release) = built(context, &roster, &place, self.optimised).await?;
        release.dry_run = self.dry_run;
        interruption.deploying.store(true, Ordering::Relaxed);
        let mut outcome = self
            .deployed(context, &roster, &accounts, &release, &interruption.stop)
            .await?;
        type_hints(&mut outcome, context, &selection.file.as_typed());
        if let Some(what) = self.keeps(&outcome, selection)
            && let Err(error) =
                keep(&accounts, &roster.class, &release, &roster.members, what).await
        {
            let what = "the code of the class is not kept for `mafia class status` and `reset`";
            context
                .printer
                .advise(&format!("{what}: {}", error.message));
        }
        let outcome = with_lines(outcome, &roster, &accounts, &place)?;
        self.tell(context, selection, &accounts, &outcome, &interruption.stop)
    }

    /// What is kept of the code after this outcome. What only some students have got is not the class's.
    fn keeps(&self, outcome: &ClassOutcome, selection: &Selection) -> Option<Keep<'static>> {
        // Also of those who were ready before: the command that made them so may have been killed.
        let ready = |it: &StudentOutcome| matches!(it.ended, Ended::Ready { .. });
        if outcome.dry_run || selection.is_partial() {
            return None;
        }
        match self.reach {
            Reach::All => Some(Keep::ForAll),
            _ => outcome.students.iter().any(ready).then_some(Keep::First),
        }
    }

    async fn deployed(
        &self,
        context: &Context,
        roster: &Roster,
        accounts: &Accounts,
        release: &Release,
        stop: &Stop,
    ) -> Result<ClassOutcome, DeployError> {
        let order = Order {
            class: &roster.class,
            expires: roster.expires.as_deref(),
            members: &roster.members,
            release,
            reach: self.reach,
            explain: explained,
        };
        let students = roster.members.iter().map(|it| it.student.clone());
        // What the class shares comes first, like a student's stack.
        let students = std::iter::once(SHARED.to_owned()).chain(students);
        let board = context.printer.class_board(&roster.class, students);
        bring_up(accounts, &order, stop, &|event| board.show(&event)).await
    }

    /// Prints how it ended; an error when somebody is not ready.
    fn tell(
        &self,
        context: &Context,
        selection: &Selection,
        accounts: &Accounts,
        outcome: &ClassOutcome,
        stop: &Stop,
    ) -> Result<(), Error> {
        let printer = &context.printer;
        let text = |outcome: &ClassOutcome| render::class_outcome(outcome);
        let told = match self.problem(context, selection, outcome, stop) {
            Some(error) => Err(printer.result_with_error(outcome, text, error)),
            None => printer.result(outcome, text),
        };
        // The students of a class that is up have theirs.
        if self.reach != Reach::All && !stop.is_asked() {
            print_lines(context, accounts, outcome)?;
        }
        told
    }

    /// The error when it was stopped, or somebody is not ready.
    fn problem(
        &self,
        context: &Context,
        selection: &Selection,
        outcome: &ClassOutcome,
        stop: &Stop,
    ) -> Option<Error> {
        let unready: Vec<&str> = outcome.undone().map(|it| it.student.as_str()).collect();
        let again = format!("mafia {}{}", self.command, selection.file.as_typed());
        if stop.is_asked() {
            context.printer.after_ctrl_c(match unready.is_empty() {
                true => format!("all are ready; run `{again}` for the students' lines"),
                false => format!("run `{again}` to continue"),
            });
            return Some(Error::interrupted());
        }
        if unready.is_empty() {
            return None;
        }
        let failed = count(unready.len(), "student");
        let of = outcome.students.len();
        let only = unready.join(",");
        let hint = format!("run `{again} --only {only}` to try again for them alone");
        Some(Error::failed(format!("{failed} of {of} not ready")).hint(hint))
    }
}

/// Prints for each student who is ready the line to paste.
fn print_lines(
    context: &Context,
    accounts: &Accounts,
    outcome: &ClassOutcome,
) -> Result<(), Error> {
    let printer = &context.printer;
    let lines = outcome.students.iter();
    let lines = lines.filter_map(|it| Some((it.student.as_str(), it.line.as_deref()?)));
    let lines: Vec<(&str, &str)> = lines.collect();
    if lines.is_empty() {
        return Ok(());
    }
    printer.print_as_it_is(&render::student_lines(lines))?;
    let mut places = accounts.places().iter();
    if places.any(|it| matches!(it.cloud.target().kind, TargetKind::Sandbox { .. })) {
        printer.note(
            "The sandbox is on this computer, and so is this class: the lines work only here. For students \
             at other computers, set `target = \"aws\"` in the roster.",
        );
    }
    Ok(())
}

/// The accounts of the roster, and the code and the template of the current folder for all of them.
pub async fn built(
    context: &Context,
    roster: &Roster,
    place: &Context,
    optimised: bool,
) -> Result<(Accounts, Release), Error> {
    let project = Workspace::discover(&current_folder()?)?.project(None)?;
    let template = template(&project.template)?;
    check_parameters(roster, &project, &template)?;
    let platform = platform(place)?;
    let options = BuildOptions {
        architecture: architecture_of(&roster.members)?,
        platform,
        release: optimised,
        layout: layout(platform, optimised, &template),
        color: context.printer.colors(),
    };
    let what = format!("class {}", roster.class);
    let connecting = accounts(place, &roster.members, &what);
    let on_build = |event| context.printer.build_event(&event);
    let building = bundles(context, &project, &project.functions, options, &on_build);
    let (accounts, Built { bundles, library }) = tokio::try_join!(connecting, building)?;
    let release = Release {
        workshop: Workshop {
            name: roster.workshop(),
            membership: Some(Membership {
                class: roster.class.clone(),
                student: None,
                expires: roster.expires.clone(),
            }),
        },
        project: Some(project),
        template: Some(template),
        code: bundles.iter().map(FunctionCode::from).collect(),
        library,
        site: None,
        architecture: options.architecture,
        full: false,
        dry_run: false,
        may_lose_data: context.options.yes,
        to_many: true,
    };
    Ok((accounts, release))
}

/// An error when the roster sets parameters that this template does not take.
pub fn check_parameters(
    roster: &Roster,
    project: &Project,
    template: &Template,
) -> Result<(), Error> {
    let functions: Vec<String> = project.functions.iter().map(|it| it.name.clone()).collect();
    Ok(roster.check_parameters(template, &functions)?)
}

/// The architecture that the students' functions are built for: one for all.
fn architecture_of(members: &[Member]) -> Result<Architecture, Error> {
    let given = members
        .iter()
        .filter_map(|it| it.parameters.get(ARCHITECTURE));
    let given: BTreeSet<&String> = given.collect();
    let mut given = given.into_iter();
    match (given.next(), given.next()) {
        (None, _) => architecture_of_this_machine(),
        (Some(only), None) => architecture(only),
        (Some(one), Some(other)) => Err(Error::usage(format!(
            "the students have different values of {ARCHITECTURE}: {one} and {other}"
        ))
        .hint("use one for the whole class: the functions are built once")),
    }
}

/// With the line for each student whose stack is there.
fn with_lines(
    mut outcome: ClassOutcome,
    roster: &Roster,
    accounts: &Accounts,
    place: &Context,
) -> Result<ClassOutcome, Error> {
    if outcome.dry_run {
        return Ok(outcome);
    }
    let sandbox = match target::choice(&place.options)? {
        Choice::Sandbox(state_dir) => Some(state_dir),
        Choice::Configured(_) => None,
    };
    let state_dir = sandbox.as_ref().map(|it| it.folder());
    for student in &mut outcome.students {
        let member = roster.members.iter().find(|it| it.stack == student.stack);
        let place = member.and_then(|member| accounts.place(member));
        if let (Ended::Ready { .. }, Some(place)) = (&student.ended, place) {
            let target = place.cloud.target();
            student.line = Some(student_line(target, state_dir, &student.stack));
        }
    }
    Ok(outcome)
}

/// The cause of a failure, and what to do about it. Commands for one stack do not help here.
pub fn explained(error: DeployError) -> (String, Vec<String>) {
    let Error {
        message,
        detail,
        mut hints,
        ..
    } = error.into();
    let is_for_one = |part: &str| {
        let command = part.strip_prefix("mafia ");
        command.is_some_and(|command| !command.starts_with("class ")) || part.contains("--stack")
    };
    hints.retain(|hint| !hint.split('`').any(is_for_one));
    let cause = match detail {
        Some(detail) => format!("{message}\n{detail}"),
        None => message,
    };
    (cause, hints)
}

/// Has the hints of an outcome name commands as they have to be typed; `choice` is the option that chose
/// the class, with a space before it.
pub fn type_hints(outcome: &mut ClassOutcome, context: &Context, choice: &str) {
    const EXEC: &str = "`mafia class exec";
    for hint in outcome.hints_mut() {
        let chosen = hint.replace(EXEC, &format!("{EXEC}{choice}"));
        *hint = context.options.invocation.in_text(&chosen);
    }
}
