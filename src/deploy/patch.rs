//! The quick patch: new code for a function, without CloudFormation.

use std::time::Duration;

use tokio::time::Instant;

use super::DeployError;
use super::backoff::Backoff;
use super::event::{EventKind, Reporter};
use super::failed_polls::FailedPolls;
use super::prepared::Prepared;
use super::release::FunctionCode;
use super::together::Together;
use crate::cloud::{Code, DeployedFunction, LARGEST_ZIP_IN_A_REQUEST, UpdateStatus};

const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often somebody else's change may come before ours.
const MAX_ATTEMPTS: u32 = 5;

/// Updates the code of the function called `name` and waits until calls run it. Code that is too large
/// for a request, or that Lambda had no time for at once, is read from the bucket: so it is
/// uploaded once, however often the request has to be repeated.
///
/// `known` is the function as it was observed before. The update is guarded by its revision: other code
/// that somebody else deploys during this is an error, and is not overwritten. The functions that are patched
/// `together` look for each other. Returns how long it took; `None` when the function had the code already.
pub(super) async fn patch(
    prepared: &Prepared<'_>,
    together: &Together,
    name: &str,
    ours: &FunctionCode,
    known: Option<DeployedFunction>,
    report: Reporter<'_>,
) -> Result<Option<Duration>, DeployError> {
    let cloud = prepared.cloud;
    let started = Instant::now();
    let digest = ours.digest.to_string();
    let mut first_code: Option<String> = None;
    let mut sent = false;
    let mut from_bucket =
        prepared.release.to_many || prepared.quickbuild.is_some() || is_large(ours);
    let mut known = known.filter(|function| function.update != UpdateStatus::InProgress);
    for _ in 0..MAX_ATTEMPTS {
        let found = match known.take() {
            Some(found) => found,
            None => wait_for_update(prepared, together, name, report).await?,
        };
        if found.code_sha256 == digest && found.update == UpdateStatus::Done {
            return Ok(sent.then(|| started.elapsed()));
        }
        let first = first_code.get_or_insert_with(|| found.code_sha256.clone());
        if *first != found.code_sha256 {
            break;
        }
        report.emit(EventKind::Patching {
            function: name.to_owned(),
            bytes: ours.size,
        });
        sent = true;
        let code = match &ours.zip {
            Some(zip) if !from_bucket => Code::Zip(zip.to_vec()),
            _ => {
                let (bucket, key) = prepared.object(ours, report).await?;
                Code::Object { bucket, key }
            }
        };
        match cloud.update_code(name, code, &found.revision).await {
            Ok(updated) => {
                let patched = match updated.update {
                    UpdateStatus::InProgress => {
                        wait_for_update(prepared, together, name, report).await?
                    }
                    _ => updated,
                };
                if let UpdateStatus::Failed(reason) = patched.update {
                    return Err(DeployError::PatchFailed {
                        function: name.to_owned(),
                        reason,
                    });
                }
                if patched.code_sha256 != digest {
                    break;
                }
                return Ok(Some(started.elapsed()));
            }
            Err(error) if !from_bucket && error.may_pass() => from_bucket = true,
            // Changed since it was observed, perhaps by our own request whose answer was lost.
            Err(error)
                if matches!(
                    error.code(),
                    Some("PreconditionFailedException" | "ResourceConflictException")
                ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(DeployError::FunctionChanged {
        function: name.to_owned(),
    })
}

/// Whether Lambda takes the code from a bucket only.
fn is_large(code: &FunctionCode) -> bool {
    code.zip.is_none() || code.size > LARGEST_ZIP_IN_A_REQUEST
}

/// The function when no update of it is running.
async fn wait_for_update(
    prepared: &Prepared<'_>,
    together: &Together,
    name: &str,
    report: Reporter<'_>,
) -> Result<DeployedFunction, DeployError> {
    let cloud = prepared.cloud;
    let backoff = if prepared.release.to_many {
        Backoff::sparing(LONGEST_PAUSE)
    } else {
        Backoff::up_to(LONGEST_PAUSE)
    };
    let mut wait = together.wait(backoff, LONGEST_PAUSE);
    let mut failed_polls = FailedPolls::default();
    loop {
        match cloud.function(name).await {
            Ok(Some(found)) if found.update != UpdateStatus::InProgress => return Ok(found),
            Ok(Some(_)) => failed_polls = FailedPolls::default(),
            Ok(None) => {
                return Err(DeployError::FunctionMissing {
                    stack: report.stack.to_owned(),
                    function: name.to_owned(),
                });
            }
            Err(error) => failed_polls.tolerate(error, cloud, report)?,
        }
        wait.pause().await;
    }
}
