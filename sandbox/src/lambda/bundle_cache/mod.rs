//! A cache of unpacked bundles: one folder for each digest, shared by all that run it, deleted when
//! none does.

mod contents;
mod unpack;

use std::collections::HashMap;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use tempfile::TempDir;

use crate::error::SandboxError;
use crate::fault::Fault;
use crate::store::Pin;
use contents::Contents;
pub use unpack::MAX_UNPACKED_BYTES;
use unpack::{Limits, UnpackError, unpack};

/// A bundle's folder, deleted when this is dropped.
#[derive(Debug)]
pub struct UnpackedBundle {
    folder: TempDir,
    /// Of all files together.
    bytes: u64,
    contents: Contents,
    is_rust: OnceLock<bool>,
}

impl UnpackedBundle {
    /// A bundle that is in `folder`, with so many bytes and these files.
    fn new(folder: TempDir, bytes: u64, contents: Contents) -> Self {
        Self {
            folder,
            bytes,
            contents,
            is_rust: OnceLock::new(),
        }
    }

    /// A bundle whose files a test writes.
    #[cfg(test)]
    pub fn of(folder: TempDir) -> Self {
        Self::new(folder, 0, Contents::default())
    }

    /// Whether its files are as they were unpacked.
    pub fn is_whole(&self) -> bool {
        self.contents.are_whole()
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program that Lambda starts, if the bundle has one.
    pub fn bootstrap(&self) -> PathBuf {
        self.folder().join("bootstrap")
    }

    /// Whether the program uses Lambda's runtime for Rust. `look` reads that from the program's file, and
    /// is called once.
    pub fn is_rust(&self, look: impl FnOnce(&Path) -> bool) -> bool {
        *self.is_rust.get_or_init(|| look(&self.bootstrap()))
    }
}

#[derive(Debug)]
pub struct BundleCache {
    folder: PathBuf,
    /// By digest. Each has a lock of its own: a bundle is unpacked once, different ones at the same time.
    slots: Mutex<HashMap<String, Slot>>,
}

type Slot = Arc<Mutex<Weak<UnpackedBundle>>>;

impl BundleCache {
    /// Opens `folder` and empties it: a sandbox that was killed left its contents.
    pub fn open(folder: &Path) -> Result<Arc<Self>, SandboxError> {
        let empty = || {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)
        };
        empty().map_err(|error| SandboxError::folder(folder, &error))?;
        Ok(Arc::new(Self {
            folder: folder.to_owned(),
            slots: Mutex::default(),
        }))
    }

    /// The bundle, unpacked unless it is already and whole. Blocks.
    pub fn get_or_unpack(&self, bundle: &Pin) -> Result<Arc<UnpackedBundle>, Fault> {
        let slot = self.slot(bundle.digest());
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unpacked) = slot.upgrade().filter(|unpacked| unpacked.is_whole()) {
            return Ok(unpacked);
        }
        let unpacked = Arc::new(self.unpacked(bundle)?);
        *slot = Arc::downgrade(&unpacked);
        Ok(unpacked)
    }

    fn unpacked(&self, bundle: &Pin) -> Result<UnpackedBundle, Fault> {
        let failed = |error: std::io::Error| Fault::internal(format!("unpacking: {error}"));
        // Somebody may have removed it.
        fs::create_dir_all(&self.folder).map_err(failed)?;
        // Its name is unique: an earlier folder of the same bundle may just be being deleted.
        let folder = tempfile::Builder::new()
            .prefix(&format!("{:.16}-", bundle.digest()))
            .tempdir_in(&self.folder)
            .map_err(failed)?;
        let zip = fs::File::open(bundle.path()).map_err(failed)?;
        match unpack(BufReader::new(zip), folder.path(), Limits::AWS) {
            Ok(bytes) => {
                let contents = Contents::of(folder.path()).map_err(failed)?;
                Ok(UnpackedBundle::new(folder, bytes, contents))
            }
            Err(UnpackError::Failed(error)) => Err(failed(error)),
            Err(error) => Err(Fault::invalid(
                "InvalidParameterValueException",
                error.to_string(),
            )),
        }
    }

    fn slot(&self, digest: &str) -> Slot {
        let mut slots = self.slots();
        slots.retain(|_, slot| {
            // A slot that only this map has is not locked.
            Arc::strong_count(slot) > 1 || slot.try_lock().is_ok_and(|kept| kept.strong_count() > 0)
        });
        slots.entry(digest.to_owned()).or_default().clone()
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bundle with these contents as its `bootstrap`.
#[cfg(test)]
pub fn zipped_program(contents: &[u8]) -> Vec<u8> {
    unpack::tests::zipped(&[unpack::tests::Entry::file("bootstrap", contents)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Blobs, Store};

    fn kept(folder: &Path, zip: &[u8]) -> Pin {
        let store = Arc::new(Store::open(&folder.join("state")).expect("it opens"));
        let blobs = Blobs::open(&folder.join("blobs"), &store).expect("it opens");
        blobs.keep(zip).expect("kept")
    }

    fn folders(code: &Path) -> usize {
        fs::read_dir(code).expect("a folder").count()
    }

    #[test]
    fn a_bundle_is_unpacked_once_and_removed_when_nobody_has_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let code = folder.path().join("code");
        let bundle = kept(folder.path(), &zipped_program(b"one"));
        fs::create_dir_all(code.join("left/by/a/kill")).expect("made");
        let cache = BundleCache::open(&code).expect("it opens");
        assert_eq!(folders(&code), 0);

        let (first, second) = std::thread::scope(|scope| {
            let taken =
                [(); 2].map(|()| scope.spawn(|| cache.get_or_unpack(&bundle).expect("unpacked")));
            let [first, second] = taken.map(|taken| taken.join().expect("no panic"));
            (first, second)
        });
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(folders(&code), 1);
        let text = fs::read(first.folder().join("bootstrap")).expect("it is there");
        assert_eq!(text, b"one");
        drop((first, second));
        assert_eq!(folders(&code), 0);
        assert!(cache.get_or_unpack(&bundle).is_ok(), "and again");
    }

    #[test]
    fn a_bundle_whose_files_were_lost_is_unpacked_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let code = folder.path().join("code");
        let bundle = kept(folder.path(), &zipped_program(b"program"));
        let cache = BundleCache::open(&code).expect("it opens");
        for lose in [
            (|path: &Path| fs::remove_file(path)) as fn(&Path) -> std::io::Result<()>,
            |path| fs::remove_file(path).and_then(|()| fs::write(path, "program")),
            |path| {
                let contents = fs::read(path)?;
                // Its owner can make it writable.
                fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
                fs::write(path, contents)
            },
            |path| fs::remove_dir_all(path.parent().expect("a folder")),
            |path| fs::remove_dir_all(path.ancestors().nth(2).expect("a folder")),
        ] {
            let before = cache.get_or_unpack(&bundle).expect("unpacked");
            assert!(before.is_whole());
            fs::write(before.folder().join("more"), "of a function").expect("written");
            let same = cache.get_or_unpack(&bundle).expect("unpacked");
            assert!(Arc::ptr_eq(&before, &same));
            lose(&before.bootstrap()).expect("lost");
            assert!(!before.is_whole());
            let again = cache.get_or_unpack(&bundle).expect("unpacked again");
            let text = fs::read(again.bootstrap()).expect("it is there");
            assert_eq!(text, b"program");
        }
    }

    #[test]
    fn what_is_no_bundle_is_the_clients_mistake_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let code = folder.path().join("code");
        let cache = BundleCache::open(&code).expect("it opens");
        let refused = cache.get_or_unpack(&kept(folder.path(), b"no zip"));
        let refused = refused.expect_err("it is none");
        assert_eq!(refused.code, "InvalidParameterValueException");
        assert!(refused.message.starts_with("Could not unzip"), "{refused}");
        assert_eq!(folders(&code), 0);
    }
}
