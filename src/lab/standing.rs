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
        let current = progress.current(manifest);
        let passed = manifest.ids().filter(|id| progress.has_passed(id));
        let failed = current.and_then(|lab| progress.of(&lab.id).failed);
        Some(Self {
            id: current.map(|lab| lab.id.clone()),
            title: current.map(|lab| lab.title.clone()),
            failed: failed.map(|it| it.check),
            passed: passed.count(),
            labs: manifest.labs.len(),
        })
    }
}
