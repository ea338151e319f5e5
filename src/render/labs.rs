//! The labs: where the student is in them, and what was written into the workshop folder.

use std::fmt::Display;
use std::path::Path;

use similar::{ChangeTag, TextDiff};
use time::{Duration, OffsetDateTime};

use super::prose::padded;
use super::style::{bad, bold, dim, good, hint};
use super::table::Table;
use crate::invocation::Invocation;
use crate::lab::files::{Form, Replacement};
use crate::lab::outline::{Outline, OutlinedLab};
use crate::wording::count;

/// How many lines around a change are shown.
const CONTEXT: usize = 2;

/// All labs.
pub fn labs(outline: &Outline) -> String {
    let failed = outline.labs.iter().filter_map(|lab| {
        let failure = lab.progress.failed.as_ref()?;
        let is_open = lab.progress.passed.is_none();
        is_open.then(|| format!("{} {}: {} failed", bad("✘"), lab.id, failure.check))
    });
    let here = outline.current.iter();
    let here = here.map(|lab| format!("{} you are at lab {lab}", hint(">")));
    let below: Vec<String> = failed.chain(here).chain([summary(outline)]).collect();
    format!("{}\n\n{}", table(outline).render(), below.join("\n"))
}

fn table(outline: &Outline) -> Table {
    let mut table = Table::new(&["", "LAB", "TITLE", ">MINUTES"]).without_if_narrow(&["MINUTES"]);
    for lab in &outline.labs {
        table.row([
            mark(lab, outline),
            lab.id.clone(),
            lab.title.clone(),
            lab.minutes.to_string(),
        ]);
    }
    table
}

/// What became of a lab.
fn mark(lab: &OutlinedLab, outline: &Outline) -> String {
    let is_current = outline.current.as_ref() == Some(&lab.id);
    match (&lab.progress.passed, &lab.progress.failed) {
        (Some(_), _) => good("✔"),
        (None, Some(_)) => bad("✘"),
        (None, None) if is_current => hint(">"),
        (None, None) => dim("·"),
    }
}

fn summary(outline: &Outline) -> String {
    format!(
        "{} of {} passed",
        outline.passed(),
        count(outline.labs.len(), "lab")
    )
}

/// Where the student goes on.
pub fn current_lab(outline: &Outline, now: OffsetDateTime, invocation: &Invocation) -> String {
    let marks = outline.labs.iter().map(|lab| {
        let is_current = outline.current.as_ref() == Some(&lab.id);
        match (lab.progress.passed.is_some(), is_current) {
            (true, _) => good(format!("✔{}", lab.id)),
            (false, true) => hint(format!(">{}", lab.id)),
            (false, false) => dim(format!("·{}", lab.id)),
        }
    });
    let marks = marks.collect::<Vec<_>>().join(" ");
    let mut lines = vec![marks, dim(summary(outline))];
    let Some(lab) = outline.current() else {
        lines.push(format!("\n{} You have done all labs.", good("✔")));
        return lines.join("\n");
    };
    lines.push(format!(
        "\n{} {}",
        bold(format!("Lab {}", lab.id)),
        bold(&lab.title)
    ));
    lines.push(format!("about {}", count(lab.minutes as usize, "minute")));
    lines.extend(lab.files.iter().map(|file| label("edit", file)));
    if let Some(failure) = &lab.progress.failed {
        let failed = format!(
            "{} {}, {}",
            bad("✘"),
            failure.check,
            ago(now - failure.when)
        );
        lines.push(label("failed", failed));
    }
    let command = |words: &str| invocation.line(&format!("lab {words} {}", lab.id));
    lines.push(label("check", command("check")));
    lines.push(label("stuck?", command("hint")));
    lines.join("\n")
}

fn ago(time: Duration) -> String {
    match time.whole_minutes() {
        ..1 => "just now".to_owned(),
        minutes @ 1..60 => format!("{minutes} min ago"),
        minutes @ 60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "1 day ago".to_owned(),
        minutes => format!("{} days ago", minutes / 1440),
    }
}

fn label(name: &str, text: impl Display) -> String {
    format!("{}  {text}", padded(&dim(name), 6))
}

/// A hint, and which it is.
pub fn hint_text(lab: &str, level: u8, of: u8, text: &str) -> String {
    format!(
        "{}\n\n{text}",
        dim(format!("Lab {lab}, hint {level} of {of}"))
    )
}

/// A lab that was started, with the files that the student edits, those that were written now, and those of
/// earlier labs that stayed as they are.
pub fn lab_started(
    lab: &str,
    title: &str,
    files: &[String],
    written: &[String],
    kept: &[String],
) -> String {
    let mut lines = vec![format!("{} {}", bold(format!("Lab {lab}")), bold(title))];
    lines.extend(files.iter().map(|file| label("edit", file)));
    lines.extend(written.iter().map(|file| label("new", file)));
    lines.extend(
        kept.iter()
            .map(|file| label("kept", format!("{file}: you have written it"))),
    );
    lines.join("\n")
}

/// The files of a lab that have become starters or solutions.
pub fn files_replaced(lab: &str, form: Form, files: &[String], backup: Option<&Path>) -> String {
    let form = match form {
        Form::Starter => "starter",
        Form::Solution => "solution",
    };
    if files.is_empty() {
        return format!("Lab {lab}: your files are the {form} already");
    }
    let files = files.join(", ");
    let mut lines = vec![format!("{} {} is the {form} now", good("✔"), bold(files))];
    if let Some(backup) = backup {
        lines.push(dim(format!(
            "what you had written is in {}",
            backup.display()
        )));
    }
    lines.join("\n")
}

/// What changes in the files of a lab.
pub fn differences(replacements: &[Replacement]) -> String {
    let files = replacements.iter().map(|replacement| {
        let before = replacement.before.as_deref().unwrap_or_default();
        let diff = TextDiff::from_lines(before, &replacement.after);
        let mut lines = vec![bold(&replacement.path)];
        for group in diff.grouped_ops(CONTEXT) {
            let first = group.first().map_or(0, |it| it.old_range().start);
            lines.push(dim(format!("  from line {}:", first + 1)));
            for change in group.iter().flat_map(|it| diff.iter_changes(it)) {
                let text = change.value().trim_end_matches('\n');
                lines.push(match change.tag() {
                    ChangeTag::Delete => bad(format!("  - {text}")),
                    ChangeTag::Insert => good(format!("  + {text}")),
                    ChangeTag::Equal => format!("    {text}"),
                });
            }
        }
        lines.join("\n")
    });
    files.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::lab::content;
    use crate::lab::manifest::Manifest;
    use crate::lab::progress::Progress;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(&super::super::style::shown(text)).to_string()
    }

    fn outline(change: impl FnOnce(&mut Progress)) -> Outline {
        let manifest = Manifest::read(content::manifest_text()).expect("it is right");
        let mut progress = Progress::default();
        change(&mut progress);
        Outline::of(&manifest, &progress)
    }

    const NOW: OffsetDateTime = datetime!(2026-11-27 10:12 UTC);

    #[test]
    fn the_list_says_what_became_of_each_lab() {
        let outline = outline(|progress| {
            progress.pass("00", NOW);
            progress.fail("01.1", "as-many-players-as-asked", NOW);
            progress.start("01.1", NOW);
        });
        let text = plain(&labs(&outline));
        assert!(text.contains("1 of 12 labs passed"), "{text}");
        for line in [
            "✔  00    Your first deployment",
            "✘  01.1  new-game: hide the mafia",
            "·  01.2  game-state: keep the secret",
            "✘ 01.1: as-many-players-as-asked failed",
            "> you are at lab 01.1",
        ] {
            assert!(
                text.lines().any(|it| it.starts_with(line)),
                "{line}: {text}"
            );
        }
    }

    #[test]
    fn in_a_narrow_window_a_lab_stays_a_line_where_its_title_fits() {
        let text = plain(&table(&outline(|_| {})).fitted(40));
        assert!(
            text.lines().all(|line| line.chars().count() <= 40),
            "{text}"
        );
        let rows = text.lines().filter(|it| it.starts_with(['·', '>']));
        assert_eq!(rows.count(), 12, "{text}");
        assert!(text.lines().count() <= 1 + 12 + 1 + 2, "{text}");
    }

    #[test]
    fn a_student_goes_on_at_the_current_lab() {
        let then = datetime!(2026-11-27 10:00 UTC);
        let failed = outline(|progress| {
            progress.pass("00", then);
            progress.start("01.1", then);
            progress.fail("01.1", "as-many-players-as-asked", then);
        });
        assert_eq!(
            plain(&current_lab(&failed, NOW, &Invocation::default())),
            "\
✔00 >01.1 ·01.2 ·01.3 ·01.4 ·01.5 ·01.6 ·02.1 ·02.2 ·02.3 ·02.4 ·99
1 of 12 labs passed

Lab 01.1 new-game: hide the mafia
about 30 minutes
edit    functions/src/bin/new-game.rs
failed  ✘ as-many-players-as-asked, 12 min ago
check   mafia lab check 01.1
stuck?  mafia lab hint 01.1"
        );
        let done = outline(|progress| {
            for lab in Manifest::read(content::manifest_text())
                .expect("it is right")
                .labs
            {
                progress.pass(&lab.id, then);
            }
        });
        let text = plain(&current_lab(&done, NOW, &Invocation::default()));
        assert!(text.ends_with("You have done all labs."), "{text}");
    }

    #[test]
    fn a_time_is_told_in_one_unit() {
        for (seconds, words) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (3_700, "1 h ago"),
            (90_000, "1 day ago"),
            (200_000, "2 days ago"),
        ] {
            assert_eq!(ago(Duration::seconds(seconds)), words);
        }
    }

    #[test]
    fn a_difference_shows_the_lines_that_change() {
        let replacement = Replacement {
            path: "a.rs".to_owned(),
            before: Some("1\n2\n3\n4\n5\nold\n".to_owned()),
            after: "1\n2\n3\n4\n5\nnew\n".to_owned(),
            untouched: false,
        };
        assert_eq!(
            plain(&differences(&[replacement])),
            "a.rs\n  from line 4:\n    4\n    5\n  - old\n  + new"
        );
    }
}
