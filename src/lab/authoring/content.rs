//! The files of the labs: whether they are all there, and fit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Fault, TrialError};
use crate::lab::check::{Checks, checks_of};
use crate::lab::files::Form;
use crate::lab::lesson::{self, Step};
use crate::lab::manifest::{Lab, Manifest, Wrong};

const MANIFEST: &str = "labs.toml";
const LESSON: &str = "lesson.md";
/// The texts of each lab.
const TEXTS: [&str; 5] = [
    LESSON,
    "hints/1.md",
    "hints/2.md",
    "hints/3.md",
    "afterwards.md",
];
/// Makes the starters of a lab with code out of its solutions.
const STARTER: &str = "starter.md";
/// How many mistakes a lab with code has at least.
const MISTAKES: usize = 3;
/// Where the functions of a workshop folder are, and where their solutions.
const FUNCTIONS: (&str, &str) = ("functions/", "game/");
/// The template of a workshop folder, and its solution.
const TEMPLATE: (&str, &str) = ("template.yaml", "../templates/game.yaml");

/// The labs of a folder, whose files are there and fit.
pub struct Content {
    pub manifest: Manifest,
    labs: PathBuf,
    files: Vec<(PathBuf, String)>,
}

impl Content {
    /// Reads the labs. What is wrong with them is added to the `faults`; `None` if there is no list of labs.
    pub fn read(labs: &Path, faults: &mut Vec<Fault>) -> Result<Option<Self>, TrialError> {
        let path = labs.join(MANIFEST);
        let text =
            std::fs::read_to_string(&path).map_err(|source| TrialError::Read { path, source })?;
        let manifest = match Manifest::read(&text) {
            Ok(manifest) => manifest,
            Err(error) => {
                faults.push(fault("", MANIFEST, error.to_string()));
                return Ok(None);
            }
        };
        let mut content = Self {
            manifest,
            labs: labs.to_owned(),
            files: Vec::new(),
        };
        let labs = content.manifest.labs.clone().into_iter();
        let whole: Vec<Lab> = labs.filter(|lab| content.read_lab(lab, faults)).collect();
        for lab in &whole {
            content.check_lab(lab, faults);
        }
        content.find_unlisted(faults)?;
        Ok(Some(content))
    }

    /// Whether all files of the lab are there.
    fn read_lab(&mut self, lab: &Lab, faults: &mut Vec<Fault>) -> bool {
        let own = files_of(lab).map(|name| (self.lesson(lab, &name), name));
        let solutions = lab.files.iter().map(|file| {
            let path = self.labs.join(solution(file));
            (path, format!("the solution {}", solution(file)))
        });
        let before = faults.len();
        for (path, name) in own.chain(solutions).collect::<Vec<_>>() {
            match std::fs::read_to_string(&path) {
                Ok(text) if text.trim().is_empty() => {
                    faults.push(fault(&lab.id, &name, "is empty".to_owned()));
                }
                Ok(text) => self.files.push((path, text)),
                Err(error) => faults.push(fault(&lab.id, &name, format!("is missing: {error}"))),
            }
        }
        faults.len() == before
    }

    /// Whether the files of a lab fit, all of which are there.
    fn check_lab(&self, lab: &Lab, faults: &mut Vec<Fault>) {
        let mut add = |what: &str, problem: String| faults.push(fault(&lab.id, what, problem));
        if let Err(error) = lesson::steps(self.text(&self.lesson(lab, LESSON))) {
            add(LESSON, error.to_string());
        }
        for path in &lab.files {
            if let Err(problem) = self.starter(lab, path) {
                add(STARTER, problem);
            }
        }
        if !lab.files.is_empty() && lab.wrong.len() < MISTAKES {
            let problem = format!("has {} mistakes, but needs {MISTAKES}", lab.wrong.len());
            add("wrong", problem);
        }
        for wrong in &lab.wrong {
            let name = mistake(wrong);
            if let Err(problem) = self.edited(lab, &name, &lab.files[0]) {
                add(&name, problem);
            }
        }
        let known = checks_of(&lab.id).map(Checks::ids).unwrap_or_default();
        if known != lab.checks {
            let problem = format!("its checks are {}", known.join(", "));
            add(MANIFEST, problem);
        }
    }

    /// Files that the list does not name, and that nobody would miss.
    fn find_unlisted(&self, faults: &mut Vec<Fault>) -> Result<(), TrialError> {
        let lessons = self.labs.join("lessons");
        let mut listed = BTreeSet::new();
        for lab in &self.manifest.labs {
            listed.extend(files_of(lab).map(|name| self.lesson(lab, &name)));
        }
        let mut found = Vec::new();
        let read = |source, path: &Path| TrialError::Read {
            path: path.to_owned(),
            source,
        };
        find_files(&lessons, &mut found).map_err(|error| read(error, &lessons))?;
        for path in found {
            if !listed.contains(&path) {
                let name = path.strip_prefix(&lessons).unwrap_or(&path);
                let lab = name.iter().next().unwrap_or_default().to_string_lossy();
                let file: PathBuf = name.iter().skip(1).collect();
                let problem = format!("is not listed in {MANIFEST}");
                faults.push(fault(&lab, &file.to_string_lossy(), problem));
            }
        }
        Ok(())
    }

    fn lesson(&self, lab: &Lab, name: &str) -> PathBuf {
        self.labs.join("lessons").join(&lab.id).join(name)
    }

    fn text(&self, path: &Path) -> &str {
        let found = self.files.iter().find(|(known, _)| known == path);
        found.map(|(_, text)| text.as_str()).unwrap_or_default()
    }

    /// A file of the workshop folder in this form.
    pub fn file(&self, lab: &Lab, path: &str, form: Form) -> String {
        match form {
            Form::Starter => self.starter(lab, path).unwrap_or_default(),
            Form::Solution => self.solution(lab, path),
        }
    }

    /// What the next lab about the file begins with, or else its finished form.
    fn solution(&self, lab: &Lab, path: &str) -> String {
        let mut later = self.manifest.after(lab).iter();
        match later.find(|it| it.files.iter().any(|file| file == path)) {
            Some(next) => self.starter(next, path).unwrap_or_default(),
            None => self.text(&self.labs.join(solution(path))).to_owned(),
        }
    }

    fn starter(&self, lab: &Lab, path: &str) -> Result<String, String> {
        let text = |name| self.text(&self.lesson(lab, name));
        lesson::begun(text(STARTER), text(LESSON), path, &self.solution(lab, path))
    }

    pub fn steps(&self, lab: &Lab) -> Vec<Step> {
        lesson::steps(self.text(&self.lesson(lab, LESSON))).unwrap_or_default()
    }

    /// The first file of the lab with this mistake.
    pub fn wrong(&self, lab: &Lab, wrong: &Wrong) -> String {
        let edited = self.edited(lab, &mistake(wrong), &lab.files[0]);
        edited.unwrap_or_default()
    }

    /// A solution of the lab after the edits in one of the lab's own files.
    fn edited(&self, lab: &Lab, name: &str, path: &str) -> Result<String, String> {
        let edits = self.text(&self.lesson(lab, name));
        lesson::edited(edits, path, &self.solution(lab, path))
    }
}

/// The files of the lab in its folder.
fn files_of(lab: &Lab) -> impl Iterator<Item = String> {
    let texts = TEXTS.map(str::to_owned).into_iter();
    let starter = (!lab.files.is_empty()).then(|| STARTER.to_owned());
    texts.chain(starter).chain(lab.wrong.iter().map(mistake))
}

pub fn mistake(wrong: &Wrong) -> String {
    format!("wrong/{}", wrong.file)
}

fn solution(file: &str) -> String {
    if file == TEMPLATE.0 {
        return TEMPLATE.1.to_owned();
    }
    let (theirs, ours) = FUNCTIONS;
    match file.strip_prefix(theirs) {
        Some(file) => format!("{ours}{file}"),
        None => file.to_owned(),
    }
}

fn fault(lab: &str, what: &str, problem: String) -> Fault {
    Fault {
        lab: lab.to_owned(),
        what: what.to_owned(),
        problem,
    }
}

fn find_files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => find_files(&entry.path(), found)?,
            false => found.push(entry.path()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_s_own_labs_are_all_there_and_fit() {
        let labs = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs");
        let mut faults = Vec::new();
        let content = Content::read(&labs, &mut faults).expect("they are there");
        assert_eq!(faults, []);
        assert!(content.is_some());
    }
}
