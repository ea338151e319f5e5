//! The list of the labs, `labs/labs.toml`: their order, what the student edits in each, and what is checked.
//! Pure.

use serde::Deserialize;

use crate::wording::nearest;

/// The version of the format that this program reads.
const FORMAT: u32 = 1;

/// The labs, in the order in which they are done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Manifest {
    pub labs: Vec<Lab>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// Stable: progress is kept by it. `01.2`
    pub id: String,
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// The function that the lab is about, if it is about one: `game-state`.
    pub function: Option<String>,
    /// What the student edits, as paths in the workspace.
    #[serde(default)]
    pub files: Vec<String>,
    /// Parameters that the stack needs to have, such as `Api=yes`.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// The labs that have to be passed before this one.
    #[serde(default)]
    pub requires: Vec<String>,
    /// The ids of the checks, in the order in which they are made.
    pub checks: Vec<String>,
    /// Known mistakes, for the test of the checks.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
}

/// A mistake that a check has to find.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// Its name in the folder `wrong` of the lesson: what to change in the solution, as a lesson writes it.
    pub file: String,
    /// The check that has to be the first to fail.
    pub check: String,
}

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ManifestError {
    /// The message has the line.
    #[error("{0}")]
    Toml(String),
    #[error("the format is {0}, but this program reads format {FORMAT}")]
    Format(u32),
    #[error("lab {lab}: {problem}")]
    Lab { lab: String, problem: String },
}

/// A lab that does not exist.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no lab {typed}")]
pub struct UnknownLab {
    pub typed: String,
    pub known: Vec<String>,
    pub nearest: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    #[serde(rename = "lab")]
    labs: Vec<Lab>,
}

impl Manifest {
    pub fn read(text: &str) -> Result<Self, ManifestError> {
        let file: File = toml::from_str(text)
            .map_err(|error| ManifestError::Toml(error.to_string().trim_end().to_owned()))?;
        if file.format != FORMAT {
            return Err(ManifestError::Format(file.format));
        }
        for (number, lab) in file.labs.iter().enumerate() {
            lab.check(&file.labs[..number])
                .map_err(|problem| ManifestError::Lab {
                    lab: lab.id.clone(),
                    problem,
                })?;
        }
        Ok(Self { labs: file.labs })
    }

    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.labs.iter().map(|lab| lab.id.as_str())
    }

    /// The lab that somebody means who typed this: its id, or the name of its function.
    pub fn find(&self, typed: &str) -> Result<&Lab, UnknownLab> {
        let typed = typed.trim();
        // `1.2` is 01.2.
        let padded = format!("0{typed}");
        let names = |lab: &&Lab| {
            lab.id == typed || lab.id == padded || lab.function.as_deref() == Some(typed)
        };
        self.labs.iter().find(names).ok_or_else(|| {
            let names = self.labs.iter().filter_map(|lab| lab.function.as_deref());
            let begins = |id: &&str| !typed.is_empty() && id.starts_with(typed);
            let begun = self.ids().find(begins);
            let nearest = begun.or_else(|| nearest(typed, self.ids().chain(names)));
            UnknownLab {
                typed: typed.to_owned(),
                known: self.ids().map(str::to_owned).collect(),
                nearest: nearest.map(str::to_owned),
            }
        })
    }

    /// The labs that come before this one.
    pub fn before<'m>(&'m self, lab: &Lab) -> &'m [Lab] {
        &self.labs[..self.place(lab)]
    }

    /// The labs that come after this one.
    pub fn after<'m>(&'m self, lab: &Lab) -> &'m [Lab] {
        &self.labs[self.place(lab) + 1..]
    }

    /// Its index; the lab is one of these.
    fn place(&self, lab: &Lab) -> usize {
        let place = self.labs.iter().position(|other| other.id == lab.id);
        place.unwrap_or_default()
    }
}

impl Lab {
    /// What is wrong with the lab, which follows these others.
    fn check(&self, before: &[Self]) -> Result<(), String> {
        let is_file_name = |name: &str| {
            !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != ".."
        };
        let is_id = |id: &str| {
            let allowed = |c: char| c.is_ascii_digit() || c == '.';
            is_file_name(id) && id.chars().all(allowed)
        };
        if !is_id(&self.id) {
            return Err("the id has to consist of digits and dots, such as 01.2".to_owned());
        }
        if before.iter().any(|other| other.id == self.id) {
            return Err("there are two with this id".to_owned());
        }
        for required in &self.requires {
            if !before.iter().any(|other| other.id == *required) {
                return Err(format!("requires {required}, which is not a lab before it"));
            }
        }
        if self.checks.is_empty() {
            return Err("there is no check".to_owned());
        }
        for (number, check) in self.checks.iter().enumerate() {
            if !is_check_id(check) {
                return Err(format!(
                    "the check {check:?} has to be words with hyphens, such as all-players"
                ));
            }
            if self.checks[..number].contains(check) {
                return Err(format!("the check {check} is there twice"));
            }
        }
        for (number, file) in self.files.iter().enumerate() {
            if !file.split('/').all(is_file_name) {
                return Err(format!(
                    "the file {file:?} has to be a path in the workspace, such as \
                     functions/src/players.rs"
                ));
            }
            if self.files[..number].contains(file) {
                return Err(format!("the file {file} is there twice"));
            }
        }
        for (number, wrong) in self.wrong.iter().enumerate() {
            if !is_file_name(&wrong.file) {
                return Err(format!(
                    "the wrong file {:?} has to be the name of a file",
                    wrong.file
                ));
            }
            if !self.checks.contains(&wrong.check) {
                return Err(format!(
                    "the wrong file {} names the check {}, which the lab does not have",
                    wrong.file, wrong.check
                ));
            }
            if self.wrong[..number]
                .iter()
                .any(|other| other.file == wrong.file)
            {
                return Err(format!("the wrong file {} is there twice", wrong.file));
            }
        }
        if self.files.is_empty() && !self.wrong.is_empty() {
            return Err("has wrong files, but no file that they change".to_owned());
        }
        Ok(())
    }
}

fn is_check_id(id: &str) -> bool {
    let is_word = |word: &str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !word.is_empty() && word.chars().all(allowed)
    };
    id.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABS: &str = r#"
        format = 1

        [[lab]]
        id = "00"
        title = "Start"
        minutes = 20
        checks = ["functions-answer"]

        [[lab]]
        id = "01.2"
        title = "Who is alive"
        minutes = 15
        function = "game-state"
        files = ["functions/src/bin/game-state.rs"]
        requires = ["00"]
        checks = ["all-players", "identities-stay-hidden"]
        wrong = [{ file = "leak.md", check = "identities-stay-hidden" }]
    "#;

    #[test]
    fn labs_are_read_in_their_order() {
        let manifest = Manifest::read(LABS).expect("it is right");
        assert_eq!(manifest.ids().collect::<Vec<_>>(), ["00", "01.2"]);
        let lab = &manifest.labs[1];
        assert_eq!(lab.function.as_deref(), Some("game-state"));
        assert_eq!(lab.wrong[0].check, "identities-stay-hidden");
        assert_eq!(manifest.before(lab), &manifest.labs[..1]);
    }

    #[test]
    fn a_lab_is_meant_by_its_id_or_its_function() {
        let manifest = Manifest::read(LABS).expect("it is right");
        assert_eq!(manifest.find("01.2").expect("it is there").id, "01.2");
        assert_eq!(manifest.find("1.2").expect("it is meant").id, "01.2");
        assert_eq!(manifest.find("game-state").expect("it is there").id, "01.2");
        let unknown = manifest.find("01").expect_err("it is not there");
        assert_eq!(unknown.to_string(), "there is no lab 01");
        assert_eq!(unknown.nearest.as_deref(), Some("01.2"));
        assert_eq!(unknown.known, ["00", "01.2"]);
    }

    #[test]
    fn the_project_s_own_labs_are_right() {
        let manifest = Manifest::read(include_str!("../../labs/labs.toml"));
        let manifest = manifest.unwrap_or_else(|error| panic!("{error}"));
        for lab in &manifest.labs {
            let with_code = !lab.files.is_empty();
            assert_eq!(lab.wrong.len() >= 3, with_code, "{}", lab.id);
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        for (right, wrong, complaint) in [
            ("minutes = 20", "minuts = 20", "line 7"),
            ("format = 1", "format = 1\ncolour = 2", "line 3"),
            (r#"title = "Start""#, "title = 7", "line 6"),
            (r#"file = "leak.md","#, r#"name = "leak.md","#, "line 18"),
        ] {
            let error = Manifest::read(&LABS.replacen(right, wrong, 1)).expect_err(wrong);
            assert!(error.to_string().contains(complaint), "{wrong}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_right_is_refused_with_its_lab() {
        for (right, wrong, complaint) in [
            ("format = 1", "format = 2", "the format is 2, but"),
            (r#"id = "00""#, r#"id = "../a""#, "lab ../a: the id"),
            (r#"id = "01.2""#, r#"id = "00""#, "lab 00: there are two"),
            (r#"["00"]"#, r#"["02"]"#, "lab 01.2: requires 02, which"),
            (r#"["00"]"#, r#"["01.2"]"#, "requires 01.2, which is not"),
            (r#"["functions-answer"]"#, "[]", "lab 00: there is no check"),
            ("all-players", "All players", "the check \"All players\""),
            ("all-players", "identities-stay-hidden", "is there twice"),
            ("functions/src/bin", "../functions", "has to be a path in"),
            ("functions/src/bin", "/functions", "has to be a path in"),
            ("leak.md", "../leak.md", "has to be the name of a file"),
            (
                r#"check = "identities-stay-hidden""#,
                r#"check = "nothing""#,
                "names the check nothing, which",
            ),
            (
                r#"files = ["functions/src/bin/game-state.rs"]"#,
                "",
                "but no file that they change",
            ),
        ] {
            let error = Manifest::read(&LABS.replacen(right, wrong, 1)).expect_err(wrong);
            assert!(error.to_string().contains(complaint), "{wrong}: {error}");
        }
    }
}
