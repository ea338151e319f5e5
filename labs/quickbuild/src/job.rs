//! What QuickBuild is asked to do, as it is in the event.

use mafia_support::Failure;
use mafia_zip_patch::{Changes, Digest, changes_from_json};
use serde::Deserialize;
use serde_json::Value;

/// Changes to a bundle in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub bucket: String,
    pub key: String,
    /// The key of the result: the same one, unless another is given.
    pub to: String,
    pub changes: Changes,
    /// What the result has to be; if it is not, nothing is written.
    pub digest: Option<Digest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    /// `s3://bucket/key`, with or without the `s3://`.
    src: String,
    changes: Value,
    to: Option<String>,
    digest: Option<Digest>,
}

impl Job {
    pub fn read(event: &Value) -> Result<Self, Failure> {
        let event = Event::deserialize(event).map_err(|error| {
            Failure::request(format!(
                "Send {{\"src\": \"s3://bucket/key\", \"changes\": {{\"path\": \"new content\"}}}}: {error}"
            ))
        })?;
        let src = event.src.strip_prefix("s3://").unwrap_or(&event.src);
        let place = src.split_once('/');
        let place = place.filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
        let (bucket, key) = place
            .ok_or_else(|| Failure::request(format!("{} is not s3://bucket/key", event.src)))?;
        let changes = changes_from_json(&event.changes);
        Ok(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            to: event.to.unwrap_or_else(|| key.to_owned()),
            changes: changes.map_err(|error| Failure::request(error.to_string()))?,
            digest: event.digest,
        })
    }

    /// Whether the bundle itself is replaced.
    pub fn overwrites(&self) -> bool {
        self.to == self.key
    }
}

#[cfg(test)]
mod tests {
    use mafia_zip_patch::Change;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_bundle_is_overwritten_unless_the_result_has_another_key() {
        let event =
            json!({ "src": "s3://bucket/path/to/archive.zip", "changes": { "a/b": "new" } });
        let job = Job::read(&event).expect("a job");
        assert_eq!(
            (job.bucket.as_str(), job.key.as_str()),
            ("bucket", "path/to/archive.zip")
        );
        assert!(job.overwrites());
        assert_eq!(job.changes["a/b"], Change::Text("new".to_owned()));
        let event = json!({ "src": "bucket/a.zip", "changes": {}, "to": "b.zip", "digest": "x" });
        let job = Job::read(&event).expect("a job");
        assert_eq!((job.bucket.as_str(), job.to.as_str()), ("bucket", "b.zip"));
        assert!(!job.overwrites());
    }

    #[test]
    fn what_is_no_job_is_refused() {
        for (event, said) in [
            (json!({}), "missing field `src`"),
            (
                json!({ "src": "s3://bucket", "changes": {} }),
                "s3://bucket is not s3://bucket/key",
            ),
            (
                json!({ "src": "s3:///key", "changes": {} }),
                "is not s3://bucket/key",
            ),
            (
                json!({ "src": "b/k", "changes": [] }),
                "changes must be an object",
            ),
            (
                json!({ "src": "b/k", "changes": { "/a": "" } }),
                "it begins at the root",
            ),
            (
                json!({ "src": "b/k", "changes": {}, "dst": "x" }),
                "unknown field `dst`",
            ),
        ] {
            let refused = Job::read(&event).expect_err(said).text;
            assert!(refused.contains(said), "{refused}");
        }
    }
}
