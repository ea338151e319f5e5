//! Reproducible zips: their bytes depend only on the names and contents of their entries.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mafia_zip_patch::{LARGEST_UNCOMPRESSED as LARGEST, LEVEL, write_entry};
use zip::result::ZipError;
use zip::{ZipArchive, ZipWriter};

use super::build::Artifact;
use super::cache::{CacheEntry, Record};
use super::digest::Digest;
use super::error::BundleError;
use super::project::{Function, Project};
use super::sources::{self, Sources};

/// The name that Lambda's `provided` runtimes start.
const BINARY: &str = "bootstrap";

/// A function's code in the form that Lambda accepts.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub function: Function,
    pub zip: Vec<u8>,
    pub digest: Digest,
    /// Sorted by name, as in the zip.
    pub entries: Vec<Entry>,
    /// Of the zip of the library that the program shares with others.
    pub library: Option<Digest>,
    /// The files that the code was built from.
    pub sources: Sources,
    /// The zip's file in the cache.
    pub path: PathBuf,
}

impl Bundle {
    /// Whether the zip was taken from the cache as it is.
    pub fn is_unchanged(&self) -> bool {
        self.entries
            .iter()
            .all(|entry| entry.origin == Origin::Copied)
    }

    /// The program in it.
    pub(super) fn program(&self) -> io::Result<Vec<u8>> {
        let mut zip = ZipArchive::new(Cursor::new(&self.zip))?;
        let mut bytes = Vec::new();
        zip.by_name(BINARY)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// Uncompressed, in bytes.
    pub size: u64,
    pub origin: Origin,
}

/// Where an entry's compressed bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Compressed,
    /// Copied from the cached zip, because the contents are the same.
    Copied,
}

/// Zips each artifact with the project's files, on all cores; the bundles have the artifacts' order.
/// Blocks until all is done.
///
/// The zips are cached in the target directory. Unchanged entries are not compressed again.
pub fn bundle(project: &Project, artifacts: &[Artifact]) -> Result<Vec<Bundle>, BundleError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((index, artifact)) = take_next(&next, artifacts) {
            done.push((index, bundle_one(project, artifact)));
        }
        done
    };
    let mut bundles = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(artifacts.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let mut bundles = Vec::with_capacity(artifacts.len());
        for worker in workers {
            match worker.join() {
                Ok(done) => bundles.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        bundles
    });
    bundles.sort_by_key(|(index, _)| *index);
    bundles.into_iter().map(|(_, bundle)| bundle).collect()
}

fn take_next<'a>(next: &AtomicUsize, artifacts: &'a [Artifact]) -> Option<(usize, &'a Artifact)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, artifacts.get(index)?))
}

fn bundle_one(project: &Project, artifact: &Artifact) -> Result<Bundle, BundleError> {
    let path = project
        .target_directory
        .join("mafia")
        .join(&artifact.flavor)
        .join(format!("{}.zip", artifact.function.name));
    let cached = CacheEntry::open(&path, &compression());
    let parts = contents(project, artifact)
        .into_iter()
        .map(|source| Part::new(source, cached.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let entries: Vec<_> = parts.iter().map(Part::entry).collect();
    check_size(artifact, &entries)?;
    let unchanged = cached.as_ref().is_some_and(|cached| {
        cached.record.entries.len() == parts.len()
            && entries.iter().all(|entry| entry.origin == Origin::Copied)
    });
    let (zip, digest) = match cached {
        Some(cached) if unchanged => (cached.zip, cached.record.zip),
        cached => {
            let zip = compose(&parts, cached.as_ref())?;
            let record = Record {
                compression: compression(),
                zip: Digest::of(&zip),
                entries: parts.into_iter().map(Part::into_record).collect(),
            };
            record.save(&path, &zip)?;
            (zip, record.zip)
        }
    };
    Ok(Bundle {
        function: artifact.function.clone(),
        zip,
        digest,
        entries,
        library: None,
        sources: sources::sources(project, &artifact.sources),
        path,
    })
}

/// Lambda would refuse it only after the upload.
fn check_size(artifact: &Artifact, entries: &[Entry]) -> Result<(), BundleError> {
    let bytes = entries.iter().map(|entry| entry.size).sum();
    if bytes > LARGEST {
        let function = artifact.function.name.clone();
        let largest = LARGEST;
        return Err(BundleError::TooLarge {
            function,
            bytes,
            largest,
        });
    }
    Ok(())
}

/// What the bytes of a compressed entry depend on besides its contents. A cached zip with another
/// compression is not used: a zip with copied entries must equal one that is compressed from scratch.
fn compression() -> String {
    format!("mafia {}, deflate {LEVEL}", env!("CARGO_PKG_VERSION"))
}

/// A file to be put into the zip.
struct Source<'a> {
    name: &'a str,
    path: &'a Path,
    mode: u32,
}

/// Sorted by the names in the zip.
fn contents<'a>(project: &'a Project, artifact: &'a Artifact) -> Vec<Source<'a>> {
    let binary = Source {
        name: BINARY,
        path: &artifact.path,
        mode: 0o755,
    };
    let files = project.files.iter().filter_map(|path| {
        Some(Source {
            name: path.file_name()?.to_str()?,
            path,
            mode: 0o644,
        })
    });
    let mut contents: Vec<_> = files.chain([binary]).collect();
    contents.sort_by_key(|source| source.name);
    contents
}

/// An entry of the zip that is made.
struct Part<'a> {
    source: Source<'a>,
    digest: Digest,
    size: u64,
    /// `None` where the cached zip has the same contents.
    contents: Option<Vec<u8>>,
}

impl<'a> Part<'a> {
    fn new(source: Source<'a>, cached: Option<&CacheEntry>) -> Result<Self, BundleError> {
        let unreadable = |error| BundleError::read(source.path, error);
        if let Some(known) = cached.and_then(|cached| cached.record.entries.get(source.name)) {
            let file = File::open(source.path).map_err(unreadable)?;
            let (digest, size) = Digest::of_reader(file).map_err(unreadable)?;
            if digest == *known {
                return Ok(Self {
                    source,
                    digest,
                    size,
                    contents: None,
                });
            }
        }
        // The digest is of the bytes that are compressed, even if the file changes while it is read.
        let contents = fs::read(source.path).map_err(unreadable)?;
        Ok(Self {
            digest: Digest::of(&contents),
            size: contents.len() as u64,
            contents: Some(contents),
            source,
        })
    }

    fn entry(&self) -> Entry {
        Entry {
            name: self.source.name.to_owned(),
            size: self.size,
            origin: match self.contents {
                Some(_) => Origin::Compressed,
                None => Origin::Copied,
            },
        }
    }

    fn into_record(self) -> (String, Digest) {
        (self.source.name.to_owned(), self.digest)
    }
}

fn compose(parts: &[Part], cached: Option<&CacheEntry>) -> Result<Vec<u8>, BundleError> {
    let sizes = parts.iter().filter_map(|part| part.contents.as_ref());
    let expected = sizes.map(|contents| contents.len() / 2).sum::<usize>()
        + cached.map_or(0, |cached| cached.zip.len());
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(expected)));
    for part in parts {
        let added = match (&part.contents, cached) {
            (Some(contents), _) => {
                write_entry(&mut zip, part.source.name, part.source.mode, contents)
            }
            (None, Some(cached)) => cached
                .archive()
                .and_then(|mut archive| zip.raw_copy_file(archive.by_name(part.source.name)?)),
            (None, None) => Err(ZipError::FileNotFound),
        };
        added.map_err(|error| failed(part.source.path, error))?;
    }
    let written = zip
        .finish()
        .map_err(|error| failed(Path::new(BINARY), error))?;
    Ok(written.into_inner())
}

/// These files as a zip, and its record. They are sorted by the names of their entries.
pub(super) fn zip_of(files: &[(String, &Path)]) -> Result<(Vec<u8>, Record), BundleError> {
    let parts = files.iter().map(|(name, path)| {
        let source = Source {
            name,
            path,
            mode: 0o755,
        };
        Part::new(source, None)
    });
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    let zip = compose(&parts, None)?;
    let record = Record {
        compression: compression(),
        zip: Digest::of(&zip),
        entries: parts.into_iter().map(Part::into_record).collect(),
    };
    Ok((zip, record))
}

fn failed(path: &Path, source: ZipError) -> BundleError {
    let path = path.to_owned();
    BundleError::Zip { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_lambda_would_refuse_for_its_size_is_refused() {
        let artifact = Artifact {
            function: Function {
                name: "01-dawn".to_owned(),
                binary: "dawn".to_owned(),
            },
            path: PathBuf::new(),
            library: None,
            sources: Sources::new(),
            flavor: String::new(),
        };
        let entry = |size| Entry {
            name: String::new(),
            size,
            origin: Origin::Copied,
        };
        assert!(check_size(&artifact, &[entry(LARGEST - 1), entry(1)]).is_ok());
        let refused = check_size(&artifact, &[entry(LARGEST), entry(1)]);
        assert_eq!(
            refused.expect_err("one byte too many").to_string(),
            "the bundle of 01-dawn has 262144001 bytes uncompressed, but Lambda allows 262144000"
        );
    }

    /// If this fails, this version deploys every unchanged function once more: avoid it, or mention it
    /// in the changelog.
    #[test]
    fn known_contents_give_known_bytes() -> Result<(), BundleError> {
        let program: Vec<_> = (0_u32..100_000)
            .flat_map(|n| n.wrapping_mul(n).to_le_bytes())
            .collect();
        let part = |name, mode, contents: Vec<u8>| Part {
            source: Source {
                name,
                path: Path::new(name),
                mode,
            },
            digest: Digest::of(&contents),
            size: contents.len() as u64,
            contents: Some(contents),
        };
        let parts = [
            part("bootstrap", 0o755, program),
            part("names.txt", 0o644, b"Ada\nGrace\n".to_vec()),
        ];
        let zip = compose(&parts, None)?;
        assert_eq!(
            Digest::of(&zip).as_str(),
            "1VeY0K4fLXoBXGx2Nd2Iu/WUXSkQS2lFq+FZpVuWqg4="
        );
        Ok(())
    }
}
