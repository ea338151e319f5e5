//! Builds and deployments: their events as lines, their outcome as a table.

use std::time::Duration;

use super::changed_files::changed_files;
use super::changes::changes as change_lines;
use super::printer::Printer;
use super::style::{bad, bold, dim, good, hint};
use super::table::Table;
use super::units::{elapsed, size};
use crate::bundle::{BuildEvent, Bundle, Entry, Level, Origin, Project, Toolchain};
use crate::cloud::StackEvent;
use crate::deploy::{
    Action, Changed, Deployment, Event, EventKind, Fate, FunctionOutcome, NewDefault, Recovery,
    Removed,
};
use crate::wording::count;

/// Without a live line, how many compiled crates there are between two lines about them.
const CRATES_PER_LINE: usize = 25;

impl Printer {
    pub fn build_event(&self, event: &BuildEvent) {
        match event {
            BuildEvent::Started {
                toolchain,
                functions,
            } => {
                let with = match toolchain {
                    Toolchain::Cargo => "",
                    Toolchain::Zigbuild => " with cargo-zigbuild",
                };
                self.progress(&format!("building {}{with}", count(*functions, "function")));
            }
            BuildEvent::Waiting { lock } => {
                self.note(&hint(format!("waiting for another cargo process ({lock})")));
            }
            BuildEvent::Step { verb, subject } => {
                self.progress(&format!("building: {} {subject}", verb.to_lowercase()));
            }
            BuildEvent::Progress {
                done,
                total,
                current,
            } => {
                self.progress(&format!("building: {done} of {total} crates, {current}"));
                if self.passed_milestone(*done, CRATES_PER_LINE) {
                    self.note(&format!("built {done} of {total} crates"));
                }
            }
            BuildEvent::Compiled { .. } => {}
            BuildEvent::TooNew { needs } => self.note(&hint(format!(
                "the functions need glibc {needs}, newer than Lambda's; building with \
                 cargo-zigbuild"
            ))),
            BuildEvent::Message { level, rendered } => {
                // Also with `--quiet`: errors end the build.
                let message = format!("{}\n", rendered.trim_end());
                self.note_colored(&message, *level == Level::Error);
            }
            BuildEvent::Remark { text } => self.note(text),
            BuildEvent::Finished { compiled: 0, .. } => {}
            BuildEvent::Finished {
                compiled,
                elapsed: time,
            } => self.note(&format!(
                "{} compiled {} in {}",
                good("✓"),
                count(*compiled, "crate"),
                elapsed(*time)
            )),
        }
    }

    pub fn deploy_event(&self, event: &Event) {
        let stack = &event.stack;
        match &event.kind {
            EventKind::Creating => self.progress(&format!("creating stack {stack}")),
            EventKind::Updating { changes } => {
                self.progress(&format!("updating stack {stack}"));
                for line in change_lines(changes) {
                    self.note(&format!("  {line}"));
                }
            }
            EventKind::Deleting => self.progress(&format!("deleting stack {stack}")),
            EventKind::WaitingFor { status } => {
                self.note(&format!(
                    "stack {stack} is in {status}; waiting until it has finished"
                ));
                self.progress(&format!("waiting for stack {stack}"));
            }
            EventKind::Conflict => {
                self.note(&format!(
                    "another deployment is also changing stack {stack}"
                ));
            }
            EventKind::Recovering { status, how } => {
                let remedy = match how {
                    Recovery::DeleteAndCreate => "deleting it",
                    Recovery::ContinueRollback => "continuing its rollback",
                };
                self.note(&hint(format!("stack {stack} is in {status}: {remedy}")));
                self.progress(&format!("recovering stack {stack}"));
            }
            EventKind::Skipping { resources } => self.advise(&format!(
                "the rollback cannot bring back {}; it continues without",
                resources.join(", ")
            )),
            EventKind::Kept(NewDefault {
                parameter,
                value,
                default,
                ..
            }) => self.advise(&format!(
                "{parameter} keeps its value {value}; the template's new default is {default} (use \
                 --parameter {parameter}={default} to take it)"
            )),
            EventKind::WithoutEffect { parameter } => self.advise(&format!(
                "nothing in the template depends on the parameter {parameter}: its value changes \
                 nothing"
            )),
            EventKind::ChangedByHand(changed) => {
                for Changed { function, settings } in changed {
                    self.advise(&format!(
                        "{function} was changed outside CloudFormation: {}",
                        settings.join(", ")
                    ));
                }
            }
            EventKind::NotRestored => self.advise(
                "this target does not undo such changes: undo them by hand, or run `mafia clean`, then \
                 `mafia deploy`",
            ),
            EventKind::Conditional {
                function,
                condition,
            } => self.advise(&format!(
                "{function} is not deployed: its condition {condition} in the template does not hold"
            )),
            EventKind::Removed(removed) => self.advise(&removal(removed)),
            EventKind::Ownerless => self.advise(&format!(
                "stack {stack} belongs to nobody yet; the next update makes it yours (or run \
                 `mafia deploy --full` now)"
            )),
            EventKind::WouldComeFirst { status, how } => {
                let first = match how {
                    None => "wait until it has finished",
                    Some(Recovery::DeleteAndCreate) => "delete it",
                    Some(Recovery::ContinueRollback) => "continue its rollback",
                };
                self.advise(&format!(
                    "stack {stack} is in {status}: a deployment would first {first}"
                ));
            }
            EventKind::BucketGone { bucket } => self.advise(&format!(
                "the artifact bucket {bucket} was deleted outside CloudFormation; creating it again"
            )),
            EventKind::ExpressRefused => {
                self.note(
                    "this target does not support Express mode; using CloudFormation's standard \
                     mode",
                );
            }
            EventKind::Stack(event) => self.stack_event(stack, event),
            EventKind::Silent { status, minutes } => self.advise(&format!(
                "stack {stack} has been in {status} for {minutes} min without any news; Ctrl-C stops \
                 waiting, not the operation"
            )),
            EventKind::PollFailed { reason } => {
                self.note(&format!("{} {reason}; trying again", hint("no answer:")));
            }
            EventKind::Uploading { function, bytes } => {
                self.progress(&format!("uploading {function} ({})", size(*bytes)));
            }
            EventKind::Patching { function, bytes } => {
                self.progress(&format!("patching {function} ({})", size(*bytes)));
            }
            EventKind::Unlisted { function } => self.advise(&format!(
                "{function} is not in `[package.metadata.mafia.functions]` any more, but still in \
                 the template: it keeps its code"
            )),
            EventKind::Removing { what } => self.progress(&format!("deleting {what}")),
        }
    }

    fn stack_event(&self, stack: &str, event: &StackEvent) {
        let subject = format!("{} {}", event.logical_id, dim(&event.resource_type));
        match event.status.0.as_str() {
            status if status.ends_with("_IN_PROGRESS") => {
                self.progress(&format!(
                    "working on stack {stack}: {} {}",
                    event.logical_id,
                    readable(status)
                ));
            }
            status if status.ends_with("_FAILED") => {
                let reason = event.reason.as_deref().unwrap_or("no reason given");
                self.note(&format!(
                    "  {} {subject} {}: {reason}",
                    bad("✗"),
                    readable(status)
                ));
            }
            status => self.note(&format!("  {} {subject} {}", good("✓"), readable(status))),
        }
    }
}

/// The binaries of a package that are no functions.
pub fn unlisted(project: &Project) -> Option<String> {
    let first = project.unlisted.first()?;
    let list = project.how_to_list(first, &project.suggested_name(first));
    Some(match project.unlisted.len() {
        1 => format!("the binary `{first}` is not a function yet; to deploy it, {list}"),
        _ => format!(
            "the binaries `{}` are not functions yet; to deploy the first, {list}",
            project.unlisted.join("`, `")
        ),
    })
}

/// A bundle's entries, and which were compressed.
pub fn bundle_entries(bundle: &Bundle) -> String {
    let entry = |entry: &Entry| match entry.origin {
        Origin::Compressed => format!("{} compressed", entry.name),
        Origin::Copied => format!("{} copied", entry.name),
    };
    let entries: Vec<String> = bundle.entries.iter().map(entry).collect();
    dim(format!(
        "bundle {}: {}",
        bundle.function.name,
        entries.join(", ")
    ))
}

/// `UPDATE_ROLLBACK_COMPLETE` as `update rollback complete`.
fn readable(status: &str) -> String {
    status.to_ascii_lowercase().replace('_', " ")
}

/// What became of a resource that is no more part of its stack.
fn removal(removed: &Removed) -> String {
    let Removed {
        logical_id,
        resource_type,
        name,
        fate,
    } = removed;
    let what = format!("{logical_id} ({resource_type} {name})");
    match fate {
        Fate::Deleted => format!("{what} was deleted with its data"),
        Fate::Retained => format!("{what} still exists, as its policy in the template says"),
        Fate::NotDeleted => format!("{what} left the stack, but still exists with its data"),
    }
}

/// The outcome of a deployment: a table of functions under one line of what was done.
pub fn deployment(deployment: &Deployment) -> String {
    let mut text = String::new();
    if deployment.undecided {
        return format!(
            "{}: dry run, nothing changed; run `mafia deploy` to go on",
            bold(&deployment.stack)
        );
    }
    if deployment.action == Action::Unchanged {
        text = format!("{} {}: nothing to do", good("✓"), bold(&deployment.stack));
        return text;
    }
    if deployment.dry_run {
        for line in change_lines(&deployment.changes) {
            text.push_str(&line);
            text.push('\n');
        }
        if !deployment.changes.is_empty() {
            text.push('\n');
        }
    }
    let mut table = Table::new(&["FUNCTION", "CODE", ">SIZE", "DIGEST", ">TIME"])
        .without_if_narrow(&["DIGEST", "SIZE", "TIME"]);
    for function in &deployment.functions {
        table.row(row(function, deployment.dry_run));
    }
    text.push_str(&table.render());
    if let Some(why) = changed_files(&deployment.functions) {
        text.push_str(&format!("\n\n{why}"));
    }
    text.push_str(&format!("\n\n{}", headline(deployment)));
    text
}

fn row(function: &FunctionOutcome, dry_run: bool) -> [String; 5] {
    const DIGEST: usize = 12;
    let done = match (function.action, dry_run) {
        (Action::Unchanged, _) => "unchanged",
        (Action::Patched, false) => "patched",
        (Action::Updated, false) => "updated",
        (Action::Created, false) => "created",
        (Action::Created, true) => "would create",
        (_, true) => "would patch",
    };
    [
        function.function.clone(),
        done.to_owned(),
        size(function.bytes),
        function.digest.chars().take(DIGEST).collect(),
        function.milliseconds.map(time).unwrap_or_default(),
    ]
}

fn headline(deployment: &Deployment) -> String {
    let stack = bold(&deployment.stack);
    let changed = deployment
        .functions
        .iter()
        .filter(|f| f.action != Action::Unchanged)
        .count();
    let functions = count(changed, "function");
    if deployment.dry_run {
        return format!("{stack}: dry run, nothing changed");
    }
    let what = match deployment.action {
        Action::Created => format!("created with {functions}"),
        Action::Updated if deployment.changes.is_empty() => "outputs updated".to_owned(),
        Action::Updated => format!("{} updated", count(deployment.changes.len(), "resource")),
        _ => format!("{functions} patched"),
    };
    format!(
        "{} {stack}: {what} in {}",
        good("✓"),
        time(deployment.milliseconds)
    )
}

fn time(milliseconds: u128) -> String {
    elapsed(Duration::from_millis(
        milliseconds.try_into().unwrap_or(u64::MAX),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Change;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn what_became_of_data_is_said() {
        for (fate, words) in [
            (Fate::Deleted, "was deleted with its data"),
            (
                Fate::Retained,
                "still exists, as its policy in the template says",
            ),
            (
                Fate::NotDeleted,
                "left the stack, but still exists with its data",
            ),
        ] {
            let removed = Removed {
                logical_id: "Attic".to_owned(),
                resource_type: "AWS::S3::Bucket".to_owned(),
                name: "attic-1".to_owned(),
                fate,
            };
            let expected = format!("Attic (AWS::S3::Bucket attic-1) {words}");
            assert_eq!(removal(&removed), expected);
        }
    }

    #[test]
    fn binaries_that_are_no_functions_are_named_with_what_to_write() {
        let said = |unlisted: &[&str]| {
            let project = Project::example(&[("01-one", "one")], unlisted);
            super::unlisted(&project).map(|said| plain(&said))
        };
        assert_eq!(said(&[]), None);
        let to_list = "to `[package.metadata.mafia.functions]` in `/ws/labs/game/Cargo.toml`";
        assert_eq!(
            said(&["two"]),
            Some(format!(
                "the binary `two` is not a function yet; to deploy it, add `two = \"02-two\"` {to_list}"
            ))
        );
        assert_eq!(
            said(&["three", "two"]),
            Some(format!(
                "the binaries `three`, `two` are not functions yet; to deploy the first, add \
                 `three = \"02-three\"` {to_list}"
            ))
        );
    }

    /// A deployment that did `actions` to functions, and made `changes` changes.
    fn done(action: Action, actions: &[Action], changes: usize) -> Deployment {
        let function = |action: &Action| FunctionOutcome {
            function: "01-one".to_owned(),
            action: *action,
            bytes: 1,
            digest: String::new(),
            milliseconds: None,
            files: None,
        };
        let change = Change {
            action: "Add".to_owned(),
            logical_id: "Table".to_owned(),
            resource_type: "AWS::DynamoDB::Table".to_owned(),
            replaced: false,
            loses_data: false,
            properties: Vec::new(),
        };
        Deployment {
            stack: "game".to_owned(),
            dry_run: false,
            action,
            recovered: None,
            undecided: false,
            functions: actions.iter().map(function).collect(),
            changes: vec![change; changes],
            milliseconds: 1_300,
        }
    }

    #[test]
    fn the_headline_counts_what_was_changed() {
        use Action::{Created, Patched, Unchanged, Updated};
        for (deployment, words) in [
            (
                done(Patched, &[Unchanged, Patched, Patched], 0),
                "2 functions patched in 1.3 s",
            ),
            (
                done(Patched, &[Patched, Unchanged], 0),
                "1 function patched in 1.3 s",
            ),
            (
                done(Created, &[Created, Created], 0),
                "created with 2 functions in 1.3 s",
            ),
            (
                done(Updated, &[Updated, Unchanged], 3),
                "3 resources updated in 1.3 s",
            ),
            (done(Updated, &[Unchanged], 0), "outputs updated in 1.3 s"),
        ] {
            assert_eq!(plain(&headline(&deployment)), format!("✓ game: {words}"));
        }
    }
}
