//! Where S3 keeps its buckets and objects, and the changes that must be whole.
//!
//! Contents are in blobs, everything else in records. A record that names a blob is put while the
//! blob is pinned, and a blob is collected after the change that took its last record away. Killed
//! before the change, the sandbox has what it had, and after it the new: in both cases the next start
//! removes the files that no record names.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::Transaction;
use s3s::dto::ETagCondition;

use super::conditions;
use super::record::{Bucket, Object, Part, Upload};
use super::refusal::{no_such_bucket, no_such_key, no_such_upload};
use crate::fault::Fault;
use crate::store::{Blobs, Pin, Records, Store};

/// More than a listing or a check ever needs.
const ALL: usize = usize::MAX;

#[derive(Clone, Debug)]
pub struct State {
    pub store: Arc<Store>,
    pub blobs: Arc<Blobs>,
    pub buckets: Records<Bucket>,
    pub objects: Records<Object>,
    pub uploads: Records<Upload>,
    pub parts: Records<Part>,
}

/// Whether an object may take the place of what is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnlyIf<'a> {
    pub matches: Option<&'a ETagCondition>,
    pub matches_not: Option<&'a ETagCondition>,
}

impl State {
    pub fn new(store: &Arc<Store>, blobs: &Arc<Blobs>) -> Self {
        Self {
            store: store.clone(),
            blobs: blobs.clone(),
            buckets: Records::new(store),
            objects: Records::new(store),
            uploads: Records::new(store),
            parts: Records::new(store),
        }
    }

    pub fn bucket(&self, name: &str) -> Result<Bucket, Fault> {
        self.buckets.get(name)?.ok_or_else(|| no_such_bucket(name))
    }

    pub fn object(&self, bucket: &str, key: &str) -> Result<Object, Fault> {
        match self.objects.get(&path(bucket, key))? {
            Some(object) => Ok(object),
            None => {
                self.bucket(bucket)?;
                Err(no_such_key(key))
            }
        }
    }

    /// An object, and its contents as long as they are wanted.
    pub fn pinned(&self, bucket: &str, key: &str) -> Result<(Object, Pin), Fault> {
        let mut gone = None;
        loop {
            let object = self.object(bucket, key)?;
            if let Some(pin) = self.blobs.pin(&object.digest) {
                return Ok((object, pin));
            }
            // It was replaced between the two looks; a record whose file is lost stays the same.
            if gone.as_ref() == Some(&object.digest) {
                let message =
                    format!("the contents of {bucket}/{key} are lost: the file is missing");
                return Err(Fault::internal(message));
            }
            gone = Some(object.digest);
        }
    }

    /// Puts an object whose contents are pinned.
    pub fn put(
        &self,
        bucket: &str,
        key: &str,
        object: &Object,
        only_if: OnlyIf,
    ) -> Result<(), Fault> {
        let before = self
            .store
            .write(|transaction| self.put_in(transaction, bucket, key, object, only_if))?;
        self.collect(before);
        Ok(())
    }

    /// Answers with the blob that may not be needed any more.
    fn put_in(
        &self,
        transaction: &Transaction,
        bucket: &str,
        key: &str,
        object: &Object,
        only_if: OnlyIf,
    ) -> Result<Option<String>, Fault> {
        if self.buckets.get_in(transaction, bucket)?.is_none() {
            return Err(no_such_bucket(bucket));
        }
        let path = path(bucket, key);
        let present = self.objects.get_in(transaction, &path)?;
        let OnlyIf {
            matches,
            matches_not,
        } = only_if;
        conditions::may_write(key, present.as_ref(), matches, matches_not)?;
        self.objects.put_in(transaction, &path, object)?;
        Ok(present.map(|present| present.digest))
    }

    /// Lets `change` alter what is said of an object, its contents staying as they are.
    pub fn change(
        &self,
        bucket: &str,
        key: &str,
        change: impl FnOnce(&mut Object),
    ) -> Result<(), Fault> {
        self.bucket(bucket)?;
        self.objects.change(&path(bucket, key), |object| {
            let object = object.as_mut().ok_or_else(|| no_such_key(key))?;
            change(object);
            Ok(())
        })
    }

    /// Removes the object, if `allowed` when it is there. One that isn't there is removed already.
    pub fn remove(
        &self,
        bucket: &str,
        key: &str,
        allowed: impl FnOnce(Option<&Object>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let path = path(bucket, key);
        let removed = self.store.write(|transaction| {
            let object = self.objects.get_in(transaction, &path)?;
            allowed(object.as_ref())?;
            self.objects.remove_in(transaction, &path)?;
            Ok::<_, Fault>(object)
        })?;
        self.collect(removed.map(|object| object.digest));
        Ok(())
    }

    /// Removes a bucket without objects; uploads that were never completed go with it.
    pub fn remove_bucket(&self, name: &str) -> Result<(), Fault> {
        let inside = inside(name);
        let unneeded = self.store.write(|transaction| {
            if !self.buckets.remove_in(transaction, name)? {
                return Err(no_such_bucket(name));
            }
            let first = self.objects.range_in(transaction, bounds(&inside), 1)?;
            if let Some((path, _)) = first.first() {
                let message = format!("the bucket still has objects, such as {path}");
                return Err(Fault::conflict("BucketNotEmpty", message));
            }
            let mut unneeded = Vec::new();
            for (path, upload) in self.uploads.range_in(transaction, bounds(&inside), ALL)? {
                unneeded.extend(self.remove_upload_in(transaction, &path, &upload.id)?);
            }
            Ok(unneeded)
        })?;
        self.collect(unneeded);
        Ok(())
    }

    pub fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Upload, Fault> {
        let upload = self.uploads.get(&upload_path(bucket, key, id))?;
        upload.ok_or_else(|| no_such_upload(id))
    }

    pub fn parts(&self, id: &str) -> Result<Vec<Part>, Fault> {
        let parts = self.parts.range(bounds(&inside(id)), ALL)?;
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }

    /// Puts a part whose contents are pinned, unless its upload was ended meanwhile.
    pub fn put_part(&self, bucket: &str, key: &str, id: &str, part: &Part) -> Result<(), Fault> {
        let path = part_path(id, part.number);
        let before = self.store.write(|transaction| {
            let upload = upload_path(bucket, key, id);
            if self.uploads.get_in(transaction, &upload)?.is_none() {
                return Err(no_such_upload(id));
            }
            let before = self.parts.get_in(transaction, &path)?;
            self.parts.put_in(transaction, &path, part)?;
            Ok(before.map(|part| part.digest))
        })?;
        self.collect(before);
        Ok(())
    }

    /// Ends an upload: its parts are gone.
    pub fn remove_upload(&self, bucket: &str, key: &str, id: &str) -> Result<(), Fault> {
        let unneeded = self.store.write(|transaction| {
            let path = upload_path(bucket, key, id);
            if self.uploads.get_in(transaction, &path)?.is_none() {
                return Err(no_such_upload(id));
            }
            self.remove_upload_in(transaction, &path, id)
        })?;
        self.collect(unneeded);
        Ok(())
    }

    /// Puts the object that an upload made, whose contents are pinned, and ends the upload.
    pub fn complete(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        object: &Object,
        only_if: OnlyIf,
    ) -> Result<(), Fault> {
        let unneeded = self.store.write(|transaction| {
            let path = upload_path(bucket, key, id);
            if self.uploads.get_in(transaction, &path)?.is_none() {
                return Err(no_such_upload(id));
            }
            let before = self.put_in(transaction, bucket, key, object, only_if)?;
            let mut unneeded = self.remove_upload_in(transaction, &path, id)?;
            unneeded.extend(before);
            Ok(unneeded)
        })?;
        self.collect(unneeded);
        Ok(())
    }

    fn remove_upload_in(
        &self,
        transaction: &Transaction,
        path: &str,
        id: &str,
    ) -> Result<Vec<String>, Fault> {
        self.uploads.remove_in(transaction, path)?;
        let mut unneeded = Vec::new();
        for (path, part) in self.parts.range_in(transaction, bounds(&inside(id)), ALL)? {
            self.parts.remove_in(transaction, &path)?;
            unneeded.push(part.digest);
        }
        Ok(unneeded)
    }

    fn collect(&self, digests: impl IntoIterator<Item = String>) {
        for digest in digests.into_iter().collect::<BTreeSet<_>>() {
            // What was asked for is done. Should this fail, the next start removes the file.
            let _ = self.blobs.collect(&digest);
        }
    }
}

/// No bucket's name has a slash.
pub fn path(bucket: &str, key: &str) -> String {
    format!("{bucket}/{key}")
}

pub fn upload_path(bucket: &str, key: &str, id: &str) -> String {
    format!("{bucket}/{key}\0{id}")
}

fn part_path(id: &str, number: i32) -> String {
    format!("{id}/{number:05}")
}

/// Where the paths begin and end that are under `owner`: a slash is right before a zero.
pub fn inside(owner: &str) -> (String, String) {
    (format!("{owner}/"), format!("{owner}0"))
}

pub fn bounds((start, end): &(String, String)) -> Range<&str> {
    start..end
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::record::{Description, Moment};
    use super::*;

    fn opened(folder: &Path) -> State {
        let store = Arc::new(Store::open(&folder.join("state")).expect("it opens"));
        let blobs = Blobs::open(&folder.join("blobs"), &store).expect("it opens");
        State::new(&store, &blobs)
    }

    fn files(folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder.join("blobs")).expect("it is there");
        entries.count()
    }

    fn put(state: &State, key: &str, contents: &[u8]) {
        let pin = state.blobs.keep(contents).expect("kept");
        let object = Object {
            digest: pin.digest().to_owned(),
            size: contents.len() as u64,
            etag: "e".to_owned(),
            modified: Moment(0),
            checksum: None,
            description: Description::default(),
            parts: Vec::new(),
            upload: None,
        };
        let only_if = OnlyIf::default();
        state.put("bucket", key, &object, only_if).expect("put");
    }

    fn with_bucket(folder: &Path) -> State {
        let state = opened(folder);
        let bucket = Bucket {
            created: Moment(0),
            aspects: Default::default(),
        };
        state.buckets.put("bucket", &bucket).expect("put");
        state
    }

    #[test]
    fn contents_live_as_long_as_an_object_has_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = with_bucket(folder.path());
        put(&state, "a", b"same");
        put(&state, "b", b"same");
        assert_eq!(files(folder.path()), 1);
        put(&state, "a", b"other");
        assert_eq!(files(folder.path()), 2);
        let (_, pin) = state.pinned("bucket", "b").expect("it is there");
        state.remove("bucket", "b", |_| Ok(())).expect("removed");
        assert_eq!(pin.read().expect("it is read on"), b"same");
        drop(pin);
        assert_eq!(files(folder.path()), 1);
        let refused = state.remove_bucket("bucket").expect_err("it has an object");
        assert_eq!(refused.code, "BucketNotEmpty");
        state.bucket("bucket").expect("it is still there");
    }

    #[test]
    fn an_upload_that_is_ended_takes_its_parts_along() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = with_bucket(folder.path());
        let upload = Upload {
            id: "u".to_owned(),
            key: "k".to_owned(),
            begun: Moment(0),
            description: Description::default(),
            plan: super::super::checksum::Plan::new(None, None).expect("it is one"),
        };
        let path = upload_path("bucket", "k", "u");
        state.uploads.put(&path, &upload).expect("put");
        let pin = state.blobs.keep(b"part").expect("kept");
        let part = Part {
            number: 1,
            digest: pin.digest().to_owned(),
            size: 4,
            etag: "e".to_owned(),
            modified: Moment(0),
            checksum: None,
        };
        state.put_part("bucket", "k", "u", &part).expect("put");
        drop(pin);
        assert_eq!(files(folder.path()), 1);
        state.remove_upload("bucket", "k", "u").expect("removed");
        assert_eq!(files(folder.path()), 0);
        let late = state.put_part("bucket", "k", "u", &part);
        assert_eq!(late.expect_err("it is ended").code, "NoSuchUpload");
        state.remove_bucket("bucket").expect("it is empty");
    }
}
