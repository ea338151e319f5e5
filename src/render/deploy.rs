//! Builds and deployments: their events as lines, their outcome as a table.

use super::changes::changes as change_lines;
use super::printer::Printer;
use super::style::{bad, dim, good, hint};
use super::terminal;
use super::units::{elapsed, size};
use crate::bundle::{BuildEvent, Bundle, Entry, Level, Origin, Project, Toolchain};
use crate::cloud::StackEvent;
use crate::deploy::{Changed, Event, EventKind, Fate, NewDefault, Recovery, Removed, Taken};
use crate::wording::{count, in_a_line};

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
            BuildEvent::NotShared => self.note(&hint(
                "the functions cannot share a library here: each is built with all that it needs",
            )),
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
            EventKind::Creating => self.progress_on_target(&format!("creating stack {stack}")),
            EventKind::Updating { changes } => {
                self.progress_on_target(&format!("updating stack {stack}"));
                for line in change_lines(changes, terminal::message_width()) {
                    self.note(&format!("  {}", line.replace('\n', "\n  ")));
                }
            }
            EventKind::Deleting => self.progress_on_target(&format!("deleting stack {stack}")),
            EventKind::WaitingFor { status } => {
                self.note(&format!(
                    "stack {stack} is in {status}; waiting until it has finished"
                ));
                self.progress_on_target(&format!("waiting for stack {stack}"));
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
                self.progress_on_target(&format!("recovering stack {stack}"));
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
            EventKind::NotDeleted(resources) => {
                for resource in resources {
                    let reason = resource.reason.as_deref().unwrap_or("no reason given");
                    self.advise(&format!(
                        "the last deletion failed at {} ({}), and so will the next unless that has \
                         changed: {reason}",
                        resource.logical_id, resource.resource_type
                    ));
                }
            }
            EventKind::Taken(taken) => {
                for Taken { logical_id, name } in taken {
                    self.advise(&format!(
                        "the log group {name} exists already, so creating {logical_id} will fail; delete \
                         it with `aws logs delete-log-group --log-group-name {name}`"
                    ));
                }
            }
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
                self.progress_on_target(&format!("uploading {function} ({})", size(*bytes)));
            }
            EventKind::UploadingFile { file, bytes } => {
                let file = in_a_line(file);
                self.progress_on_target(&format!("uploading {file} ({})", size(*bytes)));
            }
            EventKind::Patching { function, bytes } => {
                self.progress_on_target(&format!("patching {function} ({})", size(*bytes)));
            }
            EventKind::QuickBuilt {
                function,
                bytes,
                whole,
            } => self.note(&format!(
                "{} sent {} of {function} instead of {}",
                good("✓"),
                size(*bytes),
                size(*whole)
            )),
            EventKind::NoQuickBuild {
                function,
                patcher,
                stack,
            } => self.advise(&format!(
                "sending the whole code of {function}: there is no function {patcher} (run `mafia deploy \
                 --lab quickbuild --stack {stack}`)"
            )),
            EventKind::Whole { function, reason } => {
                self.advise(&format!("sending the whole code of {function}: {reason}"));
            }
            EventKind::Unlisted { function } => self.advise(&format!(
                "{function} is not in `[package.metadata.mafia.functions]` any more, but still in \
                 the template: it keeps its code"
            )),
            EventKind::Removing { what } => self.progress_on_target(&format!("deleting {what}")),
            // The outcome says it.
            EventKind::Deleted => {}
        }
    }

    fn stack_event(&self, stack: &str, event: &StackEvent) {
        let subject = format!("{} {}", event.logical_id, dim(&event.resource_type));
        match event.status.0.as_str() {
            status if status.ends_with("_IN_PROGRESS") => {
                self.progress_on_target(&format!(
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
