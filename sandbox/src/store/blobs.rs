//! Large contents, such as objects and bundles: one file each, named after its digest, kept as long
//! as a record names it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::stamp::Stamp;
use super::{Store, StoreError};

const CHUNK: usize = 256 << 10;

#[derive(Debug)]
pub struct Blobs {
    folder: PathBuf,
    store: Arc<Store>,
    /// How often each is pinned. Whoever adds or removes a file holds this lock.
    pins: Mutex<HashMap<String, usize>>,
    /// The files that this process has written, or has found to be as they were, with what the system
    /// said of them then.
    sound: Mutex<HashMap<String, Stamp>>,
}

impl Blobs {
    /// Opens `folder`, made where there is none, and removes the files that no record names: a
    /// sandbox that was killed may have left some. Whether the others are as they were is seen when they are
    /// pinned.
    pub fn open(folder: &Path, store: &Arc<Store>) -> Result<Arc<Self>, StoreError> {
        let blobs = Self {
            folder: folder.to_owned(),
            store: store.clone(),
            pins: Mutex::default(),
            sound: Mutex::default(),
        };
        blobs.sweep()?;
        Ok(Arc::new(blobs))
    }

    /// An empty file to write new contents into.
    pub fn draft(self: &Arc<Self>) -> Result<Draft, StoreError> {
        let file =
            NamedTempFile::new_in(&self.folder).map_err(|error| failed(&self.folder, error))?;
        Ok(Draft {
            blobs: self.clone(),
            file,
            digest: Sha256::new(),
            size: 0,
        })
    }

    pub fn keep(self: &Arc<Self>, bytes: &[u8]) -> Result<Pin, StoreError> {
        let mut draft = self.draft()?;
        draft.write(bytes)?;
        draft.keep()
    }

    /// Keeps what has this digest while the pin lives; `None` if there is none. A file that this process
    /// has not seen as it is now is compared with its digest first. Of one that is not as it was stored,
    /// [`StoreError::is_of_lost_file`] is true. Blocks.
    pub fn pin(self: &Arc<Self>, digest: &str) -> Result<Option<Pin>, StoreError> {
        let path = self.path(digest);
        let (pin, stamp) = {
            let mut pins = self.pins();
            let Some(stamp) = stamp(&path)? else {
                return Ok(None);
            };
            (Pin::new(self, &mut pins, digest), stamp)
        };
        let is_sound = self.sound().get(digest) == Some(&stamp);
        if !is_sound {
            pin.check()?;
            self.sound().insert(digest.to_owned(), stamp);
        }
        Ok(Some(pin))
    }

    fn sound(&self) -> MutexGuard<'_, HashMap<String, Stamp>> {
        self.sound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file with these contents.
    pub fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(digest)
    }

    /// Removes the file unless a record names it or it is pinned.
    pub fn collect(&self, digest: &str) -> Result<(), StoreError> {
        self.collect_among(&self.pins(), digest)
    }

    fn collect_among(&self, pins: &HashMap<String, usize>, digest: &str) -> Result<(), StoreError> {
        let named = || {
            self.store.read(|connection| {
                connection
                    .prepare_cached("SELECT 1 FROM records WHERE blob = ?1")?
                    .exists([digest])
            })
        };
        if pins.contains_key(digest) || named()? {
            Ok(())
        } else {
            self.sound().remove(digest);
            removed(&self.path(digest))
        }
    }

    fn sweep(&self) -> Result<(), StoreError> {
        let in_folder = |error| failed(&self.folder, error);
        fs::create_dir_all(&self.folder).map_err(in_folder)?;
        let named: HashSet<String> = self.store.read(|connection| {
            connection
                .prepare("SELECT blob FROM records WHERE blob IS NOT NULL")?
                .query_map([], |row| row.get(0))?
                .collect()
        })?;
        for entry in fs::read_dir(&self.folder).map_err(in_folder)? {
            let entry = entry.map_err(in_folder)?;
            let name = entry.file_name();
            let is_named = name.to_str().is_some_and(|name| named.contains(name));
            if !is_named {
                removed(&entry.path())?;
            }
        }
        Ok(())
    }

    fn pins(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Contents that are being written; dropped, they are gone.
#[derive(Debug)]
pub struct Draft {
    blobs: Arc<Blobs>,
    file: NamedTempFile,
    digest: Sha256,
    size: u64,
}

impl Draft {
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|error| failed(self.file.path(), error))
    }

    /// In bytes, so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn keep(self) -> Result<Pin, StoreError> {
        let digest = hex(&self.digest.finalize());
        let path = self.blobs.path(&digest);
        let mut pins = self.blobs.pins();
        // No file takes the place of a folder.
        if path.is_dir() {
            removed(&path)?;
        }
        self.file
            .persist(&path)
            .map_err(|refused| failed(&path, refused.error))?;
        if let Ok(Some(stamp)) = stamp(&path) {
            self.blobs.sound().insert(digest.clone(), stamp);
        }
        Ok(Pin::new(&self.blobs, &mut pins, &digest))
    }
}

/// Keeps a blob while it lives. Put the record that names the blob before dropping it.
#[derive(Debug)]
pub struct Pin {
    blobs: Arc<Blobs>,
    digest: String,
}

impl Pin {
    fn new(blobs: &Arc<Blobs>, pins: &mut HashMap<String, usize>, digest: &str) -> Self {
        *pins.entry(digest.to_owned()).or_default() += 1;
        Self {
            blobs: blobs.clone(),
            digest: digest.to_owned(),
        }
    }

    /// SHA-256, in hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    pub fn path(&self) -> PathBuf {
        self.blobs.path(&self.digest)
    }

    /// Fails where the contents are not those that were stored.
    fn check(&self) -> Result<(), StoreError> {
        let path = self.path();
        let digest = digest_of_file(&path).map_err(|error| failed(&path, error))?;
        if digest == self.digest {
            Ok(())
        } else {
            Err(StoreError::DamagedFile { path })
        }
    }

    pub fn read(&self) -> Result<Vec<u8>, StoreError> {
        fs::read(self.path()).map_err(|error| failed(&self.path(), error))
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.blobs.pins();
        if let Some(count) = pins.get_mut(&self.digest) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.digest);
                // Should it fail, the next start removes the file.
                let _ = self.blobs.collect_among(&pins, &self.digest);
            }
        }
    }
}

/// `None` where there is no file.
fn stamp(path: &Path) -> Result<Option<Stamp>, StoreError> {
    match fs::metadata(path) {
        Ok(file) if file.is_file() => Ok(Some(Stamp::of(&file))),
        Ok(_) => Err(StoreError::DamagedFile {
            path: path.to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, error)),
    }
}

/// SHA-256, in hexadecimal digits.
pub(crate) fn digest_of_file(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut file = fs::File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hex(&digest.finalize())),
            length => digest.update(&chunk[..length]),
        }
    }
}

fn removed(path: &Path) -> Result<(), StoreError> {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let done = match is_folder {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
    match done {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, error)),
        _ => Ok(()),
    }
}

fn failed(path: &Path, error: io::Error) -> StoreError {
    StoreError::File {
        path: path.to_owned(),
        error,
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::super::{Record, Records};
    use super::*;

    #[derive(Deserialize, Serialize)]
    struct Named(String);

    impl Record for Named {
        const KIND: &'static str = "named";

        fn blob(&self) -> Option<&str> {
            Some(&self.0)
        }
    }

    fn opened(folder: &Path) -> (Arc<Blobs>, Records<Named>) {
        let store = Arc::new(Store::open(&folder.join("state")).expect("it opens"));
        let blobs = Blobs::open(&folder.join("blobs"), &store).expect("it opens");
        (blobs, Records::new(&store))
    }

    #[test]
    fn a_blob_lives_as_long_as_it_is_pinned_or_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let (blobs, records) = opened(folder.path());
        let pin = blobs.keep(b"contents").expect("kept");
        let digest = pin.digest().to_owned();
        assert_eq!(pin.read().expect("there"), b"contents");
        records.put("a", &Named(digest.clone())).expect("put");
        drop(pin);
        let again = blobs.pin(&digest).expect("sound").expect("still there");
        records.remove("a").expect("removed");
        blobs.collect(&digest).expect("collected");
        assert!(again.path().exists(), "it is pinned");
        drop(again);
        assert!(blobs.pin(&digest).expect("looked").is_none());
    }

    /// Each way in which a file may be lost.
    const WAYS: [fn(&Path) -> io::Result<()>; 5] = [
        |path| fs::remove_file(path),
        |path| fs::write(path, []),
        |path| fs::write(path, "content"),
        |path| fs::remove_file(path).and_then(|()| fs::create_dir_all(path.join("folder"))),
        |path| {
            fs::remove_file(path)?;
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            Ok(rustix::fs::mkfifoat(rustix::fs::CWD, path, mode)?)
        },
    ];

    #[test]
    fn a_file_that_is_lost_takes_no_other_with_it_and_can_be_stored_again() {
        for (way, lose) in WAYS.iter().enumerate() {
            let folder = tempfile::tempdir().expect("a folder");
            let (blobs, records) = opened(folder.path());
            let digests = [&b"contents"[..], b"others", b""].map(|contents| {
                let pin = blobs.keep(contents).expect("kept");
                let digest = pin.digest().to_owned();
                records.put(&digest, &Named(digest.clone())).expect("put");
                digest
            });
            let path = blobs.path(&digests[0]);
            drop((blobs, records));
            lose(&path).expect("lost");
            let (blobs, records) = opened(folder.path());
            match blobs.pin(&digests[0]) {
                Ok(found) => assert!(found.is_none() && way == 0, "{way}"),
                Err(error) => assert!(error.is_of_lost_file(), "{way}: {error}"),
            }
            for others in &digests[1..] {
                let pin = blobs.pin(others).expect("sound");
                assert!(pin.is_some(), "{way}");
            }
            drop(blobs.keep(b"contents").expect("kept"));
            let pin = blobs.pin(&digests[0]).expect("sound").expect("there");
            assert_eq!(pin.read().expect("read"), b"contents", "{way}");
            lose(&path).expect("lost");
            drop(pin);
            records.remove(&digests[0]).expect("removed");
            blobs.collect(&digests[0]).expect("collected");
            assert!(!path.exists(), "{way}");
        }
    }

    #[test]
    fn files_that_no_record_names_are_gone_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let (blobs, records) = opened(folder.path());
        let pin = blobs.keep(b"contents").expect("kept");
        let digest = pin.digest().to_owned();
        records.put("a", &Named(digest.clone())).expect("put");
        drop((pin, records, blobs));
        let stray = folder.path().join("blobs/stray");
        fs::write(&stray, "left by a kill").expect("written");
        fs::create_dir(folder.path().join("blobs/folder")).expect("made");
        let (blobs, _) = opened(folder.path());
        assert!(blobs.pin(&digest).expect("sound").is_some());
        assert!(!stray.exists());
    }

    #[test]
    fn damaged_contents_are_never_served() {
        let folder = tempfile::tempdir().expect("a folder");
        let (blobs, records) = opened(folder.path());
        let pin = blobs.keep(b"contents").expect("kept");
        let digest = pin.digest().to_owned();
        records.put("a", &Named(digest.clone())).expect("put");
        drop((pin, records, blobs));
        fs::write(folder.path().join("blobs").join(&digest), "cantents").expect("written");
        let (blobs, _) = opened(folder.path());
        for _ in 0..2 {
            let refused = blobs.pin(&digest).expect_err("it is damaged").to_string();
            assert!(
                refused.contains(&digest) && refused.contains("is damaged"),
                "{refused}"
            );
        }
    }

    #[test]
    fn damage_is_noticed_while_it_is_open_and_mended_by_the_same_contents() {
        let folder = tempfile::tempdir().expect("a folder");
        let (blobs, records) = opened(folder.path());
        let pin = blobs.keep(b"contents").expect("kept");
        let digest = pin.digest().to_owned();
        records.put("a", &Named(digest.clone())).expect("put");
        drop(pin);
        assert!(blobs.pin(&digest).expect("sound").is_some());
        fs::write(blobs.path(&digest), "other contents").expect("written");
        blobs.pin(&digest).expect_err("it is damaged");
        drop(blobs.keep(b"contents").expect("kept"));
        let pin = blobs.pin(&digest).expect("sound").expect("it is there");
        assert_eq!(pin.read().expect("read"), b"contents");
    }
}
