//! The shared library of a workspace's functions as a zip, which is laid under them. Functions that use other
//! crates than the others need a library of their own, which is beside it in the zip.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::archive::{Bundle, zip_of};
use super::build::Artifact;
use super::cache::Record;
use super::digest::{Digest, in_a_path};
use super::error::BundleError;
use super::kept::KeptCode;
use super::project::Project;
use super::shared;

/// The libraries as a zip, which is laid under the functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Of the zip.
    pub digest: Digest,
    /// The zip's file; `None` if it is in the artifact bucket.
    pub path: Option<PathBuf>,
}

/// The folder in the zip.
const IN_ZIP: &str = "lib/";
/// How many zips are kept that no kept bundle needs: those that were made last, perhaps for a deployment that has
/// not ended.
const UNUSED: usize = 2;

/// The libraries of these programs, zipped; `None` if they need none. A new one takes the place of those that no
/// kept bundle of the project needs. Blocks.
pub fn library(project: &Project, artifacts: &[Artifact]) -> Result<Option<Library>, BundleError> {
    let needed = artifacts.iter().filter_map(|it| it.library.as_deref());
    let needed: BTreeSet<&Path> = needed.collect();
    let files: Vec<(String, &Path)> = needed.into_iter().map(|it| (entry(it), it)).collect();
    let Some((_, first)) = files.first() else {
        return Ok(None);
    };
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let names = Digest::of(names.join("\n").as_bytes());
    let path = first.with_file_name(format!("{}.zip", in_a_path(names.as_str())));
    let digest = match Record::of(&path).filter(|_| path.is_file()) {
        Some(record) => record.zip,
        None => {
            files.iter().try_for_each(|(_, library)| check(library))?;
            let (zip, record) = zip_of(&files)?;
            record.save(&path, &zip)?;
            forget_unused(&shared::folder(project), &KeptCode::of(project).libraries());
            record.zip
        }
    };
    let path = Some(path);
    Ok(Some(Library { digest, path }))
}

/// A zip of libraries that is still here.
pub struct KeptLibrary {
    pub library: Library,
    /// The names of the files.
    libraries: BTreeSet<String>,
}

impl KeptLibrary {
    /// Whether a bundle's program finds the library that it needs.
    pub fn serves(&self, bundle: &Bundle) -> bool {
        let needed = bundle.program().and_then(|it| shared::needed_by(&it));
        needed.is_ok_and(|it| it.is_none_or(|it| self.libraries.contains(&it)))
    }
}

/// The zips of libraries that are still here.
pub fn kept_libraries(project: &Project) -> Vec<KeptLibrary> {
    let zips = zips(&shared::folder(project)).into_iter();
    let kept = zips.map(|zip| KeptLibrary {
        libraries: zip.names().map(str::to_owned).collect(),
        library: Library {
            digest: zip.record.zip,
            path: Some(zip.path),
        },
    });
    kept.collect()
}

/// A zip of libraries in their folder.
struct Zip {
    made: SystemTime,
    path: PathBuf,
    record: Record,
}

impl Zip {
    fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.record.entries.keys();
        names.filter_map(|entry| entry.strip_prefix(IN_ZIP))
    }

    /// The libraries' files, beside it.
    fn libraries(&self) -> impl Iterator<Item = PathBuf> {
        self.names().map(|name| self.path.with_file_name(name))
    }
}

fn zips(folder: &Path) -> Vec<Zip> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let zips = files.filter_map(|file| {
        let path = file.path();
        let is_zip = path.extension().is_some_and(|it| it == "zip");
        Some(Zip {
            made: file.metadata().ok()?.modified().ok()?,
            record: is_zip.then(|| Record::of(&path))??,
            path,
        })
    });
    zips.collect()
}

/// Deletes the zips that are not `used`, but for the last, and the libraries that only they had. What cannot be
/// deleted only takes space.
fn forget_unused(folder: &Path, used: &HashSet<Digest>) {
    let (mut unused, mut left): (Vec<_>, Vec<_>) = zips(folder)
        .into_iter()
        .partition(|zip| !used.contains(&zip.record.zip));
    unused.sort_by_key(|zip| zip.made);
    left.extend(unused.split_off(unused.len().saturating_sub(UNUSED)));
    let left: BTreeSet<PathBuf> = left.iter().flat_map(Zip::libraries).collect();
    for zip in &unused {
        // The record last: it says which libraries there are.
        for library in zip.libraries().filter(|library| !left.contains(library)) {
            let _ = fs::remove_file(library);
        }
        let _ = fs::remove_file(&zip.path);
        let _ = fs::remove_file(zip.path.with_extension("json"));
    }
}

/// An error when it is not as it was linked. It is deleted then: the next build links it again.
fn check(library: &Path) -> Result<(), BundleError> {
    let path = library.to_owned();
    match shared::is_whole(library).map_err(|error| BundleError::read(library, error))? {
        true => Ok(()),
        false => {
            let _ = fs::remove_file(library);
            Err(BundleError::DamagedLibrary { path })
        }
    }
}

/// In the zip: Lambda's loader looks for it there.
fn entry(library: &Path) -> String {
    let name = library.file_name().unwrap_or_default();
    format!("{IN_ZIP}{}", name.to_string_lossy())
}

impl Library {
    /// The zip's bytes, if they are here and are what they were.
    pub fn zip(&self) -> Result<Option<Vec<u8>>, BundleError> {
        let Some(path) = &self.path else {
            return Ok(None);
        };
        let zip = fs::read(path).map_err(|error| BundleError::read(path, error))?;
        match Digest::of(&zip) == self.digest {
            true => Ok(Some(zip)),
            false => {
                let _ = fs::remove_file(path);
                Err(BundleError::DamagedLibrary { path: path.clone() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    #[test]
    fn libraries_that_nothing_needs_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let mut digests = Vec::new();
        for (number, libraries) in [&["a", "b"][..], &["b"], &["c"], &["d"], &["e"]]
            .into_iter()
            .enumerate()
        {
            let zip = format!("zip {number}");
            let record = Record {
                compression: String::new(),
                zip: Digest::of(zip.as_bytes()),
                entries: libraries
                    .iter()
                    .map(|name| (format!("lib/{name}.so"), Digest::of(name.as_bytes())))
                    .collect(),
            };
            for name in libraries {
                fs::write(path(&format!("{name}.so")), name).expect("written");
            }
            let file = path(&format!("{number}.zip"));
            record.save(&file, zip.as_bytes()).expect("written");
            let made = SystemTime::UNIX_EPOCH + Duration::from_secs(number as u64);
            let dated = File::options().write(true).open(&file);
            let dated = dated.and_then(|file| file.set_modified(made));
            dated.expect("a time can be set");
            digests.push(record.zip);
        }
        fs::write(path("linked-just-now.so"), "").expect("written");
        let used = HashSet::from([digests[1].clone()]);
        forget_unused(folder.path(), &used);
        let left = fs::read_dir(folder.path()).expect("there is one");
        let left = left.map(|file| file.expect("it can be read").file_name());
        let mut left: Vec<_> = left.filter_map(|it| it.into_string().ok()).collect();
        left.sort();
        assert_eq!(
            left,
            [
                "1.json",
                "1.zip",
                "3.json",
                "3.zip",
                "4.json",
                "4.zip",
                "b.so",
                "d.so",
                "e.so",
                "linked-just-now.so"
            ]
        );
    }
}
