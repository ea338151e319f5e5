//! Lab 03: patches a bundle in its bucket, so that only changes travel there.
//!
//! The event is `{"src": "s3://bucket/key", "changes": {"path": "new content", …}}`, and the answer says how many
//! files were added, modified and removed. With `to`, the result gets another key, and with `digest`, nothing is written
//! unless the result has it.

use mafia_quickbuild::bucket::Buckets;
use mafia_quickbuild::job::Job;
use mafia_support::{Answer, Error, Failure, Request, RuntimeError, serve};
use mafia_zip_patch::apply;
use serde_json::json;

fn main() -> Result<(), RuntimeError> {
    serve(quickbuild)
}

async fn quickbuild(request: &Request, buckets: &Buckets) -> Result<Answer, Error> {
    let job = Job::read(request.event())?;
    let stored = buckets.read(&job.bucket, &job.key).await?;
    let patched = apply(&stored.zip, &job.changes);
    let patched = patched.map_err(|error| Failure::request(error.to_string()))?;
    if let Some(digest) = job
        .digest
        .as_ref()
        .filter(|digest| **digest != patched.digest)
    {
        let found = &patched.digest;
        let text =
            format!("The result has the digest {found}, and not {digest}: nothing is written");
        return Err(Failure::request(text).into());
    }
    let answer = Answer::body(json!({
        "added": patched.added,
        "modified": patched.modified,
        "removed": patched.removed,
        "digest": patched.digest,
        "size": patched.zip.len(),
    }));
    let instead_of = job.overwrites().then_some(&stored);
    buckets
        .write(&job.bucket, &job.to, patched.zip, instead_of)
        .await?;
    Ok(answer)
}
