//! Where a student is among the labs, and what the last check said. Pure.

use serde::Serialize;

use super::manifest::Manifest;
use super::progress::Progress;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LabStanding {
    /// The lab where the student is; `None` after the last one.
    pub id: Option<String>,
    pub title: Option<String>,
    /// The check that failed last, unless the lab has passed since.
    pub failed: Option<String>,
    /// How many labs are passed, of how many.
    pub passed: usize,
    pub labs: usize,
}

impl LabStanding {
    /// `None` where no lab was begun.
    pub fn of(progress: &Progress, manifest: &Manifest) -> Option<Self> {
        if *progress == Progress::default() {
            return None;
        }
        let failures = manifest.labs.iter();
        let failures = failures.filter_map(|lab| Some((progress.of(&lab.id).failed?.when, lab)));
        let begun = progress.current(manifest);
        let begun_at = begun.and_then(|lab| progress.of(&lab.id).started);
        // What failed since the lab was begun is what the student works on.
        let last = failures.max_by_key(|(when, _)| *when);
        let last = last.filter(|(when, _)| begun_at.is_none_or(|begun| begun <= *when));
        let current = last.map(|(_, lab)| lab).or(begun);
        let failed = current.and_then(|lab| progress.of(&lab.id).failed);
        let passed = manifest.ids().filter(|id| progress.has_passed(id));
        Some(Self {
            id: current.map(|lab| lab.id.clone()),
            title: current.map(|lab| lab.title.clone()),
            failed: failed.map(|it| it.check),
            passed: passed.count(),
            labs: manifest.labs.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_student_works_on_what_failed_or_was_begun_last() {
        let lab = |id: &str| {
            format!("[[lab]]\nid = \"{id}\"\ntitle = \"t\"\nminutes = 1\nchecks = [\"a\"]\n")
        };
        let labs = ["00", "01", "02"].map(lab).concat();
        let manifest = Manifest::read(&format!("format = 1\n{labs}")).expect("it is right");
        let mut progress = Progress::default();
        assert_eq!(LabStanding::of(&progress, &manifest), None);
        let at = |progress: &Progress| {
            let standing = LabStanding::of(progress, &manifest).expect("a lab was begun");
            (
                standing.id.unwrap_or_default(),
                standing.failed,
                standing.passed,
            )
        };
        let own = |id: &str, failed: Option<&str>, passed| {
            (id.to_owned(), failed.map(str::to_owned), passed)
        };
        progress.start("00", datetime!(2026-11-27 10:00 UTC));
        assert_eq!(at(&progress), own("00", None, 0));
        progress.fail("01", "a", datetime!(2026-11-27 11:00 UTC));
        assert_eq!(at(&progress), own("01", Some("a"), 0));
        progress.start("02", datetime!(2026-11-27 12:00 UTC));
        assert_eq!(at(&progress), own("02", None, 0));
        for id in ["00", "01", "02"] {
            progress.pass(id, datetime!(2026-11-27 13:00 UTC));
        }
        assert_eq!(at(&progress), own("", None, 3));
    }
}
