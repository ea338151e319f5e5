//! What is stored, and when contents are deleted.

use std::path::Path;

use proptest::prelude::*;
use s3s::dto::{
    BucketLifecycleConfiguration, NotificationConfiguration, OwnershipControls,
    PublicAccessBlockConfiguration, ServerSideEncryptionConfiguration, Tagging,
    VersioningConfiguration, WebsiteConfiguration,
};
use serde_json::{Value, json};

use super::*;
use crate::s3::S3;
use crate::s3::bucket::configuration::{Configuration, POLICY, to_value};
use crate::s3::checksum::ChecksumPlan;
use crate::s3::notification::{Origin, rules};
use crate::s3::preconditions::Preconditions;
use crate::s3::records::{ObjectMetadata, UnixTime};

fn opened(folder: &Path) -> Storage {
    let store = Arc::new(Store::open(&folder.join("state")).expect("it opens"));
    let blobs = Blobs::open(&folder.join("blobs"), &store).expect("it opens");
    Storage::new(&store, &blobs, &DeliveryQueue::in_folder(folder, &store))
}

fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder.join("blobs")).expect("it is there");
    entries.count()
}

fn put(storage: &Storage, key: &str, contents: &[u8]) -> Object {
    put_in(storage, "bucket", key, contents)
}

fn put_in(storage: &Storage, bucket: &str, key: &str, contents: &[u8]) -> Object {
    let pin = storage.blobs.keep(contents).expect("kept");
    let object = Object {
        digest: pin.digest().to_owned(),
        size: contents.len() as u64,
        etag: "e".to_owned(),
        modified: UnixTime(0),
        checksum: None,
        metadata: ObjectMetadata::default(),
        parts: Vec::new(),
        upload: None,
        version_id: None,
        position: String::new(),
    };
    let any = Preconditions::default();
    let cause = Cause {
        event: "ObjectCreated:Put",
        origin: &Origin::default(),
    };
    storage.put(bucket, key, object, &any, cause).expect("put")
}

/// For tests of other services.
impl S3 {
    pub fn keep(&self, bucket: &str, key: &str, contents: &[u8]) -> Object {
        put_in(&self.storage, bucket, key, contents)
    }

    pub fn bucket_names(&self) -> Vec<String> {
        let buckets = self.storage.buckets.under("").expect("read");
        buckets.into_iter().map(|(name, _)| name).collect()
    }

    /// The documents of a bucket's configuration, as clients read them, by property.
    pub fn bucket_documents(&self, name: &str) -> Value {
        fn document<T: Configuration>(bucket: &Bucket) -> Option<(String, Value)> {
            let configuration = bucket.get::<T>().expect("it is not damaged")?;
            let document = to_value(&configuration).expect("it is written");
            Some((T::PROPERTY.to_owned(), document))
        }
        /// The rules without ids.
        fn told(bucket: &Bucket) -> (String, Value) {
            let configuration = bucket.get().expect("it is not damaged");
            let rules = configuration.map(|it: NotificationConfiguration| rules::read(&it));
            let rules = rules.unwrap_or_default();
            let rules = rules
                .iter()
                .map(|rule| json!([rule.receiver, rule.events, rule.filter]));
            (
                NotificationConfiguration::PROPERTY.to_owned(),
                rules.collect(),
            )
        }
        let bucket = self.storage.bucket(name).expect("it is there");
        let documents = [
            document::<ServerSideEncryptionConfiguration>(&bucket),
            document::<BucketLifecycleConfiguration>(&bucket),
            document::<OwnershipControls>(&bucket),
            document::<PublicAccessBlockConfiguration>(&bucket),
            document::<Tagging>(&bucket),
            document::<VersioningConfiguration>(&bucket),
            Some(told(&bucket)).filter(|(_, rules)| *rules != json!([])),
            document::<WebsiteConfiguration>(&bucket),
            bucket
                .configuration
                .get(POLICY)
                .map(|policy| (POLICY.to_owned(), policy.clone())),
        ];
        Value::Object(documents.into_iter().flatten().collect())
    }
}

fn with_bucket(folder: &Path) -> Storage {
    let storage = opened(folder);
    let bucket = Bucket {
        created: UnixTime(0),
        configuration: Default::default(),
    };
    storage.buckets.put("bucket", &bucket).expect("put");
    storage
}

#[test]
fn contents_are_deleted_with_their_last_object() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = with_bucket(folder.path());
    put(&storage, "a", b"same");
    put(&storage, "b", b"same");
    assert_eq!(files(folder.path()), 1);
    put(&storage, "a", b"other");
    assert_eq!(files(folder.path()), 2);
    let (_, pin) = storage
        .object_with_contents("bucket", "b", None)
        .expect("it is there");
    let any = Preconditions::default();
    storage
        .delete("bucket", "b", None, &any, &Origin::default())
        .expect("deleted");
    assert_eq!(pin.read().expect("it is read on"), b"same");
    drop(pin);
    assert_eq!(files(folder.path()), 1);
    let refused = storage
        .delete_bucket("bucket")
        .expect_err("it has an object");
    assert_eq!(refused.code, "BucketNotEmpty");
    storage.bucket("bucket").expect("it is still there");
}

/// An upload with one part, whose contents are stored.
fn upload(storage: &Storage) -> Part {
    let upload = MultipartUpload {
        id: "u".to_owned(),
        key: "k".to_owned(),
        initiated: UnixTime(0),
        metadata: ObjectMetadata::default(),
        checksum: ChecksumPlan::new(None, None).expect("it is one"),
        object_deleted: false,
    };
    let path = upload_path("bucket", "k", "u");
    storage.uploads.put(&path, &upload).expect("put");
    let pin = storage.blobs.keep(b"part").expect("kept");
    let part = Part {
        number: 1,
        digest: pin.digest().to_owned(),
        size: 4,
        etag: "e".to_owned(),
        modified: UnixTime(0),
        checksum: None,
    };
    storage.put_part("bucket", "k", "u", &part).expect("put");
    part
}

#[test]
fn a_completed_upload_leaves_only_its_object() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = with_bucket(folder.path());
    upload(&storage);
    let object = put(&storage, "other", b"whole");
    let any = Preconditions::default();
    let completed =
        storage.complete_upload("bucket", "k", "u", object.clone(), &any, &Origin::default());
    completed.expect("completed");
    assert_eq!(files(folder.path()), 1, "the parts are gone");
    let again = storage.complete_upload("bucket", "k", "u", object, &any, &Origin::default());
    assert_eq!(again.expect_err("it is completed").code, "NoSuchUpload");
}

#[test]
fn a_bucket_takes_its_uploads_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = with_bucket(folder.path());
    let part = upload(&storage);
    storage.delete_bucket("bucket").expect("it has no object");
    assert_eq!(files(folder.path()), 0);
    assert!(storage.uploads.all().expect("read").is_empty());
    assert!(storage.parts.all().expect("read").is_empty());
    let late = storage.put_part("bucket", "k", "u", &part);
    assert!(late.is_err());
}

#[test]
fn an_aborted_upload_deletes_its_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = with_bucket(folder.path());
    let upload = MultipartUpload {
        id: "u".to_owned(),
        key: "k".to_owned(),
        initiated: UnixTime(0),
        metadata: ObjectMetadata::default(),
        checksum: ChecksumPlan::new(None, None).expect("it is one"),
        object_deleted: false,
    };
    let path = upload_path("bucket", "k", "u");
    storage.uploads.put(&path, &upload).expect("put");
    let pin = storage.blobs.keep(b"part").expect("kept");
    let part = Part {
        number: 1,
        digest: pin.digest().to_owned(),
        size: 4,
        etag: "e".to_owned(),
        modified: UnixTime(0),
        checksum: None,
    };
    storage.put_part("bucket", "k", "u", &part).expect("put");
    drop(pin);
    assert_eq!(files(folder.path()), 1);
    storage.abort_upload("bucket", "k", "u").expect("removed");
    assert_eq!(files(folder.path()), 0);
    let late = storage.put_part("bucket", "k", "u", &part);
    assert_eq!(late.expect_err("it is aborted").code, "NoSuchUpload");
    storage.delete_bucket("bucket").expect("it is empty");
}

fn set_versioning(storage: &Storage, status: &str) {
    let value = serde_json::json!({ "Status": status });
    let set = storage.configure("bucket", "VersioningConfiguration", Some(value));
    set.expect("configured");
}

fn code<T>(result: Result<T, crate::fault::Fault>) -> Result<T, String> {
    result.map_err(|fault| fault.code)
}

#[test]
fn versions_are_named_by_ids_of_a_bucket_with_versions() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = with_bucket(folder.path());
    let failed = |code: &str| Err(code.to_owned());
    let read = |id: Option<&str>| code(storage.object("bucket", "k", id)).map(|it| it.size);
    put(&storage, "k", b"1");
    let unknown = "0".repeat(32);
    assert_eq!(read(Some("null")), Ok(1));
    assert_eq!(read(Some(&unknown)), failed("InvalidArgument"));
    assert_eq!(read(Some("")), failed("InvalidArgument"));
    set_versioning(&storage, "Enabled");
    let second = put(&storage, "k", b"22").version_id.expect("it has one");
    assert_eq!(read(None), Ok(2));
    assert_eq!(read(Some(&second)), Ok(2));
    assert_eq!(read(Some("null")), Ok(1));
    assert_eq!(read(Some(&unknown)), failed("NoSuchVersion"));
    assert_eq!(read(Some("nonsense")), failed("InvalidArgument"));
    let any = Preconditions::default();
    let deleted = storage
        .delete("bucket", "k", None, &any, &Origin::default())
        .expect("deleted");
    assert!(deleted.delete_marker);
    assert_eq!(read(None), failed("NoSuchKey"));
    assert_eq!(
        read(deleted.version_id.as_deref()),
        failed("MethodNotAllowed")
    );
    assert_eq!(read(Some(&second)), Ok(2));
    let full = code(storage.delete_bucket("bucket"));
    assert_eq!(full, Err("BucketNotEmpty".to_owned()));
}

/// What is done to one of two keys.
#[derive(Clone, Debug)]
enum Step {
    SetVersioning(bool),
    Put(usize),
    Delete(usize),
    /// The version with this index, if there is one.
    DeleteVersion(usize, usize),
    Tag(usize, usize),
}

/// A version as the model has it.
#[derive(Clone, Debug, PartialEq)]
struct Modelled {
    /// `None` for the null version.
    id: Option<String>,
    /// `None` for a delete marker.
    contents: Option<String>,
    tagged: bool,
}

const KEYS: [&str; 2] = ["a", "a/b"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<bool>().prop_map(Step::SetVersioning),
        (0..2_usize).prop_map(Step::Put),
        (0..2_usize).prop_map(Step::Put),
        (0..2_usize).prop_map(Step::Delete),
        (0..2_usize, 0..4_usize).prop_map(|(key, index)| Step::DeleteVersion(key, index)),
        (0..2_usize, 0..4_usize).prop_map(|(key, index)| Step::Tag(key, index)),
    ];
    prop::collection::vec(step, 0..24)
}

/// All versions of the key, the newest first.
fn versions(storage: &Storage, key: &str) -> Vec<Modelled> {
    let path = path("bucket", key);
    let mut found: Vec<Version> = storage
        .objects
        .get(&path)
        .expect("read")
        .map(|object| Version::Object(Box::new(object)))
        .into_iter()
        .collect();
    let others = storage.versions.under(&format!("{path}\0")).expect("read");
    found.extend(others.into_iter().map(|(_, version)| version));
    assert!(found.is_sorted_by_key(Version::position), "{found:?}");
    let modelled = |version: Version| {
        let object = version.object();
        let contents = object.map(|object| {
            let pin = storage
                .blobs
                .pin(&object.digest)
                .expect("sound")
                .expect("it has contents");
            String::from_utf8(pin.read().expect("read")).expect("text")
        });
        Modelled {
            id: version.version_id().map(str::to_owned),
            tagged: object.is_some_and(|object| !object.metadata.tags.is_empty()),
            contents,
        }
    };
    found.into_iter().map(modelled).collect()
}

proptest! {
    // Each case has a store of its own.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_bucket_keeps_the_versions_that_s3_keeps(steps in steps()) {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = with_bucket(folder.path());
        let any = Preconditions::default();
        let mut enabled: Option<bool> = None;
        let mut model: [Vec<Modelled>; 2] = Default::default();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::SetVersioning(on) => {
                    set_versioning(&storage, if on { "Enabled" } else { "Suspended" });
                    enabled = Some(on);
                }
                Step::Put(key) => {
                    let contents = format!("contents {number}");
                    let object = put(&storage, KEYS[key], contents.as_bytes());
                    prop_assert_eq!(object.version_id.is_some(), enabled == Some(true));
                    let new = Modelled { id: object.version_id, contents: Some(contents), tagged: false };
                    if new.id.is_none() {
                        model[key].retain(|version| version.id.is_some());
                    }
                    model[key].insert(0, new);
                }
                Step::Delete(key) => {
                    let deleted = storage.delete("bucket", KEYS[key], None, &any, &Origin::default()).expect("deleted");
                    prop_assert_eq!(deleted.delete_marker, enabled.is_some());
                    let id = deleted.version_id.filter(|id| id != NULL);
                    prop_assert_eq!(id.is_some(), enabled == Some(true));
                    if id.is_none() {
                        model[key].retain(|version| version.id.is_some());
                    }
                    if enabled.is_some() {
                        model[key].insert(0, Modelled { id, contents: None, tagged: false });
                    }
                }
                Step::DeleteVersion(key, index) => {
                    if index < model[key].len() {
                        let version = model[key].remove(index);
                        let id = version.id.as_deref().unwrap_or(NULL);
                        let deleted = storage.delete("bucket", KEYS[key], Some(id), &any, &Origin::default());
                        let deleted = deleted.expect("deleted");
                        prop_assert_eq!(deleted.version_id.as_deref(), Some(id));
                        prop_assert_eq!(deleted.delete_marker, version.contents.is_none());
                    }
                }
                Step::Tag(key, index) => {
                    if let Some(version) = model[key].get_mut(index) {
                        let id = version.id.as_deref().unwrap_or(NULL);
                        let tagged = storage.modify("bucket", KEYS[key], Some(id), |object| {
                            object.metadata.tags = vec![("a".to_owned(), "1".to_owned())];
                        });
                        prop_assert_eq!(tagged.is_ok(), version.contents.is_some());
                        version.tagged = version.contents.is_some();
                    }
                }
            }
            for (key, expected) in KEYS.iter().zip(&model) {
                prop_assert_eq!(&versions(&storage, key), expected);
                let current = expected.first().filter(|version| version.contents.is_some());
                let found = storage.object("bucket", key, None);
                prop_assert_eq!(found.is_ok(), current.is_some());
            }
        }
        let contents = model.iter().flatten().filter(|version| version.contents.is_some());
        prop_assert_eq!(files(folder.path()), contents.count());
        let empty = model.iter().all(Vec::is_empty);
        prop_assert_eq!(storage.delete_bucket("bucket").is_ok(), empty);
    }
}
