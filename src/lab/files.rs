//! The files that a student edits in a lab: their starters and solutions, and the backups of what those
//! replace.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use time::OffsetDateTime;
use time::macros::format_description;

use super::content;
use super::manifest::Lab;

/// Where backups are, in the workshop folder.
const BACKUPS: &str = ".mafia/backups";

/// A form of a lab's file that is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    Starter,
    Solution,
}

/// A file of a lab that is not as it is to become.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Replacement {
    /// In the workshop folder.
    pub path: String,
    /// Now; `None` if there is no file.
    pub before: Option<String>,
    pub after: String,
    /// Whether nobody has written the file yet: it is missing, or it is a starter.
    pub untouched: bool,
}

/// The file in this form.
pub fn content_of(lab: &Lab, path: &str, form: Form) -> Option<Cow<'static, [u8]>> {
    match form {
        Form::Solution => content::solution(&lab.id, path),
        Form::Starter => content::starter(&lab.id, path),
    }
}

/// The files of the lab that have to change to be in this form.
pub fn replacements(workshop: &Path, lab: &Lab, form: Form) -> io::Result<Vec<Replacement>> {
    let mut replacements = Vec::new();
    for path in &lab.files {
        let Some(after) = content_of(lab, path, form) else {
            continue;
        };
        let after = String::from_utf8_lossy(&after).into_owned();
        let before = match std::fs::read(workshop.join(path)) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if before.as_ref() != Some(&after) {
            // Also of another lab about the same file.
            let is_starter =
                |text: &String| content::starters(path).any(|it| *it == *text.as_bytes());
            replacements.push(Replacement {
                path: path.clone(),
                untouched: before.as_ref().is_none_or(is_starter),
                before,
                after,
            });
        }
    }
    Ok(replacements)
}

/// Writes the files, after a copy of what a student has written. Returns the folder of the copies, in the workshop
/// folder, if there are any.
pub fn replace(
    workshop: &Path,
    replacements: &[Replacement],
    now: OffsetDateTime,
) -> io::Result<Option<PathBuf>> {
    let written = || replacements.iter().filter(|it| !it.untouched);
    let mut backup = None;
    if written().next().is_some() {
        let folder = new_backup(workshop, now)?;
        for replacement in written() {
            let copy = workshop.join(&folder).join(&replacement.path);
            std::fs::create_dir_all(copy.parent().unwrap_or(&copy))?;
            std::fs::copy(workshop.join(&replacement.path), copy)?;
        }
        backup = Some(folder);
    }
    for replacement in replacements {
        write(&workshop.join(&replacement.path), &replacement.after)?;
    }
    Ok(backup)
}

/// A new folder, which the time names.
fn new_backup(workshop: &Path, now: OffsetDateTime) -> io::Result<PathBuf> {
    std::fs::create_dir_all(workshop.join(BACKUPS))?;
    let format = format_description!("[year]-[month]-[day]-[hour][minute][second]");
    let name = now.to_utc().format(&format).unwrap_or_default();
    let mut number = 1;
    loop {
        let folder = match number {
            1 => Path::new(BACKUPS).join(&name),
            number => Path::new(BACKUPS).join(format!("{name}-{number}")),
        };
        match std::fs::create_dir(workshop.join(&folder)) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Writes the whole file or nothing.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any editor would write it, and not for its owner alone.
        file.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = file.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::lab::manifest::Manifest;

    const NOW: OffsetDateTime = datetime!(2026-11-27 10:00 UTC);

    fn lab() -> Lab {
        let manifest = Manifest::read(content::manifest_text()).expect("it is right");
        manifest.find("01.2").expect("it is there").clone()
    }

    #[test]
    fn what_is_replaced_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, lab) = (folder.path(), lab());
        let file = root.join(&lab.files[0]);

        let missing = replacements(root, &lab, Form::Starter).expect("read");
        assert!(missing[0].untouched);
        assert_eq!(replace(root, &missing, NOW).expect("written"), None);
        assert_eq!(replacements(root, &lab, Form::Starter).expect("read"), []);

        let starter = replacements(root, &lab, Form::Solution).expect("read");
        assert!(starter[0].untouched);
        assert_eq!(replace(root, &starter, NOW).expect("written"), None);
        for (number, text) in [(1, "mine"), (2, "mine too")] {
            std::fs::write(&file, text).expect("written");
            let edited = replacements(root, &lab, Form::Solution).expect("read");
            assert!(!edited[0].untouched);
            let backup = replace(root, &edited, NOW).expect("written");
            let backup = root.join(backup.expect("a file was there"));
            assert!(backup.ends_with(match number {
                1 => "2026-11-27-100000",
                _ => "2026-11-27-100000-2",
            }));
            let kept = std::fs::read_to_string(backup.join(&lab.files[0]));
            assert_eq!(kept.expect("it is there"), text);
        }
        assert_eq!(replacements(root, &lab, Form::Solution).expect("read"), []);
    }
}
