//! Checks of the target: credentials, the stack, the artifact bucket.

use futures_util::future::join_all;

use super::Check;
use super::permissions::{Subject, permissions};
use crate::cloud::{Caller, Cloud, CloudError, Drift, Elsewhere, Phase, Stack, Status};
use crate::deploy::{self, ArtifactBucket, Drifted, FUNCTION_ROLE, Owner};
use crate::error::Error;
use crate::names::WORKSHOP;
use crate::wording::count;

/// The checks of the target; `caller` is its answer about the credentials. Without a `workshop`, the shared
/// stack is the one that the stack's tag names.
pub async fn target_checks(
    cloud: &Cloud,
    caller: Result<Caller, CloudError>,
    owner: &Owner,
    stack: Result<&str, Error>,
    workshop: Option<&str>,
) -> Vec<Check> {
    let target = Check::new("target", Ok(cloud.target().without_services().to_string()));
    // After these errors, the other checks would fail for the same reason.
    let caller = match caller {
        Ok(caller) => caller,
        Err(error) => {
            let (before, name) = match error {
                CloudError::Unreachable { .. } | CloudError::NotAws { .. } => (None, "target"),
                // Nothing was sent, so whether the target answers is not known.
                CloudError::NoCredentials { .. } | CloudError::Misconfigured(_) => {
                    (None, "credentials")
                }
                _ => (Some(target), "credentials"),
            };
            let failed = Check::new(name, Err(error.into()));
            return before.into_iter().chain([failed]).collect();
        }
    };
    let credentials = format!("{} in account {}", caller.principal(), caller.account);
    let mut checks = vec![target, Check::new("credentials", Ok(credentials))];
    let (services, game) = tokio::join!(
        join_all(cloud.target().elsewhere.iter().map(|it| service(cloud, it))),
        async { Ok::<_, Error>(deploy::game(cloud, stack.clone()?, false).await?) },
    );
    let known_game = game.as_ref().ok().and_then(Option::as_ref);
    let tagged = known_game.and_then(deploy::workshop_of);
    let workshop = workshop.or(tagged).unwrap_or(WORKSHOP).to_owned();
    let workshop = workshop.as_str();
    let bucket = deploy::artifact_bucket(cloud, workshop).await;
    checks.extend(services);
    if let Ok(stack) = &stack {
        let game = known_game;
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
    let stack = match (stack, game) {
        (Ok(name), Ok(game)) => game_stack(cloud, name, game, owner).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    let bucket = bucket
        .map_err(Error::from)
        .and_then(|bucket| found(bucket, workshop));
    checks.push(Check::new("stack", stack));
    checks.push(Check::new("artifact bucket", bucket));
    checks
}

/// Whether the caller may do what a class needs, as the instructor's policy has it: for the stack of a
/// student, and the shared stack.
pub async fn class_permissions(
    cloud: &Cloud,
    caller: &Caller,
    stack: &str,
    workshop: &str,
) -> Check {
    let bucket = deploy::artifact_bucket(cloud, workshop).await;
    let subject = Subject {
        caller,
        stack,
        workshop,
        bucket: bucket.as_ref().ok().and_then(ArtifactBucket::name),
        is_first: true,
        function_role: None,
    };
    Check::new("permissions", permissions(cloud, subject).await)
}

/// A service at an address of its own.
async fn service(cloud: &Cloud, elsewhere: &Elsewhere) -> Check {
    let answered = cloud.answers(elsewhere).await;
    let found = answered.map(|()| format!("answers at {}", elsewhere.url.value));
    Check::new(elsewhere.service, found.map_err(Error::from))
}

/// That the stack is somebody else's, or was changed by hand, is an error too.
async fn game_stack(
    cloud: &Cloud,
    name: &str,
    game: Option<Stack>,
    owner: &Owner,
) -> Result<String, Error> {
    let Some(stack) = game else {
        return Ok(format!("{name}: not created yet"));
    };
    deploy::check_owner(&stack, owner, false)?;
    let usable = usable(name, &stack.status)?;
    if stack.status.phase() == Phase::Updatable {
        let drifted = deploy::drifted(cloud, &stack).await?;
        if !drifted.is_empty() {
            return Err(changed_by_hand(name, &drifted));
        }
    }
    Ok(usable)
}

/// An error for a status that a deployment has to recover from.
fn usable(name: &str, status: &Status) -> Result<String, Error> {
    let deploy = match status.phase() {
        Phase::Unusable => "deletes it and creates it again",
        Phase::RollbackFailed => "continues the rollback, then updates it",
        Phase::Updatable if status.is_failure() => "updates it again",
        Phase::Updatable | Phase::InProgress | Phase::Deleted => {
            return Ok(format!("{name}: {status}"));
        }
    };
    Err(Error::failed(format!("{name}: {status}"))
        .hint(format!("run `mafia deploy`, which {deploy}")))
}

fn changed_by_hand(stack: &str, drifted: &[Drifted]) -> Error {
    let named = drifted.iter().map(|it| {
        let what = match &it.drift {
            Drift::Deleted => "deleted".to_owned(),
            Drift::Modified(properties) => format!("changed: {}", properties.join(" ")),
        };
        let resource = &it.resource;
        format!(
            "{} ({}) {what}",
            resource.logical_id, resource.resource_type
        )
    });
    let named: Vec<String> = named.collect();
    let named = named.join("; ");
    Error::failed(format!("{stack}: not as it was deployed: {named}"))
        .hint("run `mafia deploy --full` to restore it; what was in a deleted table stays lost")
}

fn found(bucket: ArtifactBucket, workshop: &str) -> Result<String, Error> {
    match bucket {
        ArtifactBucket::NotCreated => {
            Ok("not created yet; the first deployment creates it".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_that_needs_recovery_is_no_good_news() {
        for (status, recovery) in [
            ("CREATE_COMPLETE", None),
            ("UPDATE_ROLLBACK_COMPLETE", None),
            ("UPDATE_IN_PROGRESS", None),
            ("CREATE_FAILED", Some("creates it again")),
            ("ROLLBACK_COMPLETE", Some("creates it again")),
            ("DELETE_FAILED", Some("creates it again")),
            ("REVIEW_IN_PROGRESS", Some("creates it again")),
            ("UPDATE_FAILED", Some("updates it again")),
            ("UPDATE_ROLLBACK_FAILED", Some("continues the rollback")),
        ] {
            let found = usable("mafia-ann", &Status(status.to_owned()));
            let hints = found.err().map(|error| error.hints.concat());
            let told = (&hints, recovery);
            match told {
                (Some(hints), Some(recovery)) => assert!(hints.contains(recovery), "{told:?}"),
                _ => assert!(hints.is_none() && recovery.is_none(), "{status}: {told:?}"),
            }
        }
    }
}
