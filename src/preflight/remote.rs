//! Checks of the target: credentials, the stack, the artifact bucket.

use super::Check;
use crate::cloud::{Caller, Cloud};
use crate::deploy;
use crate::error::Error;
use crate::wording::count;

/// The checks of the target; `caller` is its answer about the credentials.
pub async fn target_checks(
    cloud: &Cloud,
    caller: Result<Caller, Error>,
    stack: Result<&str, Error>,
    workshop: &str,
) -> Vec<Check> {
    let target = Check::new("target", Ok(cloud.target().to_string()));
    let caller = match caller {
        Ok(caller) => format!("{} in account {}", caller.principal(), caller.account),
        // The other checks would fail for the same reason.
        Err(error) => return vec![target, Check::new("credentials", Err(error))],
    };
    let (stack, bucket) = tokio::join!(game_stack(cloud, stack), bucket(cloud, workshop));
    vec![
        target,
        Check::new("credentials", Ok(caller)),
        Check::new("stack", stack),
        Check::new("artifact bucket", bucket),
    ]
}

async fn game_stack(cloud: &Cloud, name: Result<&str, Error>) -> Result<String, Error> {
    let name = name?;
    match deploy::game(cloud, name).await? {
        None => Ok(format!(
            "{name}: not created yet; `mafia deploy` creates it"
        )),
        Some(stack) => Ok(format!("{name}: {}", stack.status)),
    }
}

async fn bucket(cloud: &Cloud, workshop: &str) -> Result<String, Error> {
    match deploy::artifact_bucket(cloud, workshop).await? {
        None => Ok("not created yet; the first `mafia deploy` creates it".to_owned()),
        Some((bucket, objects)) => Ok(format!("{bucket} with {}", count(objects, "object"))),
    }
}
