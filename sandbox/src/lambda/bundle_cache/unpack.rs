//! Unpacks an untrusted zip into one folder and nowhere else.
//!
//! Nothing in the zip is trusted: a name is refused unless each part of it is an ordinary one, sizes are
//! counted while unpacking, and no file is written twice or through a link.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use zip::ZipArchive;
use zip::read::ZipFile;

/// Of a bundle, unpacked.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const MAX_UNPACKED_BYTES: u64 = 250 << 20;
const CHUNK_BYTES: usize = 64 << 10;
/// The type of a file in the upper bits of its Unix mode.
const TYPE_MASK: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of all files together.
    pub bytes: u64,
    /// Files and folders.
    pub entries: usize,
    /// What may be read of the zip's directory, in bytes: it bounds the memory for it.
    pub directory: u64,
}

impl Limits {
    pub const AWS: Self = Self {
        bytes: MAX_UNPACKED_BYTES,
        entries: 50_000,
        directory: 8 << 20,
    };
}

#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error("Uploaded file must be a non-empty zip")]
    Empty,
    #[error("Unzipped size must be smaller than {0} bytes")]
    TooLarge(u64),
    #[error(
        "Could not unzip uploaded file: {0}. Please check your file, then try to upload again."
    )]
    Bad(String),
    /// The machine is the cause.
    #[error("{0}")]
    Failed(io::Error),
}

impl UnpackError {
    fn entry(name: &str, reason: &str) -> Self {
        Self::Bad(format!("its entry {name:?} {reason}"))
    }
}

/// Unpacks `zip` into `folder`, which exists and is empty; returns how many bytes all files have together.
/// After an error, a part of it may be there.
pub fn unpack(zip: impl Read + Seek, folder: &Path, limits: Limits) -> Result<u64, UnpackError> {
    let budget = Rc::new(Cell::new(limits.directory));
    let zip = Metered {
        inner: zip,
        budget: budget.clone(),
    };
    let mut archive = ZipArchive::new(zip).map_err(|error| UnpackError::Bad(error.to_string()))?;
    if archive.is_empty() {
        return Err(UnpackError::Empty);
    }
    if archive.has_duplicate_names() {
        return Err(UnpackError::Bad(
            "it has several entries with the same name".to_owned(),
        ));
    }
    // From here on the files are counted.
    budget.set(u64::MAX);
    let mut target = Target {
        folder,
        limits,
        made: HashSet::new(),
        entries: 0,
        bytes: 0,
        chunk: vec![0; CHUNK_BYTES],
    };
    for index in 0..archive.len() {
        let entry = archive.by_index(index);
        target.put(&mut entry.map_err(|error| UnpackError::Bad(error.to_string()))?)?;
    }
    Ok(target.bytes)
}

/// Where the entries are written.
struct Target<'a> {
    folder: &'a Path,
    limits: Limits,
    /// The folders, relative to the target's.
    made: HashSet<PathBuf>,
    entries: usize,
    bytes: u64,
    chunk: Vec<u8>,
}

impl Target<'_> {
    fn put<R: Read>(&mut self, entry: &mut ZipFile<'_, R>) -> Result<(), UnpackError> {
        let name = entry
            .name()
            .map_err(|error| UnpackError::Bad(error.to_string()))?
            .into_owned();
        let mode = entry.unix_mode().unwrap_or_default();
        let path = relative(&name)?;
        match (entry.is_dir(), mode & TYPE_MASK) {
            (true, 0 | FOLDER) => self.make_folders(&name, &path),
            (false, 0 | REGULAR) => {
                if let Some(parent) = path.parent() {
                    self.make_folders(&name, parent)?;
                }
                self.write(&name, &path, mode, entry)
            }
            _ => Err(UnpackError::entry(
                &name,
                "is not a file or a folder; links are not supported",
            )),
        }
    }

    /// Creates `path` and its parents.
    fn make_folders(&mut self, name: &str, path: &Path) -> Result<(), UnpackError> {
        if path.as_os_str().is_empty() || self.made.contains(path) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.make_folders(name, parent)?;
        }
        self.count_one()?;
        fs::create_dir(self.folder.join(path)).map_err(|error| not_made(name, error))?;
        self.made.insert(path.to_owned());
        Ok(())
    }

    fn write(
        &mut self,
        name: &str,
        path: &Path,
        mode: u32,
        contents: &mut impl Read,
    ) -> Result<(), UnpackError> {
        self.count_one()?;
        let mut options = OpenOptions::new();
        // Nothing that exists is written to.
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            let executable = mode & 0o111 != 0;
            // Not to be written, as on Lambda.
            options.mode(if executable { 0o555 } else { 0o444 });
        }
        #[cfg(not(unix))]
        let _ = mode;
        let mut file = options
            .open(self.folder.join(path))
            .map_err(|error| not_made(name, error))?;
        loop {
            let count = contents
                .read(&mut self.chunk)
                .map_err(|error| UnpackError::entry(name, &format!("cannot be read: {error}")))?;
            if count == 0 {
                return Ok(());
            }
            self.bytes += count as u64;
            if self.bytes > self.limits.bytes {
                return Err(UnpackError::TooLarge(self.limits.bytes));
            }
            file.write_all(&self.chunk[..count])
                .map_err(UnpackError::Failed)?;
        }
    }

    fn count_one(&mut self) -> Result<(), UnpackError> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            Err(UnpackError::Bad(format!(
                "it has more than {} files and folders",
                self.limits.entries
            )))
        } else {
            Ok(())
        }
    }
}

fn not_made(name: &str, error: io::Error) -> UnpackError {
    use io::ErrorKind::{
        AlreadyExists, InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound,
    };
    match error.kind() {
        AlreadyExists | IsADirectory | NotADirectory | NotFound => {
            UnpackError::entry(name, "conflicts with another entry")
        }
        InvalidFilename | InvalidInput => UnpackError::entry(name, "has no file name"),
        _ => UnpackError::Failed(error),
    }
}

/// The name as a relative path that does not leave the folder.
fn relative(name: &str) -> Result<PathBuf, UnpackError> {
    const MAX_NAME: usize = 1024;
    const MAX_PART: usize = 255;
    let inner = name.strip_suffix('/').unwrap_or(name);
    let is_plain = |part: &str| {
        // As the system reads it: `..`, `.` and `C:` are no ordinary parts.
        let mut components = Path::new(part).components();
        matches!(components.next(), Some(Component::Normal(only)) if only == part)
            && components.next().is_none()
            && part.len() <= MAX_PART
            && !part.contains(|c: char| c == '\\' || c.is_control())
    };
    if name.len() <= MAX_NAME && inner.split('/').all(is_plain) {
        Ok(PathBuf::from(inner))
    } else {
        Err(UnpackError::entry(
            &name.chars().take(80).collect::<String>(),
            "has a name that is not allowed: a path must be relative, without `..`, `\\`, empty \
             parts and control characters",
        ))
    }
}

/// Fails when more is read than there is budget for.
struct Metered<R> {
    inner: R,
    budget: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.budget.get().checked_sub(count as u64) {
            Some(left) => {
                self.budget.set(left);
                Ok(count)
            }
            None => Err(io::Error::other("its table of contents is too long")),
        }
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
pub mod tests;
