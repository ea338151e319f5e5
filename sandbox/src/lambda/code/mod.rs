//! The bundles of functions, unpacked: one folder for each digest, shared by all that run it, gone
//! when nobody does.

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
pub use unpack::LARGEST;
use unpack::{Limits, Refusal, unpack};

/// A bundle's folder, which goes when this does.
#[derive(Debug)]
pub struct Unpacked {
    folder: TempDir,
    is_rust: OnceLock<bool>,
}

impl Unpacked {
    /// A bundle that lies in `folder`.
    pub fn of(folder: TempDir) -> Self {
        Self {
            folder,
            is_rust: OnceLock::new(),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program that Lambda starts, if the bundle has one.
    pub fn bootstrap(&self) -> PathBuf {
        self.folder().join("bootstrap")
    }

    /// Whether the program speaks to the Runtime API through Lambda's library for Rust. `look` finds
    /// out, from the program's file, and is asked once.
    pub fn is_rust(&self, look: impl FnOnce(&Path) -> bool) -> bool {
        *self.is_rust.get_or_init(|| look(&self.bootstrap()))
    }
}

/// All unpacked bundles.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    /// By digest. Each has a lock of its own, so that a bundle is unpacked once, and different ones
    /// at the same time.
    places: Mutex<HashMap<String, Place>>,
}

type Place = Arc<Mutex<Weak<Unpacked>>>;

impl Shelf {
    /// Opens `folder` and empties it: what is in it was left by a sandbox that was killed.
    pub fn open(folder: &Path) -> Result<Arc<Self>, SandboxError> {
        let empty = || {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)
        };
        empty().map_err(|error| SandboxError::Folder {
            path: folder.to_owned(),
            error: error.to_string(),
        })?;
        Ok(Arc::new(Self {
            folder: folder.to_owned(),
            places: Mutex::default(),
        }))
    }

    /// The bundle, unpacked now unless it is already. Blocks.
    pub fn take(&self, bundle: &Pin) -> Result<Arc<Unpacked>, Fault> {
        let place = self.place(bundle.digest());
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unpacked) = place.upgrade() {
            return Ok(unpacked);
        }
        let unpacked = Arc::new(self.unpacked(bundle)?);
        *place = Arc::downgrade(&unpacked);
        Ok(unpacked)
    }

    fn unpacked(&self, bundle: &Pin) -> Result<Unpacked, Fault> {
        let failed = |error: std::io::Error| Fault::internal(format!("unpacking: {error}"));
        // A name of its own each time: the folder of the same bundle before may just be on its way
        // out.
        let folder = tempfile::Builder::new()
            .prefix(&format!("{:.16}-", bundle.digest()))
            .tempdir_in(&self.folder)
            .map_err(failed)?;
        let zip = fs::File::open(bundle.path()).map_err(failed)?;
        match unpack(BufReader::new(zip), folder.path(), Limits::AWS) {
            Ok(()) => Ok(Unpacked::of(folder)),
            Err(Refusal::Failed(error)) => Err(failed(error)),
            Err(refusal) => Err(Fault::invalid(
                "InvalidParameterValueException",
                refusal.to_string(),
            )),
        }
    }

    fn place(&self, digest: &str) -> Place {
        let mut places = self.places();
        places.retain(|_, place| {
            // Nobody else has a place that is held here alone, so its lock is free.
            Arc::strong_count(place) > 1
                || place.try_lock().is_ok_and(|kept| kept.strong_count() > 0)
        });
        places.entry(digest.to_owned()).or_default().clone()
    }

    fn places(&self) -> MutexGuard<'_, HashMap<String, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bundle with this program, which is none that runs.
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
        let shelf = Shelf::open(&code).expect("it opens");
        assert_eq!(folders(&code), 0);

        let (first, second) = std::thread::scope(|scope| {
            let taken = [(); 2].map(|()| scope.spawn(|| shelf.take(&bundle).expect("unpacked")));
            let [first, second] = taken.map(|taken| taken.join().expect("no panic"));
            (first, second)
        });
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(folders(&code), 1);
        let text = fs::read(first.folder().join("bootstrap")).expect("it is there");
        assert_eq!(text, b"one");
        drop((first, second));
        assert_eq!(folders(&code), 0);
        assert!(shelf.take(&bundle).is_ok(), "and again");
    }

    #[test]
    fn what_is_no_bundle_is_the_clients_mistake_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let code = folder.path().join("code");
        let shelf = Shelf::open(&code).expect("it opens");
        let refused = shelf.take(&kept(folder.path(), b"no zip"));
        let refused = refused.expect_err("it is none");
        assert_eq!(refused.code, "InvalidParameterValueException");
        assert!(refused.message.starts_with("Could not unzip"), "{refused}");
        assert_eq!(folders(&code), 0);
    }
}
