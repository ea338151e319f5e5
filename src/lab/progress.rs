//! How far a student is, in a small file of the workshop folder: a line for each lab.
//!
//! ```text
//! 00 passed 2026-11-27T10:00:00Z
//! 01.2 started 2026-11-27T10:05:00Z failed identities-stay-hidden 2026-11-27T10:20:00Z hints 1
//! ```
//!
//! A line of a lab that this program does not know stays as it is, and what cannot be read counts as not there.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::manifest::{Lab, Manifest};

/// The file in the workshop folder.
const FILE: &str = ".mafia/progress.txt";

/// What is known of each lab, by its id.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    labs: BTreeMap<String, LabProgress>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct LabProgress {
    #[serde(serialize_with = "as_text")]
    pub started: Option<OffsetDateTime>,
    #[serde(serialize_with = "as_text")]
    pub passed: Option<OffsetDateTime>,
    /// What the last check found, unless it passed.
    pub failed: Option<Failure>,
    /// How many hints were shown.
    pub hints: u8,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Failure {
    /// The first check that failed.
    pub check: String,
    #[serde(serialize_with = "shown_as_text")]
    pub when: OffsetDateTime,
}

impl Progress {
    /// The progress in this workshop folder; without a file there is none.
    pub fn read(workshop: &Path) -> io::Result<Self> {
        match std::fs::read(path(workshop)) {
            Ok(bytes) => Ok(Self::of_text(&String::from_utf8_lossy(&bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes all of it or nothing.
    pub fn save(&self, workshop: &Path) -> io::Result<()> {
        let path = path(workshop);
        let folder = path.parent().unwrap_or(workshop);
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(self.text().as_bytes())?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    /// What is known of a lab.
    pub fn of(&self, id: &str) -> LabProgress {
        self.labs.get(id).cloned().unwrap_or_default()
    }

    pub fn has_passed(&self, id: &str) -> bool {
        self.labs.get(id).is_some_and(|lab| lab.passed.is_some())
    }

    pub fn start(&mut self, id: &str, now: OffsetDateTime) {
        self.lab(id).started = Some(now);
    }

    pub fn pass(&mut self, id: &str, now: OffsetDateTime) {
        let lab = self.lab(id);
        lab.passed = Some(now);
        lab.failed = None;
    }

    /// A check has failed. A lab that was passed before is no longer.
    pub fn fail(&mut self, id: &str, check: &str, now: OffsetDateTime) {
        let lab = self.lab(id);
        lab.passed = None;
        lab.failed = Some(Failure {
            check: check.to_owned(),
            when: now,
        });
    }

    pub fn show_hints(&mut self, id: &str, hints: u8) {
        self.lab(id).hints = hints;
    }

    /// The lab begins again.
    pub fn reset(&mut self, id: &str, now: OffsetDateTime) {
        *self.lab(id) = LabProgress {
            started: Some(now),
            ..LabProgress::default()
        };
    }

    /// Where the student is: at the lab that was started last, or else at the first one that is not passed.
    pub fn current<'m>(&self, manifest: &'m Manifest) -> Option<&'m Lab> {
        let open = || manifest.labs.iter().filter(|lab| !self.has_passed(&lab.id));
        let started = open().filter_map(|lab| Some((self.of(&lab.id).started?, lab)));
        let last = started.max_by_key(|(when, _)| *when);
        last.map(|(_, lab)| lab).or_else(|| self.next(manifest))
    }

    /// The first lab that is not passed, of those after the one that was passed last: who joined late goes on
    /// from there, and comes back to what is left.
    pub fn next<'m>(&self, manifest: &'m Manifest) -> Option<&'m Lab> {
        let places = manifest.labs.iter().enumerate();
        let passed = places.filter_map(|(place, lab)| Some((self.of(&lab.id).passed?, place)));
        let last = passed.max().map_or(0, |(_, place)| place);
        let (before, after) = manifest.labs.split_at(last);
        let mut labs = after.iter().chain(before);
        labs.find(|lab| !self.has_passed(&lab.id))
    }

    fn lab(&mut self, id: &str) -> &mut LabProgress {
        self.labs.entry(id.to_owned()).or_default()
    }

    fn of_text(text: &str) -> Self {
        let labs = text.lines().filter_map(|line| {
            let (id, rest) = line.trim().split_once(' ')?;
            Some((id.to_owned(), LabProgress::of_text(rest)))
        });
        Self {
            labs: labs.collect(),
        }
    }

    fn text(&self) -> String {
        let lines = self.labs.iter().filter_map(|(id, lab)| {
            let text = lab.text();
            (!text.is_empty()).then(|| format!("{id} {text}\n"))
        });
        lines.collect()
    }
}

impl LabProgress {
    fn of_text(text: &str) -> Self {
        let mut lab = Self::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "started" => lab.started = words.next().and_then(moment),
                "passed" => lab.passed = words.next().and_then(moment),
                "failed" => {
                    let check = words.next().map(str::to_owned);
                    let when = words.next().and_then(moment);
                    lab.failed = check.zip(when).map(|(check, when)| Failure { check, when });
                }
                "hints" => {
                    let hints = words.next().and_then(|number| number.parse().ok());
                    lab.hints = hints.unwrap_or_default();
                }
                _ => {}
            }
        }
        lab
    }

    fn text(&self) -> String {
        let mut words = Vec::new();
        if let Some(when) = self.started {
            words.push(format!("started {}", shown(when)));
        }
        if let Some(when) = self.passed {
            words.push(format!("passed {}", shown(when)));
        }
        if let Some(failure) = &self.failed {
            words.push(format!("failed {} {}", failure.check, shown(failure.when)));
        }
        if self.hints > 0 {
            words.push(format!("hints {}", self.hints));
        }
        words.join(" ")
    }
}

fn path(workshop: &Path) -> PathBuf {
    workshop.join(FILE)
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn shown(when: OffsetDateTime) -> String {
    let when = when.to_utc().truncate_to_second();
    // A year above 9999 has no such form.
    when.format(&Rfc3339).unwrap_or_default()
}

fn shown_as_text<S: Serializer>(when: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&shown(*when))
}

fn as_text<S: Serializer>(when: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
    when.map(shown).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const TEXT: &str = "\
00 passed 2026-11-27T10:00:00Z
01.2 started 2026-11-27T10:05:00Z failed identities-stay-hidden 2026-11-27T10:20:00Z hints 2
77 passed 2026-11-27T10:00:00Z
";

    fn manifest() -> Manifest {
        let lab = |id: &str| {
            format!("[[lab]]\nid = \"{id}\"\ntitle = \"t\"\nminutes = 1\nchecks = [\"a\"]\n")
        };
        let labs = ["00", "01.1", "01.2"].map(lab).concat();
        Manifest::read(&format!("format = 1\n{labs}")).expect("it is right")
    }

    #[test]
    fn progress_is_a_line_for_each_lab_also_for_those_of_other_versions() {
        let progress = Progress::of_text(TEXT);
        assert_eq!(progress.text(), TEXT);
        assert!(progress.has_passed("00"));
        let lab = progress.of("01.2");
        assert_eq!(
            lab.failed.expect("it failed").check,
            "identities-stay-hidden"
        );
        assert_eq!(lab.hints, 2);
        assert_eq!(progress.of("01.1"), LabProgress::default());
    }

    #[test]
    fn what_cannot_be_read_is_not_there() {
        for damaged in [
            "",
            "01.2",
            "01.2 passed",
            "01.2 passed yesterday",
            "01.2 failed",
            "01.2 failed check",
            "01.2 hints many",
            "\u{0} \u{fffd}",
        ] {
            let progress = Progress::of_text(damaged);
            assert!(!progress.has_passed("01.2"), "{damaged}");
            assert_eq!(progress.text(), "", "{damaged}");
        }
    }

    #[test]
    fn progress_is_kept_in_the_workshop_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut progress = Progress::read(folder.path()).expect("there is none yet");
        assert_eq!(progress, Progress::default());
        progress.fail("01.1", "a", datetime!(2026-11-27 10:00:00.5 UTC));
        progress.save(folder.path()).expect("written");
        progress.pass("01.1", datetime!(2026-11-27 12:00 +2));
        progress.save(folder.path()).expect("written");
        let file = std::fs::read_to_string(path(folder.path())).expect("it is there");
        assert_eq!(file, "01.1 passed 2026-11-27T10:00:00Z\n");
        let kept = Progress::read(folder.path()).expect("it is there");
        assert!(kept.has_passed("01.1"));
        let names = std::fs::read_dir(folder.path().join(".mafia")).expect("it is there");
        assert_eq!(names.count(), 1, "nothing else is left");
    }

    #[test]
    fn the_student_is_at_the_lab_that_was_started_last_or_at_the_first_that_is_open() {
        let manifest = manifest();
        let at = |progress: &Progress| progress.current(&manifest).map(|lab| lab.id.clone());
        let (early, late) = (
            datetime!(2026-11-27 10:00 UTC),
            datetime!(2026-11-27 11:00 UTC),
        );
        let mut progress = Progress::default();
        assert_eq!(at(&progress).as_deref(), Some("00"));
        progress.pass("00", early);
        assert_eq!(at(&progress).as_deref(), Some("01.1"));
        progress.start("01.2", early);
        assert_eq!(at(&progress).as_deref(), Some("01.2"));
        progress.start("01.1", late);
        assert_eq!(at(&progress).as_deref(), Some("01.1"));
        progress.pass("01.1", late);
        assert_eq!(at(&progress).as_deref(), Some("01.2"));
        progress.pass("01.2", late);
        assert_eq!(at(&progress), None);
        progress.fail("00", "a", late);
        assert_eq!(at(&progress).as_deref(), Some("00"));
        progress.reset("01.2", late);
        assert_eq!(at(&progress).as_deref(), Some("01.2"));
        assert_eq!(
            progress.next(&manifest).map(|lab| lab.id.as_str()),
            Some("01.2"),
            "after the one that was passed last"
        );
        progress.pass("01.2", late);
        assert_eq!(
            progress.next(&manifest).map(|lab| lab.id.as_str()),
            Some("00"),
            "what was left out before"
        );
    }
}
