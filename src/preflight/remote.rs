//! Checks of the target: credentials, the stack, the artifact bucket.

use super::Check;
use super::permissions::{Subject, permissions};
use crate::cloud::{Caller, Cloud, CloudError, Stack};
use crate::deploy::{self, ArtifactBucket, FUNCTION_ROLE};
use crate::error::Error;
use crate::wording::count;

/// The checks of the target; `caller` is its answer about the credentials.
pub async fn target_checks(
    cloud: &Cloud,
    caller: Result<Caller, CloudError>,
    stack: Result<&str, Error>,
    workshop: &str,
) -> Vec<Check> {
    let target = Check::new("target", Ok(cloud.target().to_string()));
    // After these errors, the other checks would fail for the same reason.
    let caller = match caller {
        Ok(caller) => caller,
        Err(error) => {
            let (before, name) = match error {
                CloudError::Unreachable { .. } | CloudError::NotAws { .. } => (None, "target"),
                // Nothing was sent, so whether the target answers is not known.
                CloudError::NoCredentials { .. } => (None, "credentials"),
                _ => (Some(target), "credentials"),
            };
            let failed = Check::new(name, Err(error.into()));
            return before.into_iter().chain([failed]).collect();
        }
    };
    let credentials = format!("{} in account {}", caller.principal(), caller.account);
    let mut checks = vec![target, Check::new("credentials", Ok(credentials))];
    let (game, bucket) = tokio::join!(
        async { Ok::<_, Error>(deploy::game(cloud, stack.clone()?).await?) },
        deploy::artifact_bucket(cloud, workshop),
    );
    if let Ok(stack) = &stack {
        let game = game.as_ref().ok().and_then(Option::as_ref);
        let role = game.and_then(|game| game.parameters.get(FUNCTION_ROLE));
        let subject = Subject {
            caller: &caller,
            stack,
            workshop,
            bucket: bucket.as_ref().ok().and_then(ArtifactBucket::name),
            is_first: matches!(bucket, Ok(ArtifactBucket::NotCreated)),
            function_role: role.map(String::as_str).filter(|role| !role.is_empty()),
        };
        checks.push(Check::new("permissions", permissions(cloud, subject).await));
    }
    let stack = game.and_then(|game| Ok(game_stack(stack?, game)));
    let bucket = bucket
        .map_err(Error::from)
        .and_then(|bucket| found(bucket, workshop));
    checks.push(Check::new("stack", stack));
    checks.push(Check::new("artifact bucket", bucket));
    checks
}

fn game_stack(name: &str, game: Option<Stack>) -> String {
    match game {
        None => format!("{name}: not created yet; `mafia deploy` creates it"),
        Some(stack) => format!("{name}: {}", stack.status),
    }
}

fn found(bucket: ArtifactBucket, workshop: &str) -> Result<String, Error> {
    match bucket {
        ArtifactBucket::NotCreated => {
            Ok("not created yet; the first `mafia deploy` creates it".to_owned())
        }
        ArtifactBucket::Gone { name } => Err(Error::failed(format!(
            "bucket {name} of stack {workshop} was deleted outside CloudFormation"
        ))
        .hint("run `mafia deploy`, which creates it again when it needs it")),
        ArtifactBucket::There { name, objects } => {
            Ok(format!("{name} with {}", count(objects, "object")))
        }
    }
}
