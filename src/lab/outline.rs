//! All labs: each with its progress, and where it goes on. Pure.

use serde::Serialize;

use super::manifest::{Lab, Manifest};
use super::progress::{LabProgress, Progress};

#[derive(Clone, Debug, Serialize)]
pub struct Outline {
    pub labs: Vec<OutlinedLab>,
    /// The id of the lab where the student is; `None` if all are passed.
    pub current: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct OutlinedLab {
    pub id: String,
    pub title: String,
    pub minutes: u32,
    pub function: Option<String>,
    /// What the student edits.
    pub files: Vec<String>,
    #[serde(flatten)]
    pub progress: LabProgress,
}

impl Outline {
    pub fn of(manifest: &Manifest, progress: &Progress) -> Self {
        let labs = manifest.labs.iter();
        let labs = labs.map(|lab| OutlinedLab::of(lab, progress));
        let current = progress.current(manifest);
        Self {
            labs: labs.collect(),
            current: current.map(|lab| lab.id.clone()),
        }
    }

    /// The lab where the student is.
    pub fn current(&self) -> Option<&OutlinedLab> {
        let current = self.current.as_ref()?;
        self.labs.iter().find(|lab| lab.id == *current)
    }

    pub fn passed(&self) -> usize {
        let passed = self.labs.iter().filter(|lab| lab.progress.passed.is_some());
        passed.count()
    }
}

impl OutlinedLab {
    fn of(lab: &Lab, progress: &Progress) -> Self {
        Self {
            id: lab.id.clone(),
            title: lab.title.clone(),
            minutes: lab.minutes,
            function: lab.function.clone(),
            files: lab.files.clone(),
            progress: progress.of(&lab.id),
        }
    }
}
