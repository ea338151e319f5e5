//! The quick patch: new code straight into the functions, all at once.

use std::time::{Duration, Instant};

use super::DeployError;
use super::event::{Happening, Reporter};
use super::pace::Pace;
use crate::bundle::Bundle;
use crate::cloud::{Cloud, DeployedFunction, UpdateStatus};

const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often somebody else's change may come between before we give up.
const ATTEMPTS: u32 = 5;

/// Puts a bundle's code into the function called `name` and waits until calls run it.
///
/// `seen` is the function as it was looked at before; guarded by its revision: what somebody else deploys in the meantime is noticed, and is
/// an error when it is other code. Returns how long it took; `None` when the code was there already.
pub(super) async fn patch(
    cloud: &Cloud,
    name: &str,
    bundle: &Bundle,
    seen: Option<DeployedFunction>,
    report: Reporter<'_>,
) -> Result<Option<Duration>, DeployError> {
    let started = Instant::now();
    let digest = bundle.digest.to_string();
    let mut decided_from: Option<String> = None;
    let mut sent = false;
    let mut seen = seen.filter(|function| function.update != UpdateStatus::InProgress);
    for _ in 0..ATTEMPTS {
        let found = match seen.take() {
            Some(found) => found,
            None => settled(cloud, name, report).await?,
        };
        if found.code_sha256 == digest && found.update == UpdateStatus::Done {
            return Ok(sent.then(|| started.elapsed()));
        }
        let first = decided_from.get_or_insert_with(|| found.code_sha256.clone());
        if *first != found.code_sha256 {
            break;
        }
        report.say(Happening::Patching {
            function: name.to_owned(),
            bytes: bundle.zip.len(),
        });
        sent = true;
        match cloud
            .update_code(name, bundle.zip.clone(), &found.revision)
            .await
        {
            Ok(()) => {
                let patched = settled(cloud, name, report).await?;
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
            // Changed since we looked, perhaps by our own request of which the answer was lost.
            Err(error)
                if matches!(
                    error.code(),
                    Some("PreconditionFailedException" | "ResourceConflictException")
                ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(DeployError::Raced {
        function: name.to_owned(),
    })
}

/// The function once no change to it is under way.
async fn settled(
    cloud: &Cloud,
    name: &str,
    report: Reporter<'_>,
) -> Result<DeployedFunction, DeployError> {
    let pace = Pace::up_to(LONGEST_PAUSE);
    loop {
        let found = cloud
            .function(name)
            .await?
            .ok_or_else(|| DeployError::FunctionGone {
                stack: report.stack.to_owned(),
                function: name.to_owned(),
            })?;
        if found.update != UpdateStatus::InProgress {
            return Ok(found);
        }
        pace.pause().await;
    }
}
